"""Tables of what a todo has beside its row."""
