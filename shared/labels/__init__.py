"""Labels of a list. Todos of the list carry them."""
