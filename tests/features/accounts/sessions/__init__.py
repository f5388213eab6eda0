"""Tests of sessions: the devices that are signed in, and how the account sees them."""
