"""Real servers for the tests (Postgres, Valkey, SMTP, a push service) and child processes."""
