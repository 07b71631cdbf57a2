"""What was heard and what is to be said: taken in, paced, claimed, settled."""
