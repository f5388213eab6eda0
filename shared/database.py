"""The engine, the transaction, and every difference between Postgres and SQLite.

Never decides when to commit: that is shared/unit_of_work.py.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import (
    JSON,
    ColumnElement,
    DateTime,
    Dialect,
    Float,
    MetaData,
    String,
    Text,
    any_,
    bindparam,
    event,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from shared.cancellation import within
from shared.clock import monotonic
from shared.settings.database import DatabaseSettings

# Longer than any lock we hold on purpose; shorter than a person's patience.
LOCK_TIMEOUT_SECONDS = 5
STATEMENT_TIMEOUT_SECONDS = 15
# A server that fell silent, or lies behind a line that was cut, cannot end a statement as above. Without
# this one waits until TCP gives up after a quarter of an hour, or for ever.
SILENCE_SECONDS = STATEMENT_TIMEOUT_SECONDS + 5
# A process that was stopped in a transaction holds its locks; nobody honest pauses so long in one.
IDLE_TIMEOUT_SECONDS = 15

# What lies between us and Postgres forgets idle connections after minutes; a restart of Postgres is
# noticed without asking. To ask at every checkout costs three round trips.
ASK_AFTER_SECONDS = 5

# Nothing but the line is asked, and a living server answers in milliseconds.
PING_SECONDS = 1
CLOSE_SECONDS = 2

# In one statement: asyncpg stops one later, and SQLite here.
MOST_PARAMETERS = 32_766

# Errors reach the logs, and parameters are what people wrote, their addresses and their nonces.
HIDE_PARAMETERS = True

Result = TypeVar("Result")


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Aware UTC in Python; on SQLite, which keeps no zone, naive UTC text."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime is not an instant")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return (
            None
            if value is None
            else value.replace(tzinfo=UTC)
            if value.tzinfo is None
            else value.astimezone(UTC)
        )


# Compared byte by byte on both databases: ids, ranks and tokens must sort alike everywhere.
Key = String(64).with_variant(String(64, collation="C"), "postgresql")
RankText = String(255).with_variant(String(255, collation="C"), "postgresql")
SearchText = Text()
JsonObject = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class db_now(FunctionElement[datetime]):  # noqa: N801  reads as the SQL function it is
    """The database's clock, for leases: processes may disagree about the time, it cannot."""

    type = UtcDateTime()
    inherit_cache = True


@compiles(db_now, "postgresql")
def _postgres_now(element: db_now, compiler: SQLCompiler, **kw: Any) -> str:
    # Not clock_timestamp(), which may be another with each row: no index is searched for it.
    return "statement_timestamp()"


@compiles(db_now, "sqlite")
def _sqlite_now(element: db_now, compiler: SQLCompiler, **kw: Any) -> str:
    # Six decimals, as SQLAlchemy stores instants: they are compared as text.
    return "(strftime('%Y-%m-%d %H:%M:%f', 'now') || '000')"


class db_later(FunctionElement[datetime]):  # noqa: N801  as above
    """The database's clock, and some seconds: ends of leases and times of retries."""

    type = UtcDateTime()
    inherit_cache = True

    def __init__(self, seconds: float) -> None:
        super().__init__(bindparam(None, float(seconds), type_=Float))


@compiles(db_later, "postgresql")
def _postgres_later(element: db_later, compiler: SQLCompiler, **kw: Any) -> str:
    seconds = compiler.process(element.clauses, **kw)
    return f"(clock_timestamp() + make_interval(secs => {seconds}))"


@compiles(db_later, "sqlite")
def _sqlite_later(element: db_later, compiler: SQLCompiler, **kw: Any) -> str:
    seconds = compiler.process(element.clauses, **kw)
    return f"(strftime('%Y-%m-%d %H:%M:%f', 'now', {seconds} || ' seconds') || '000')"


async def finish(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Awaits to the end even when the caller is cancelled meanwhile; then lets the cancelling go on."""
    task = asyncio.ensure_future(coroutine)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


class _PatientConnection(AsyncConnection):
    """A connection whose statements run to their end, whoever is cancelled.

    A statement abandoned half-way leaves SQLite's write lock with a thread that nobody waits for:
    every other writer then failed with "database is locked" for 5 s. Postgres needs none of this,
    the server rolls back.
    """

    __slots__ = ()

    async def execute(self, *args: Any, **kwargs: Any) -> Any:
        return await finish(super().execute(*args, **kwargs))

    async def run_sync(self, *args: Any, **kwargs: Any) -> Any:
        return await finish(super().run_sync(*args, **kwargs))


class DatabaseAway(OSError):
    """The database refuses us, cannot be reached, or fell silent. What was being committed may be."""


class Database:
    """The pool of connections of one process. `write()` and `read()` hand out transactions."""

    def __init__(self, settings: DatabaseSettings) -> None:
        self.is_sqlite = settings.is_sqlite
        self.engine: AsyncEngine = _engine(settings)
        # SQLite has one writer at a time and its waiters poll with growing sleeps; queueing
        # writers of this process here is fair and wakes the next one at once.
        self._writer = asyncio.Lock() if self.is_sqlite else None

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Yields a connection in a transaction that is rolled back unless it was committed."""
        if self._writer is None:
            async with self._connect() as connection:
                yield connection
            return
        async with self._writer, _PatientConnection(self.engine) as connection:
            yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Yields a connection whose reads all see one moment, and which cannot write."""
        if self.is_sqlite:
            async with _PatientConnection(self.engine) as connection:
                yield await connection.execution_options(livelist_read_only=True)
            return
        async with self._connect() as connection:
            yield await connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )

    @asynccontextmanager
    async def _connect(self) -> AsyncIterator[AsyncConnection]:
        async with AsyncExitStack() as stack:
            try:
                connection = await stack.enter_async_context(self.engine.connect())
            except OSError as error:
                raise DatabaseAway(type(error).__name__) from error
            yield connection

    async def close(self) -> None:
        # Each is told goodbye, one after the other; a server that is silent would keep us for each.
        with suppress(TimeoutError):
            await within(CLOSE_SECONDS, self.engine.dispose())


def _engine(settings: DatabaseSettings) -> AsyncEngine:
    pool = {"pool_size": settings.pool_size, "max_overflow": 0, "pool_timeout": 10}
    if not settings.is_sqlite:
        engine = create_async_engine(
            settings.url,
            hide_parameters=HIDE_PARAMETERS,
            connect_args={
                "timeout": 5,
                "command_timeout": SILENCE_SECONDS,
                "server_settings": {
                    "lock_timeout": f"{LOCK_TIMEOUT_SECONDS}s",
                    "statement_timeout": f"{STATEMENT_TIMEOUT_SECONDS}s",
                    "idle_in_transaction_session_timeout": f"{IDLE_TIMEOUT_SECONDS}s",
                    "timezone": "UTC",
                },
            },
            **pool,
        )
        _hand_out_only_the_living(engine)
        event.listen(engine.sync_engine, "handle_error", _give_up_the_silent)
        return engine
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


def _hand_out_only_the_living(engine: AsyncEngine) -> None:
    """A connection that is closed, or does not answer, is replaced by a new one at its checkout."""

    def give_back(connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        record.info["used_at"] = monotonic()

    def hand_out(
        connection: DBAPIConnection, record: ConnectionPoolEntry, proxy: PoolProxiedConnection
    ) -> None:
        used_at = record.info.get("used_at")
        if used_at is None:
            return
        # The driver hears of its end when the server closes it, as on a restart.
        if proxy.driver_connection.is_closed():  # type: ignore[union-attr]
            raise InvalidatePoolError
        if monotonic() - used_at > ASK_AFTER_SECONDS:
            try:
                connection.run_async(lambda driver: driver.fetchrow(";", timeout=PING_SECONDS))
            except (DBAPIError, engine.dialect.loaded_dbapi.Error, OSError) as error:
                raise InvalidatePoolError from error

    event.listen(engine.sync_engine, "checkin", give_back)
    event.listen(engine.sync_engine, "checkout", hand_out)


def _give_up_the_silent(context: ExceptionContext) -> None:
    """A connection on which the network failed is closed, and so is its like: none is rolled back, which
    would be waited for as long again."""
    if isinstance(context.original_exception, OSError):
        context.is_disconnect = True
        raise DatabaseAway(type(context.original_exception).__name__)


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


def among(
    connection: AsyncConnection, column: InstrumentedAttribute[str], values: Sequence[str]
) -> ColumnElement[bool]:
    """Returns the condition that `column` is one of `values`, sent as one parameter.

    An IN list has a parameter a value: 10,000 of them take longer to write than to look up, and
    asyncpg stops at 32,767.
    """
    if connection.dialect.name == "postgresql":
        return column == any_(bindparam("among", list(values), type_=postgresql.ARRAY(String)))
    every = func.json_each(json.dumps(list(values))).table_valued("value")
    return column.in_(select(every.c.value))


async def insert_new(
    connection: AsyncConnection,
    table: type[Base],
    rows: Sequence[Mapping[str, Any]],
    *,
    key: str | tuple[str, ...],
) -> int:
    """Inserts rows, leaving out those whose `key` (unique columns) is taken; returns how many went in."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).on_conflict_do_nothing(
        index_elements=[key] if isinstance(key, str) else key
    )
    inserted, at_once = 0, MOST_PARAMETERS // len(table.__table__.columns)
    for first in range(0, len(rows), at_once):
        some = list(rows[first : first + at_once])
        inserted += (await connection.execute(statement.values(some))).rowcount
    return inserted


async def insert_or_replace(
    connection: AsyncConnection, table: type[Base], row: Mapping[str, Any], *, key: str
) -> None:
    """Inserts the row; where its `key` is taken, it is in the place of the one that had it."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(row)
    await connection.execute(statement.on_conflict_do_update(index_elements=[key], set_=dict(row)))
