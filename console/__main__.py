"""Run one command of the table. `./livelist` executes this inside .venv, at the root."""

import importlib
import os
import sys

from console import command_table

# What a shell shows for a program that ended by SIGPIPE.
READER_LEFT = 128 + 13


def main(arguments: list[str]) -> int:
    """Return the exit code of the command, 2 if there is no such command."""
    try:
        code = _run(command_table.without_help(arguments))
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader, such as `head`, has what it wanted. Python would complain at its end otherwise.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return READER_LEFT
    return code


def _run(arguments: list[str]) -> int:
    if (text := command_table.answer_without_command(arguments)) is not None:
        print(text, end="")
        return 0
    command = command_table.find(arguments[0])
    if command is None:
        print(command_table.unknown_command_text(arguments[0]), end="", file=sys.stderr)
        return 2
    # By name: `check` need not import SQLAlchemy, and `up` must work where pytest is absent.
    return int(importlib.import_module(command.module).run(arguments[1:]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
