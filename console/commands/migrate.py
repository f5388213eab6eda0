"""`./livelist migrate`: upgrade the database to the newest version."""

import sys

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError

from shared.settings import ROOT, Settings, SettingsError, load_settings


def upgrade(settings: Settings) -> None:
    """Upgrade the schema to head. migrations/env.py reads the settings from `config.attributes`."""
    config = Config(toml_file=ROOT / "pyproject.toml")
    config.attributes["settings"] = settings
    command.upgrade(config, "head")


def run(arguments: list[str]) -> int:
    """Upgrade the database. Return the exit code: 0 done, 1 failed, 2 wrong usage."""
    if arguments:
        print("./livelist migrate takes no options; DATABASE_URL says which database.")
        return 0 if arguments[0] in ("-h", "--help") else 2
    try:
        upgrade(load_settings())
    except (SettingsError, CommandError, SQLAlchemyError, OSError) as error:
        print(f"The database was not migrated: {error}", file=sys.stderr)
        return 1
    print("The database is at the newest version.")
    return 0
