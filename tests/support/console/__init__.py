"""Helpers for tests of the console: a command runner, and stand-ins for API and worker."""
