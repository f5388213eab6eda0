"""What every route shares: middleware, problems, rate limits, idempotency, input checks."""
