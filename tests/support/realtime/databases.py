"""Marks of tests that need no more than one kind of database."""

import pytest

# What is tested does not depend on the database: half the time, with SQLite alone.
SQLITE_ONLY = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
