"""What the parts of the attack share: the server that is attacked, and what is counted."""
