"""Helpers for tests of the worker: rows that jobs need, a worker in the test's process, pushes."""
