"""`./livelist migrate`: upgrade the database to the newest version."""

import sys

from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError

from console.schema.migration_lock import LockedError
from console.schema.upgrade import upgrade
from shared.settings import SettingsError, load_settings


def run(arguments: list[str]) -> int:
    """Upgrade the database. Return the exit code: 0 done, 1 failed, 2 wrong usage."""
    if arguments:
        print("./livelist migrate takes no options; DATABASE_URL says which database.")
        return 0 if arguments[0] in ("-h", "--help") else 2
    try:
        upgrade(load_settings())
    except (SettingsError, CommandError, LockedError, SQLAlchemyError, OSError) as error:
        print(f"The database was not migrated: {error}", file=sys.stderr)
        return 1
    print("The database is at the newest version.")
    return 0
