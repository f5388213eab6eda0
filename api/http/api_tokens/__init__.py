"""Which routes API tokens, trusted issuers' JWTs, guests, and users without a required factor reach."""
