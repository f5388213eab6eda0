"""Thumbnails and clean-up of attachments."""
