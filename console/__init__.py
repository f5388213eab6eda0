"""The command-line door: what `./livelist <command>` does. Imports shared, never api or worker."""
