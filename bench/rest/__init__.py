"""Compare REST requests with hand-written and ordinary servers, each on one core (bench/README.md)."""
