"""What a todo may be and what an edit makes of it. Pure: no I/O, no clock."""
