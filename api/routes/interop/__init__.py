"""Routes that connect Livelist with other programs."""
