"""Builders of lists, members and todos, and the matrix of permissions."""
