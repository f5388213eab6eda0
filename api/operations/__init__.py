"""Endpoints and tasks for operators: health, metrics, clock synchronization, development mail."""
