"""Removing expired data, in bounded batches, each hour."""
