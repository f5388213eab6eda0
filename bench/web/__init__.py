"""Measurements of the web client in Chromium."""
