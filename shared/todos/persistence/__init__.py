"""Todos, their references, ranks and occurrences in the database. No rules, no authorization."""
