"""Firing due reminders, and mailing them."""
