"""The domain's rules as pure functions: no database, no clock, no words shown to people."""
