"""Reminders of todos: triggers, timing, snoozing."""
