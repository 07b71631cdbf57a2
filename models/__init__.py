"""Tables, the shapes that cross a wall, and the rules. Knows nothing of HTTP, chat platforms or wording."""
