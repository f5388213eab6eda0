"""The load: a C client with many sockets, and the process that publishes the messages."""
