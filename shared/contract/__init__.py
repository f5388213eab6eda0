"""What crosses the wire, and nothing else: shapes, events, frames and job payloads. Pydantic only."""
