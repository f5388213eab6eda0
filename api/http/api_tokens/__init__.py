"""API tokens in requests: where a header holds one, and which routes it reaches."""
