"""A client that is written from the requirements alone, with their paths, fields and parameters."""
