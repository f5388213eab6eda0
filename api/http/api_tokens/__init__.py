"""Which routes API tokens, JWTs of trusted issuers, and users without a required factor reach."""
