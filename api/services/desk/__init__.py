"""What the head and its desk order: tasks given, dates moved, broadcasts, nudges, pauses, summaries."""
