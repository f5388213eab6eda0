"""Measure how the cost of a request grows with lists, logs and the database (bench/README.md)."""
