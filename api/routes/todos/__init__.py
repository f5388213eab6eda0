"""Routes of todos: fields, occurrences, reminders and comments."""
