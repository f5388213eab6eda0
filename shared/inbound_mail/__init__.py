"""Mail that comes in: to a secret address of a list, or as a reply to a notification."""
