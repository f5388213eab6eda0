"""The command line: the bootstrap, the supervisor, the embedded broker."""
