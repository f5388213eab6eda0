"""Fan-out to many WebSockets: ours beside what else there is, on one core each. bench/README.md."""
