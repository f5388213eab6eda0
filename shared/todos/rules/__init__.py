"""Rules: valid todos, and the result of an edit. Pure: no I/O, no clock."""
