"""What administrators do with users, jobs and the site as a whole."""
