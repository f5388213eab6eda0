"""Backups: one file with a consistent copy of the database and a manifest."""
