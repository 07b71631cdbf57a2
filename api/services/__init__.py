"""Use cases: each takes a Session and the moment, and never commits."""
