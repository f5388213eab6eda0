"""SQLAlchemy's own engine, for migrations and for inspecting tables alone.

Everything else executes its statements with shared/database/connections.py.
"""

from typing import Any

from sqlalchemy import NullPool, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from shared.settings.database import DatabaseSettings


def open_engine(settings: DatabaseSettings) -> AsyncEngine:
    """Return an engine that opens a connection for each use. Connects to nothing yet."""
    if not settings.is_sqlite:
        return create_async_engine(settings.url, poolclass=NullPool, hide_parameters=True)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(
        settings.url,
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"isolation_level": None},
    )
    event.listen(engine.sync_engine, "connect", _prepare)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _prepare(connection: Any, record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin(connection: Any) -> None:
    # The driver's own BEGIN would commit before each change of a table.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
