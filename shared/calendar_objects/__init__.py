"""Todos as iCalendar objects (RFC 5545): a VTODO from a todo, and a todo from a VTODO. Pure."""
