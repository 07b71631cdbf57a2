"""Paper: what is printed for people, laid out by typst from plain data."""
