"""Comments on todos, with the members they mention."""
