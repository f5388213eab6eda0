"""Mails about notifications, and the daily digest."""
