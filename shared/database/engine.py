"""The SQLAlchemy engine: time limits of Postgres, pragmas of SQLite, checks of idle connections."""

from typing import Any

from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from shared.clock import monotonic
from shared.settings.database import DatabaseSettings

# Longer than any lock that is taken on purpose; shorter than the patience of a user.
LOCK_TIMEOUT_SECONDS = 5
STATEMENT_TIMEOUT_SECONDS = 15
# A server that went silent, or lies behind a cut connection, cannot enforce STATEMENT_TIMEOUT.
# Without this limit a statement waits until TCP gives up after a quarter of an hour, or for ever.
SILENCE_TIMEOUT_SECONDS = STATEMENT_TIMEOUT_SECONDS + 5
# A process that was stopped in a transaction keeps its locks; a healthy one never pauses so long.
IDLE_TIMEOUT_SECONDS = 15

# Firewalls between the process and Postgres forget idle connections after minutes; a restart of
# Postgres is noticed without a ping. A ping at every checkout would cost three round trips.
PING_AFTER_IDLE_SECONDS = 5
# The ping runs no query, and a healthy server answers it in milliseconds.
PING_TIMEOUT_SECONDS = 1

# Errors reach the logs, and parameters are what users wrote, their addresses and their nonces.
HIDE_PARAMETERS = True


class DatabaseUnavailable(OSError):
    """The database refused the connection, cannot be reached, or went silent.

    A commit that was under way may or may not have taken effect.
    """


def open_engine(settings: DatabaseSettings) -> AsyncEngine:
    """Return an engine with its connection pool. Connects to nothing yet."""
    pool = {"pool_size": settings.pool_size, "max_overflow": 0, "pool_timeout": 10}
    if settings.is_sqlite:
        return _open_sqlite(settings, pool)
    return _open_postgres(settings, pool)


def _open_postgres(settings: DatabaseSettings, pool: dict[str, int]) -> AsyncEngine:
    engine = create_async_engine(
        settings.url,
        hide_parameters=HIDE_PARAMETERS,
        connect_args={
            "timeout": 5,
            "command_timeout": SILENCE_TIMEOUT_SECONDS,
            "server_settings": {
                "lock_timeout": f"{LOCK_TIMEOUT_SECONDS}s",
                "statement_timeout": f"{STATEMENT_TIMEOUT_SECONDS}s",
                "idle_in_transaction_session_timeout": f"{IDLE_TIMEOUT_SECONDS}s",
                "timezone": "UTC",
            },
        },
        **pool,
    )
    _check_connections_at_checkout(engine)
    event.listen(engine.sync_engine, "handle_error", _abandon_silent_connection)
    return engine


def _open_sqlite(settings: DatabaseSettings, pool: dict[str, int]) -> AsyncEngine:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(
        settings.url,
        hide_parameters=HIDE_PARAMETERS,
        connect_args={"isolation_level": None},
        **pool,
    )
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _check_connections_at_checkout(engine: AsyncEngine) -> None:
    """Replace a connection that is closed, or does not answer a ping, when it is checked out."""

    def on_checkin(connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        record.info["used_at"] = monotonic()

    def on_checkout(
        connection: DBAPIConnection, record: ConnectionPoolEntry, proxy: PoolProxiedConnection
    ) -> None:
        used_at = record.info.get("used_at")
        if used_at is None:
            return
        # The driver is notified when the server closes a connection, as on a restart.
        if proxy.driver_connection.is_closed():  # type: ignore[union-attr]
            raise InvalidatePoolError
        if monotonic() - used_at > PING_AFTER_IDLE_SECONDS:
            try:
                connection.run_async(
                    lambda driver: driver.fetchrow(";", timeout=PING_TIMEOUT_SECONDS)
                )
            except (DBAPIError, engine.dialect.loaded_dbapi.Error, OSError) as error:
                raise InvalidatePoolError from error

    event.listen(engine.sync_engine, "checkin", on_checkin)
    event.listen(engine.sync_engine, "checkout", on_checkout)


def _abandon_silent_connection(context: ExceptionContext) -> None:
    """Close the connection on which the network failed, and every other one of the pool.

    Without `is_disconnect` SQLAlchemy would roll back, and wait as long again for the answer.
    """
    if isinstance(context.original_exception, OSError):
        context.is_disconnect = True
        raise DatabaseUnavailable(type(context.original_exception).__name__)


def _prepare_sqlite(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {LOCK_TIMEOUT_SECONDS * 1000}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    # The driver's own BEGIN is deferred: two readers that become writers lose one update
    # (140 of 200 were lost). Taking the write lock first loses none.
    read_only = connection.get_execution_options().get("livelist_read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
