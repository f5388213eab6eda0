"""Search in todos and comments."""
