"""WebSocket and SSE clients, the reference client, and a harness for the hub."""
