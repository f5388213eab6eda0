"""Personal labels: those that a user keeps, on todos of any list, for that user alone."""
