"""`make bench`: our figures, each beside a baseline from the same run. Ratios count: the machines are shared."""
