"""REST: commands and queries."""
