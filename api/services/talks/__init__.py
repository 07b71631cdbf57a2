"""A turn of a conversation: who speaks, what is known, what is done about it."""
