"""Servers that are compared with ours; each is a program of its own, on one core."""
