"""The command `livelist`."""
