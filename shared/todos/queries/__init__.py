"""Reads of todos: shapes, filtered pages and the history of occurrences."""
