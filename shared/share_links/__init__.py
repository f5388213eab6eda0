"""Share links: a link to one list, and the guests who use it without an account."""
