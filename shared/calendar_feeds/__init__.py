"""Calendar feeds: todos at a secret address, for calendar programs."""
