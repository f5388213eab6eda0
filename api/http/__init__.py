"""The parts that all routes share: middleware, problems, rate limits, idempotency, input checks."""
