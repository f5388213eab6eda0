"""The house stands as docs/architecture.md says: its walls, its rooms, its papers."""
