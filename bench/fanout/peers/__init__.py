"""The servers that Livelist is compared with; each is a program that runs on one core."""
