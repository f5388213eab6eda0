"""Accounts: registration, profile, changes of address and password, administration, bounces."""
