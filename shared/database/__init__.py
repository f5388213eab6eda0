"""Connections to the database, column types, and every difference between Postgres and SQLite.

Nothing in this package decides when to commit: that is shared/unit_of_work.py.
"""
