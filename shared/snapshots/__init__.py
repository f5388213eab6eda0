"""Snapshots of an account or a list, and the events after them: what a client loads and applies."""
