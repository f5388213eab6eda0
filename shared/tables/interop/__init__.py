"""Tables of what connects Livelist with other programs, one module a table."""
