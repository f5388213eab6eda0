"""Passwords, sign-in, sessions and their tokens, and tickets for sockets."""
