"""Imports of files: upload, options, start, cancel, and their state. worker/imports/ reads and adds them."""
