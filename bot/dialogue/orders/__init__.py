"""What the head and its desk order: tasks, dates, broadcasts, nudges, pauses, the summary."""
