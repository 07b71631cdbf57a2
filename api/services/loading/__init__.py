"""From a bloc file to rows: what is read, what it means, what it changes."""
