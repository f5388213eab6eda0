"""The CalDAV server (RFC 4791): todo lists as calendars of to-dos, for apps of phones and desktops."""
