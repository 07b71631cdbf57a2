"""What focal points and the desk do about tasks: answers, files, corrections, lists, undo."""
