"""Shapes of what connects Livelist with other programs."""
