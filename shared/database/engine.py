"""SQLAlchemy's own engine, for migrations, backups and inspecting tables alone.

Everything else executes its statements with shared/database/connections.py, whose statements end
after 15 s; here they may take hours.
"""

from typing import Any

from sqlalchemy import NullPool, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from shared.database.sqlite import create_file
from shared.settings.database import DatabaseSettings

# While a migration waits for the lock of a table, every request to the table waits behind it.
# Requests give up after 5 s (LOCK_TIMEOUT_SECONDS in postgres.py): the migration gives up before.
LOCK_TIMEOUT_SECONDS = 4
# SQLite has one writer, and readers do not wait for it. Far longer than any transaction of a request.
SQLITE_LOCK_TIMEOUT_SECONDS = 30


def open_engine(settings: DatabaseSettings) -> AsyncEngine:
    """Return an engine that opens a connection for each use. Connects to nothing yet."""
    if not settings.is_sqlite:
        return create_async_engine(
            settings.url,
            poolclass=NullPool,
            hide_parameters=True,
            connect_args={
                "server_settings": {
                    "application_name": "livelist console",
                    # Zero is no limit, whatever the role or the database says.
                    "statement_timeout": "0",
                    "idle_in_transaction_session_timeout": "0",
                    "lock_timeout": f"{LOCK_TIMEOUT_SECONDS}s",
                    "timezone": "UTC",
                }
            },
        )
    create_file(settings)
    engine = create_async_engine(
        settings.url,
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"isolation_level": None, "timeout": SQLITE_LOCK_TIMEOUT_SECONDS},
    )
    event.listen(engine.sync_engine, "connect", _prepare)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _prepare(connection: Any, record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    # A migration that rebuilds a table drops the old one. With foreign keys on, that deletes every
    # row that refers to it. They are checked before the commit instead (console/schema/upgrade.py).
    cursor.execute("PRAGMA foreign_keys = OFF")
    cursor.close()


def _begin(connection: Any) -> None:
    # The driver's own BEGIN would commit before each change of a table.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
