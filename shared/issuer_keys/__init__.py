"""The public keys of trusted issuers: fetched, parsed, kept, and used to verify signatures."""
