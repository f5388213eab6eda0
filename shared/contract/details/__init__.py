"""Shapes of what a todo has beside its fields."""
