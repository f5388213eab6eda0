"""Imports of files: read a file of another program, preview what it holds, and add it to lists."""
