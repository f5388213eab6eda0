"""Copy an SQLite database while it is in use, and put a copy into its place."""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from zipfile import ZipFile

from sqlalchemy.engine import make_url

from console.backup.archive import CHUNK_BYTES, ArchiveWriter, BackupError
from console.schema.upgrade import Report, upgrade
from shared.database.engine import SQLITE_LOCK_TIMEOUT_SECONDS
from shared.database.sqlite import create_file
from shared.settings import Settings
from shared.settings.private_files import create_private_file

ENTRY = "database.db"
_NEW_EPOCHS = "UPDATE streams SET epoch = lower(hex(randomblob(4)))"


def write_copy(settings: Settings, archive: ArchiveWriter, folder: Path) -> str:
    """Write the database to the archive; return its revision. `folder` has room for a copy.

    VACUUM INTO reads in one transaction: it copies one moment, and no writer waits for it.
    """
    source = database_path(settings)
    if not source.is_file():
        raise BackupError(f"there is no database {source}")
    with _private_folder(folder) as private:
        copy = private / ENTRY
        with closing(_connect(source)) as connection:
            connection.execute("VACUUM INTO ?", (str(copy),))
        with closing(_connect(copy)) as connection:
            revision = _revision(connection)
        with copy.open("rb") as file, archive.entry(ENTRY) as entry:
            while chunk := file.read(CHUNK_BYTES):
                entry.write(chunk)
    return revision


def is_empty(settings: Settings) -> bool:
    """Return True if no table of the database has a row."""
    if not database_path(settings).is_file():
        return True
    with closing(_connect(database_path(settings))) as connection:
        return not any(
            connection.execute(f'SELECT EXISTS (SELECT 1 FROM "{table}")').fetchone()[0]  # noqa: S608
            for table in _tables(connection)
        )


def restore_copy(settings: Settings, archive: ZipFile, report: Report) -> None:
    """Replace the content of the database, in one transaction, by the migrated copy.

    The copy gets new epochs and its migrations before anything is replaced. Processes that have the
    database open see the new content with their next transaction.
    """
    target = database_path(settings)
    create_file(settings.database)
    with _private_folder(target.parent) as private:
        copy = private / ENTRY
        create_private_file(copy)
        with archive.open(ENTRY) as source, copy.open("wb") as file:
            shutil.copyfileobj(source, file, CHUNK_BYTES)
        with closing(_connect(copy)) as connection:
            if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                raise BackupError("SQLite finds the database in it damaged")
            connection.execute(_NEW_EPOCHS)
        database = settings.database.model_copy(update={"url": f"sqlite+aiosqlite:///{copy}"})
        upgrade(settings.model_copy(update={"database": database}), report=report)
        with closing(_connect(copy)) as source_db, closing(_connect(target)) as target_db:
            target_db.execute("PRAGMA journal_mode = WAL")
            source_db.backup(target_db)


def database_path(settings: Settings) -> Path:
    return Path(make_url(settings.database.url).database or "")


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, timeout=SQLITE_LOCK_TIMEOUT_SECONDS)


def _tables(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        " AND name <> 'alembic_version'"
    )
    return [name for (name,) in rows]


def _revision(connection: sqlite3.Connection) -> str:
    try:
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError:
        found = None
    if found is None:
        raise BackupError("the database was never migrated: there is nothing to back up")
    return str(found[0])


@contextmanager
def _private_folder(parent: Path) -> Iterator[Path]:
    # mkdtemp makes it 0700: VACUUM INTO creates files that others could read.
    with tempfile.TemporaryDirectory(prefix=".livelist-copy-", dir=parent) as folder:
        yield Path(folder)
