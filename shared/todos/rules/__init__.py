"""The rules of todos: valid values, and the result of an edit. Pure: no I/O, no clock."""
