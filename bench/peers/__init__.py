"""What Livelist is compared with, each a server that runs alone."""
