"""Compare fan-out to many WebSockets with other servers, each on one core (bench/README.md)."""
