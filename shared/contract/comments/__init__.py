"""What crosses the wire about comments."""
