"""`./livelist restore FILE`: put a backup into an empty database, or in place of what is in it."""

import argparse
import asyncio
import sys
from pathlib import Path
from zipfile import ZipFile

from alembic.util import CommandError

from console.backup import postgres_copy, sqlite_copy
from console.backup.archive import BackupError, Manifest, open_archive
from console.commands.backup import FAILURES
from console.schema.upgrade import print_progress, upgrade
from shared.clock import monotonic
from shared.database.schema_check import code_revision
from shared.settings import Settings, load_settings

_NOT_EMPTY = (
    "the database holds rows; --replace deletes them. Stop API and workers first, and make a backup"
)


def run(arguments: list[str]) -> int:
    """Restore the file. Return the exit code: 0 done, 1 failed, 2 wrong usage."""
    parser = argparse.ArgumentParser(
        prog="./livelist restore",
        description="Restore a backup into the database of DATABASE_URL, and migrate it.",
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--replace", action="store_true", help="delete what the database holds")
    try:
        options = parser.parse_args(arguments)
    except SystemExit as end:
        return int(end.code or 0)
    began_at = monotonic()
    try:
        manifest = restore(load_settings(), options.file, replace=options.replace)
    except (*FAILURES, CommandError) as error:
        print(f"The backup was not restored: {error}", file=sys.stderr)
        return 1
    print(f"Restored the state of {manifest.created_at} in {monotonic() - began_at:.1f} s.")
    print("Every client fetches its lists again. Needed besides:")
    for needed in manifest.needed_besides:
        print(f"- {needed}")
    return 0


def restore(settings: Settings, source: Path, *, replace: bool = False) -> Manifest:
    """Restore the backup with new epochs, and migrate it to the newest revision.

    Raise one of FAILURES, CommandError. On SQLite nothing has changed then. On Postgres the rows are
    replaced in one transaction, after the schema was brought to the revision of the backup.
    """
    with open_archive(source) as (archive, manifest):
        kind = "sqlite" if settings.database.is_sqlite else "postgres"
        if manifest.database != kind:
            raise BackupError(f"it is of {manifest.database}, and DATABASE_URL is of {kind}")
        if manifest.revision > code_revision():
            raise BackupError(
                f"its schema {manifest.revision} is newer than this code ({code_revision()}): "
                f"restore it with release {manifest.version} or newer"
            )
        if settings.database.is_sqlite:
            if not replace and not sqlite_copy.is_empty(settings):
                raise BackupError(_NOT_EMPTY)
            sqlite_copy.restore_copy(settings, archive, print_progress)
        else:
            _restore_postgres(settings, archive, manifest, replace=replace)
    return manifest


def _restore_postgres(
    settings: Settings, archive: ZipFile, manifest: Manifest, *, replace: bool
) -> None:
    revision, is_empty = asyncio.run(postgres_copy.state_of(settings))
    if not replace and not is_empty:
        raise BackupError(_NOT_EMPTY)
    if revision > manifest.revision:
        asyncio.run(postgres_copy.drop_tables(settings, print_progress))
    upgrade(settings, manifest.revision)
    asyncio.run(postgres_copy.load_copy(settings, archive, manifest, print_progress))
    upgrade(settings)
