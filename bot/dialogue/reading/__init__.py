"""What people type, read on folded text: numbers, dates, words, the tasks and values a text names. Knows no data."""
