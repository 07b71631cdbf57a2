"""How firmly the bloc is reminded, decided by its head and desk; letters and the step to a leader."""
