"""How frames reach a client: WebSocket and Server-Sent Events, and their endpoints."""
