"""`./livelist backup FILE`: copy the database into one file, while everything runs."""

import argparse
import asyncio
import sys
from pathlib import Path

import asyncpg
from sqlalchemy.exc import SQLAlchemyError

from console.backup import postgres_copy, sqlite_copy
from console.backup.archive import BackupError, Manifest, new_archive
from console.schema.migration_lock import LockedError
from console.schema.upgrade import print_progress
from shared.clock import SystemClock, as_rfc3339, monotonic
from shared.settings import Settings, SettingsError, load_settings
from shared.version import VERSION

FAILURES = (
    BackupError,
    LockedError,
    SettingsError,
    SQLAlchemyError,
    asyncpg.PostgresError,
    OSError,
)


def run(arguments: list[str]) -> int:
    """Write the file. Return the exit code: 0 done, 1 failed, 2 wrong usage."""
    parser = argparse.ArgumentParser(
        prog="./livelist backup",
        description="Copy the database of DATABASE_URL into one new file, while everything runs.",
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    try:
        options = parser.parse_args(arguments)
    except SystemExit as end:
        return int(end.code or 0)
    began_at = monotonic()
    try:
        manifest = back_up(load_settings(), options.file)
    except FAILURES as error:
        print(f"No backup was written: {error}", file=sys.stderr)
        return 1
    size = options.file.stat().st_size / 1e6
    print(f"{options.file}: {size:.1f} MB in {monotonic() - began_at:.1f} s,", end=" ")
    print(f"schema revision {manifest.revision}.\nNot in it, but needed for a restore:")
    for needed in manifest.needed_besides:
        print(f"- {needed}")
    return 0


def back_up(settings: Settings, target: Path) -> Manifest:
    """Write the backup to `target`. Raise one of FAILURES; then there is no such file."""
    # What was committed before this time is in the backup.
    created_at = as_rfc3339(SystemClock().now())
    with new_archive(target) as archive:
        if settings.database.is_sqlite:
            revision = sqlite_copy.write_copy(settings, archive, target.absolute().parent)
        else:
            revision = asyncio.run(postgres_copy.write_copy(settings, archive, print_progress))
        manifest = Manifest(
            version=VERSION,
            database="sqlite" if settings.database.is_sqlite else "postgres",
            revision=revision,
            created_at=created_at,
            needed_besides=needed_besides(settings),
        )
        archive.write_manifest(manifest)
    return manifest


def needed_besides(settings: Settings) -> list[str]:
    """Return the settings and secrets, without their values, that a restored site needs as well."""
    folder = settings.data_dir.absolute()
    own_secret = bool(settings.secrets.secret_key.get_secret_value())
    own_push_key = bool(settings.push.vapid_private_key.get_secret_value())
    secret = "SECRET_KEY" if own_secret else f"the file {folder / 'secret'}"
    push = "VAPID_PRIVATE_KEY" if own_push_key else f"the file {folder / 'vapid'}"
    return [
        f"{secret}: without it links in mails stop working, and users wait for new access tokens",
        f"{push}: without it browsers get no pushes until their users open the site again",
        "the other settings: .env, or the environment of the processes",
    ]
