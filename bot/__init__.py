"""The bot's ears, mouth and voice. Knows nothing of SQL."""
