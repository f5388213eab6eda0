"""The schema of the database: upgrade it, one process at a time, and write new migrations."""
