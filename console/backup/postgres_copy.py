"""Copy a Postgres database while it is in use, and load a copy.

With COPY, not with pg_dump: that must be at least as new as the server, and is not in our image. The
schema of a copy is what the migrations make up to its revision. Loading renews the epochs in the same
transaction, so no client can see the restored rows under an epoch that it knows.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from zipfile import ZipFile

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from console.backup.archive import ArchiveWriter, BackupError, Entry, Manifest
from console.schema.migration_lock import migration_lock
from console.schema.upgrade import Report
from shared.database.engine import open_engine
from shared.settings import Settings

VERSION_TABLE = "alembic_version"
_FOLDER = "tables/"
_NEW_EPOCHS = "UPDATE streams SET epoch = substr(md5(random()::text || id), 1, 8)"


async def write_copy(settings: Settings, archive: ArchiveWriter, report: Report) -> str:
    """Write every table to the archive as of one moment; return the revision. No writer waits."""
    async with _locked_connection(settings, report) as connection:
        tables = await connection.run_sync(_tables_in_order)
        revision = await _revision(connection)
        columns = {table: await connection.run_sync(_columns, table) for table in tables}
        await connection.rollback()
        driver = await _driver(connection)
        async with driver.transaction(isolation="repeatable_read", readonly=True):
            for table in tables:
                facts: dict[str, Any] = {"columns": columns[table]}
                with archive.entry(_FOLDER + table, **facts) as entry:
                    status = await driver.copy_from_table(
                        table, columns=columns[table], output=_writer_to(entry)
                    )
                archive.entries[_FOLDER + table]["rows"] = int(status.split()[-1])
    if not revision:
        raise BackupError("the database was never migrated: there is nothing to back up")
    return revision


async def state_of(settings: Settings) -> tuple[str, bool]:
    """Return the revision of the database ("" without one), and True if no table has a row."""
    engine = open_engine(settings.database)
    try:
        async with engine.connect() as connection:
            for table in await connection.run_sync(_tables_in_order):
                query = text(f'SELECT EXISTS (SELECT 1 FROM "{table}")')  # noqa: S608  our own tables
                if await connection.scalar(query):
                    return await _revision(connection), False
            return await _revision(connection), True
    finally:
        await engine.dispose()


async def drop_tables(settings: Settings, report: Report) -> None:
    """Drop every table, because the database is newer than what will be restored."""
    async with _locked_connection(settings, report) as connection:
        tables = [*await connection.run_sync(_tables_in_order), VERSION_TABLE]
        names = ", ".join(f'"{table}"' for table in tables)
        await connection.execute(text(f"DROP TABLE IF EXISTS {names} CASCADE"))
        await connection.commit()


async def load_copy(
    settings: Settings, archive: ZipFile, manifest: Manifest, report: Report
) -> None:
    """Replace all rows by those of the archive, with new epochs, in one transaction.

    The database must be at the revision of the archive.
    """
    async with _locked_connection(settings, report) as connection:
        tables = await connection.run_sync(_tables_in_order)
        await connection.rollback()
        driver = await _driver(connection)
        async with driver.transaction():
            names = ", ".join(f'"{table}"' for table in tables)
            await driver.execute(f"TRUNCATE {names}")
            for table in tables:
                facts = manifest.entries[_FOLDER + table]
                with archive.open(_FOLDER + table) as source:
                    await driver.copy_to_table(table, columns=facts["columns"], source=source)
            await driver.execute(_NEW_EPOCHS)
            # Without statistics the first queries would read whole tables.
            await driver.execute(f"ANALYZE {names}")


@asynccontextmanager
async def _locked_connection(settings: Settings, report: Report) -> AsyncIterator[AsyncConnection]:
    engine = open_engine(settings.database)
    try:
        async with (
            engine.connect() as connection,
            migration_lock(connection, settings.database, report),
        ):
            yield connection
    finally:
        await engine.dispose()


async def _driver(connection: AsyncConnection) -> Any:
    return (await connection.get_raw_connection()).driver_connection


def _tables_in_order(connection: Connection) -> list[str]:
    """Return the tables, each after those that its foreign keys refer to."""
    ordered = inspect(connection).get_sorted_table_and_fkc_names()
    return [table for table, _keys in ordered if table and table != VERSION_TABLE]


def _columns(connection: Connection, table: str) -> list[str]:
    columns = inspect(connection).get_columns(table)
    return [column["name"] for column in columns if not column.get("computed")]


async def _revision(connection: AsyncConnection) -> str:
    if not await connection.scalar(text("SELECT to_regclass('alembic_version')::text")):
        return ""
    return str(await connection.scalar(text("SELECT max(version_num) FROM alembic_version")) or "")


def _writer_to(entry: Entry) -> Any:
    async def write(data: bytes) -> None:
        entry.write(data)

    return write
