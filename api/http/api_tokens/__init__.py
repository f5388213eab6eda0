"""API tokens and JWTs of trusted issuers in requests: which routes they reach."""
