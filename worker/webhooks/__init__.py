"""Webhooks: read what waits, send it, record what the receiver answered. docs/webhooks.md."""
