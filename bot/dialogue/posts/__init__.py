"""Who speaks for what: codes, links, channels, handover, absence, one's own data."""
