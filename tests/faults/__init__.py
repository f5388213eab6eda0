"""Tests that break processes, connections and servers on purpose (docs/proofs.md)."""
