"""Measure the web client in Chromium, against the product with a real database.

.venv/bin/python -m bench.web load                     the first visit and later ones, on a slow network
.venv/bin/python -m bench.web lists                    lists of 50, 1,500 and 10,000 todos
.venv/bin/python -m bench.web lists --todos 10000
"""

import sys
from collections.abc import Callable, Sequence

from bench.web import lists, load

COMMANDS: dict[str, Callable[[Sequence[str]], None]] = {"load": load.main, "lists": lists.main}


def main() -> None:
    name, *arguments = sys.argv[1:] or [""]
    command = COMMANDS.get(name)
    if command is None:
        sys.exit(f"usage: python -m bench.web {{{','.join(COMMANDS)}}} …")
    command(arguments)


if __name__ == "__main__":
    main()
