"""The background worker: it claims rows of the jobs table and sends mail, pushes and reminders."""
