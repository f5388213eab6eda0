"""The models of all that crosses the wire: shapes, events, frames and job payloads. Pydantic only."""
