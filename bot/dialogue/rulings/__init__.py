"""What the head and its desk say of what was sent and asked: confirmed, to be completed, extended, waived."""
