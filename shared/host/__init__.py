"""The machine that a process runs on, and addresses of networks."""
