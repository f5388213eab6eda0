"""Activity of a list: its events in words, and the undo of one's own changes for some days."""
