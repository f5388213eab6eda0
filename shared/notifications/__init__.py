"""Notifications: adding and reading them, preferences, push subscriptions, unsubscribe links."""
