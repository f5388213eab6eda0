"""Webhooks: send the events of lists to addresses that users give. docs/webhooks.md."""
