"""What a user keeps lists by, for that user alone."""
