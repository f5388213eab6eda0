"""The transports to clients, WebSocket and Server-Sent Events, and their endpoints."""
