"""Take mail and make todos and comments of it. docs/email-to-list.md."""
