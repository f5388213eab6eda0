"""Real servers for the tests, started once a run: Postgres, the broker, SMTP; and real children."""
