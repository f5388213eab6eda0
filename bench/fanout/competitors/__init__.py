"""The compared servers: how each is installed, started and subscribed to."""
