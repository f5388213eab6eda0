"""The job queue in the database: claims, leases, retries, queries, and the wake-up through arq."""
