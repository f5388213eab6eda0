"""Settings of sign-in with services of others: trusted issuers and OpenID Connect providers."""
