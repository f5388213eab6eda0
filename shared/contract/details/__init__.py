"""Shapes of what a todo or a list has beside its fields."""
