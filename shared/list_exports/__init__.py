"""Exports of lists: what is read, page by page, and the formats that it is written in."""
