"""Benchmarks; each runs alone, such as `.venv/bin/python -m bench.live` (bench/README.md)."""
