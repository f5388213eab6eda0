"""Settings of where files are kept."""
