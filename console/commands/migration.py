"""`./livelist migration "what it does"`: write the next migration."""

import argparse
import sys
from pathlib import Path

from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError

from console.schema.new_revision import write_revision
from console.schema.upgrade import SCRIPTS


def run(arguments: list[str], scripts: Path = SCRIPTS) -> int:
    """Write the file. Return the exit code: 0 done or nothing changed, 1 failed, 2 wrong usage."""
    parser = argparse.ArgumentParser(
        prog="./livelist migration",
        description="Write the next migration: what shared/tables has and the migrations do not.",
    )
    parser.add_argument("summary", help='what it does, as in "Add todos.estimate_minutes"')
    parser.add_argument("--empty", action="store_true", help="write one without steps")
    try:
        options = parser.parse_args(arguments)
    except SystemExit as end:
        return int(end.code or 0)
    try:
        path = write_revision(options.summary, is_empty=options.empty, scripts=scripts)
    except (CommandError, SQLAlchemyError, OSError) as error:
        print(f"No migration was written: {error}", file=sys.stderr)
        return 1
    if path is None:
        print("Nothing changed: the migrations make what shared/tables describes.")
    else:
        print(f"{path}\nRead and correct it: docs/contributing/migrations.md says what to check.")
    return 0
