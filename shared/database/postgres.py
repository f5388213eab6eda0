"""Connections to Postgres: statements run on asyncpg, which prepares each text once."""

from collections.abc import Sequence
from typing import Any

import asyncpg
from sqlalchemy.engine import make_url

from shared.cancellation import finish
from shared.clock import monotonic
from shared.database.compiled_statements import CompiledStatement, StatementCompiler
from shared.database.connection import Begin, Connection, Observer, Write
from shared.database.dialects import postgres_dialect
from shared.database.errors import (
    CannotConnect,
    DatabaseError,
    DatabaseUnavailable,
    InvalidData,
    UniqueViolation,
)
from shared.database.pool import ConnectionPool
from shared.database.results import Result
from shared.settings.database import DatabaseSettings

# Longer than any lock that is taken on purpose; shorter than the patience of a user.
LOCK_TIMEOUT_SECONDS = 5
STATEMENT_TIMEOUT_SECONDS = 15
# A server that went silent, or lies behind a cut connection, cannot enforce STATEMENT_TIMEOUT.
# Without this limit a statement waits until TCP gives up after a quarter of an hour, or for ever.
SILENCE_TIMEOUT_SECONDS = STATEMENT_TIMEOUT_SECONDS + 5
# A process that was stopped in a transaction keeps its locks; a healthy one never pauses so long.
IDLE_TIMEOUT_SECONDS = 15
CONNECT_TIMEOUT_SECONDS = 5
# Firewalls between the process and Postgres forget idle connections after minutes; a restart of
# Postgres is noticed without a ping. A ping at every checkout would cost a round trip.
PING_AFTER_IDLE_SECONDS = 5
# The ping runs no query, and a healthy server answers it in milliseconds.
PING_TIMEOUT_SECONDS = 1
# What asyncpg accepts in one statement.
MAX_PARAMETERS = 32_767
# Prepared statements a connection keeps, some 20 kB of the server's memory each.
MAX_PREPARED = 300

# PostgreSQL error classes: connection lost, out of connections or memory, stopped by an operator.
_UNAVAILABLE_STATES = ("08", "57P")
# Transaction rolled back by a conflict, out of resources, cancelled by a time limit; lock timeout.
_TRANSIENT_STATES = ("40", "53", "57", "55P03")

# What asyncpg raises between the server's last message and the end of the connection.
_CUT_OFF = asyncpg.InternalClientError

_POOLER = (
    "DATABASE_URL leads to a connection pooler such as PgBouncer, which is not supported: it drops time "
    "limits and prepared statements. Connect to Postgres itself; each process has a pool (DATABASE_POOL_SIZE)"
)

COMPILER = StatementCompiler(postgres_dialect())

_BEGIN = {
    Begin.WRITE: "BEGIN",
    Begin.READ_ONLY: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
}


class PostgresDriver:
    """A connection of asyncpg in the pool."""

    def __init__(self, driver: asyncpg.Connection) -> None:
        self.driver = driver
        self.used_at = monotonic()

    async def is_usable(self) -> bool:
        # asyncpg notices when the server closes a connection, as on a restart.
        if self.driver.is_closed():
            return False
        if monotonic() - self.used_at > PING_AFTER_IDLE_SECONDS:
            try:
                await self.driver.execute("SELECT 1", timeout=PING_TIMEOUT_SECONDS)
            except (asyncpg.PostgresError, asyncpg.InterfaceError, _CUT_OFF, OSError, TimeoutError):
                return False
        return True

    async def close(self) -> None:
        # Not `close`: it waits for an answer, which a silent server never sends.
        self.driver.terminate()


class PostgresConnection(Connection):
    """A connection of the pool while one transaction uses it."""

    is_sqlite = False

    def __init__(
        self,
        pooled: PostgresDriver,
        pool: ConnectionPool[PostgresDriver],
        begin: Begin,
        observer: Observer | None,
    ) -> None:
        super().__init__(COMPILER, begin, observer)
        self._pooled = pooled
        self._pool = pool
        self.driver = pooled.driver
        """Asyncpg's connection, for what SQLAlchemy has no statement for."""

    async def _execute(self, statement: CompiledStatement, values: list[Any]) -> Result:
        await self._begin_once()
        if statement.returns_rows:
            records = await self._call(self.driver.fetch, statement.sql, *values)
            rows = statement.rows(records, list(records[0].keys()) if records else [])
            return Result(rows, len(rows))
        status: str = await self._call(self.driver.execute, statement.sql, *values)
        # "UPDATE 3", "INSERT 0 1"
        return Result((), int(count) if (count := status.rpartition(" ")[2]).isdigit() else -1)

    async def _write(self, writes: Sequence[Write]) -> None:
        """Execute the writes in order, successive ones to different tables in one round trip."""
        group: list[Write] = []
        tables: set[str] = set()
        parameters = 0
        for statement, rows in writes:
            size = len(rows[0])
            # A table named "" marks a write that cannot be joined.
            is_alone = len(rows) > 1 or not statement.table
            if group and (
                is_alone
                or "" in tables
                or statement.table in tables
                or parameters + size > MAX_PARAMETERS
            ):
                await self._write_group(group)
                group, tables, parameters = [], set(), 0
            group.append((statement, rows))
            tables.add("" if is_alone else statement.table)
            parameters += size
        if group:
            await self._write_group(group)

    async def _write_group(self, group: Sequence[Write]) -> None:
        await self._begin_once()
        [(statement, rows), *others] = group
        if len(rows) > 1:
            # asyncpg sends them all before it waits for the answers.
            await self._call(self.driver.executemany, statement.sql, rows)
            return
        sql = (
            self._compiler.join([statement for statement, _ in group]) if others else statement.sql
        )
        values = [value for _, [row] in group for value in row]
        await self._call(self.driver.execute, sql, *values)

    async def _commit(self, writes: Sequence[Write]) -> None:
        if writes or self.is_in_transaction:
            # asyncpg would cancel the statement, and nobody would know whether it was committed.
            await finish(self._write_and_commit(writes))

    async def _write_and_commit(self, writes: Sequence[Write]) -> None:
        await self._write(writes)
        await self._call(self.driver.execute, "COMMIT")
        self.is_in_transaction = False

    async def rollback(self) -> None:
        self._deferred.clear()
        if self.is_in_transaction and not self.driver.is_closed():
            self.is_in_transaction = False
            await self._call(self.driver.execute, "ROLLBACK")

    async def _begin_once(self) -> None:
        if not self.is_in_transaction and not self._is_single:
            # Before the answer: of a BEGIN whose caller is cancelled the server knows all the same.
            self.is_in_transaction = True
            await self._call(self.driver.execute, _BEGIN[self._begin])

    async def _call(self, method: Any, sql: str, *values: Any) -> Any:
        self._observe(sql, values)
        try:
            return await method(sql, *values)
        except (OSError, TimeoutError) as error:
            # The network failed, or the server is silent: the other connections lead there, too.
            self.driver.terminate()
            await self._pool.discard_all()
            raise DatabaseUnavailable(type(error).__name__) from error
        except asyncpg.PostgresError as error:
            raise translated(error) from None
        except _CUT_OFF:
            self.driver.terminate()
            raise DatabaseUnavailable("the connection was closed") from None
        except asyncpg.InterfaceError as error:
            if self.driver.is_closed():
                raise DatabaseUnavailable("the connection was closed") from None
            # Its text quotes the value that does not fit.
            raise InvalidData(type(error).__name__) from None
        finally:
            self._pooled.used_at = monotonic()


def translated(error: asyncpg.PostgresError) -> Exception:
    """Return our error for one of asyncpg, without the values in its details."""
    state = error.sqlstate or ""
    # `str` would append the details, which repeat the values of the row.
    message = f"{type(error).__name__}: {error.args[0] if error.args else ''}"
    if state.startswith("22"):
        # The message itself quotes the value, as in: invalid input syntax for type integer: "…"
        return InvalidData(type(error).__name__, sqlstate=state)
    if state.startswith(_UNAVAILABLE_STATES):
        return DatabaseUnavailable(message)
    if isinstance(error, asyncpg.UniqueViolationError):
        return UniqueViolation(message, sqlstate=state)
    if state.startswith("23"):
        return InvalidData(message, sqlstate=state)
    # A migration changed a table under a prepared statement, which asyncpg then prepares again.
    is_outdated = isinstance(error, asyncpg.InvalidCachedStatementError)
    is_transient = is_outdated or state.startswith(_TRANSIENT_STATES)
    return DatabaseError(message, sqlstate=state, is_transient=is_transient)


async def open_driver(settings: DatabaseSettings) -> PostgresDriver:
    """Connect to Postgres. Raise CannotConnect with the reason of the server or the network."""
    _, options = COMPILER.dialect.create_connect_args(make_url(settings.url))
    for name in ("prepared_statement_cache_size", "prepared_statement_name_func"):
        options.pop(name, None)
    try:
        driver = await asyncpg.connect(
            **{"statement_cache_size": MAX_PREPARED, **options},
            timeout=CONNECT_TIMEOUT_SECONDS,
            command_timeout=SILENCE_TIMEOUT_SECONDS,
            server_settings={
                "lock_timeout": f"{LOCK_TIMEOUT_SECONDS}s",
                "statement_timeout": f"{STATEMENT_TIMEOUT_SECONDS}s",
                "idle_in_transaction_session_timeout": f"{IDLE_TIMEOUT_SECONDS}s",
                "timezone": "UTC",
            },
        )
        await _refuse_pooler(driver)
    except asyncpg.ProtocolViolationError as error:
        # What PgBouncer says to a time limit, unless it was told to ignore it.
        is_pooler = "startup parameter" in str(error)
        raise CannotConnect(_POOLER if is_pooler else f"{error.args[0]}") from None
    except TimeoutError:
        raise CannotConnect(f"no answer within {CONNECT_TIMEOUT_SECONDS} s") from None
    except (OSError, _CUT_OFF, asyncpg.InterfaceError, asyncpg.PostgresError) as error:
        # `str` would append hints, which take several lines.
        reason = error.args[0] if isinstance(error, asyncpg.PostgresError) else error
        raise CannotConnect(f"{type(error).__name__}: {reason}") from None
    return PostgresDriver(driver)


async def _refuse_pooler(driver: asyncpg.Connection) -> None:
    """Raise CannotConnect if the process that runs statements is not the one that was connected to."""
    # By the simple protocol, which needs no prepared statement and takes one round trip.
    query = f"SELECT 1 WHERE pg_backend_pid() = {driver.get_server_pid():d}"
    try:
        if await driver.execute(query) != "SELECT 1":
            raise CannotConnect(_POOLER)
    except BaseException:  # a health check cancels it after 2 s
        driver.terminate()
        raise


open_connection = PostgresConnection
