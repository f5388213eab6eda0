"""The proof of every promise: pytest finds it here, grouped by what is promised."""
