"""One module for each `./livelist` command, with `run(arguments) -> exit code`."""
