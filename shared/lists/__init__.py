"""Lists and the Inbox, and reads of their members."""
