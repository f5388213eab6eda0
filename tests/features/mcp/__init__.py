"""Assistants that speak the Model Context Protocol, at /mcp."""
