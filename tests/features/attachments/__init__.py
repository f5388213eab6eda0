"""Attachments over HTTP, and in storage of S3."""
