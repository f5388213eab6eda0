"""Files that are attached to todos."""
