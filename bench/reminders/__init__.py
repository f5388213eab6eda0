"""Measure how fast a worker mails reminders that are all due at once, and what it costs while idle."""
