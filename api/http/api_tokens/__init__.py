"""API tokens in requests: which routes they reach."""
