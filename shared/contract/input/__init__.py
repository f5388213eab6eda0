"""What is wrong with input, before a command sees it."""
