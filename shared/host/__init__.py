"""What the operating system gives a process."""
