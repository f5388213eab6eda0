"""Thumbnails of attached pictures."""
