"""WebSocket and Server-Sent Events: streams of events, presence, pub/sub between nodes."""
