"""The socket door: who hears what, in which order, and when they stop hearing it."""
