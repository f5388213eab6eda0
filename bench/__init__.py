"""The measurements. Each file runs alone: `.venv/bin/python -m bench.live`."""
