"""Live: following lists, and writes that show at once."""
