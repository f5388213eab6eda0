"""Attacks on the ways to sign in, by family. `part.run` runs all."""
