"""The clock, and what each of its ticks plans. Knows nothing of how a message is sent."""
