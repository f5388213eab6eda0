"""The servers that Livelist's REST API is compared with; each runs as `python -m … PORT`."""
