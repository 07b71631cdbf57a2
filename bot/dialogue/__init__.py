"""Words and decisions, pure: understand what was said, look at what is needed, respond."""
