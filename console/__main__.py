"""Run one command of the table. `./livelist` executes this inside .venv, at the root."""

import importlib
import sys

from console import command_table


def main(arguments: list[str]) -> int:
    """Return the exit code of the command, 2 if there is no such command."""
    arguments = command_table.without_help(arguments)
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
