"""CalDAV: lists as calendars of to-dos."""
