"""Who speaks for what, once linked: seen, ended, handed over, erased; and what the desk is told of it."""
