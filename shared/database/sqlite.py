"""Connections to SQLite: statements run on sqlite3, each connection in a thread of its own.

A statement runs to its end even when its caller is cancelled. One that was abandoned half-way left
the write lock with a thread that nothing waited for: every other writer then failed with "database is
locked" for 5 s. Coming back from a thread costs as much as several statements, so BEGIN goes with the
first statement, and all deferred writes with COMMIT.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

from sqlalchemy.engine import make_url

from shared.cancellation import result_of
from shared.database.compiled_statements import CompiledStatement, StatementCompiler
from shared.database.connection import Begin, Connection, Observer, Write
from shared.database.dialects import sqlite_dialect
from shared.database.errors import (
    CannotConnect,
    DatabaseError,
    InvalidData,
    UniqueViolation,
)
from shared.database.instants import add_functions
from shared.database.pool import ConnectionPool
from shared.database.results import Result
from shared.settings.database import DatabaseSettings
from shared.settings.private_files import create_private_file, make_private_folder

# Longer than any lock that is taken on purpose; shorter than the patience of a user.
LOCK_TIMEOUT_SECONDS = 5

COMPILER = StatementCompiler(sqlite_dialect())

# Taking the write lock first: of two readers that become writers one loses its update
# (140 of 200 were lost).
_BEGIN = {Begin.WRITE: "BEGIN IMMEDIATE", Begin.READ_ONLY: "BEGIN"}

_UNIQUE = (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)


class SqliteDriver:
    """A connection of sqlite3 in the pool, and the thread in which all its calls run."""

    def __init__(self, path: str) -> None:
        self._calls: SimpleQueue[
            tuple[Callable[[], Any], asyncio.AbstractEventLoop, asyncio.Future[Any]] | None
        ] = SimpleQueue()
        self._path = path
        self._thread = Thread(target=self._run_calls, name="sqlite", daemon=True)
        self._thread.start()
        self.driver: sqlite3.Connection

    async def call(self, function: Callable[[], Any]) -> Any:
        """Return the result of `function`, called in the thread, after its end in any case."""
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        self._calls.put((function, loop, future))
        return await result_of(future)

    async def is_usable(self) -> bool:
        return True

    async def close(self) -> None:
        try:
            await self.call(self.driver.close)
        finally:
            self.stop()

    def stop(self) -> None:
        """End the thread after the calls that were made."""
        self._calls.put(None)

    def connect(self) -> None:
        self.driver = sqlite3.connect(
            self._path, isolation_level=None, timeout=LOCK_TIMEOUT_SECONDS, cached_statements=300
        )
        for pragma in (
            f"busy_timeout = {LOCK_TIMEOUT_SECONDS * 1000}",
            "journal_mode = WAL",
            "synchronous = NORMAL",
            "foreign_keys = ON",
        ):
            self.driver.execute(f"PRAGMA {pragma}")
        add_functions(self.driver)

    def _run_calls(self) -> None:
        while (call := self._calls.get()) is not None:
            function, loop, future = call
            try:
                result = function()
            except BaseException as error:  # noqa: BLE001  raised where the call is awaited
                _answer(loop, future.set_exception, error)
            else:
                _answer(loop, future.set_result, result)
            # A result must not live until the next call.
            call = function = future = result = None  # type: ignore[assignment]


def _answer(loop: asyncio.AbstractEventLoop, answer: Callable[[Any], None], value: Any) -> None:
    try:
        loop.call_soon_threadsafe(answer, value)
    except RuntimeError:
        # The loop was closed without waiting: nobody needs the answer.
        pass


class SqliteConnection(Connection):
    """A connection of the pool while one transaction uses it."""

    is_sqlite = True

    def __init__(
        self,
        pooled: SqliteDriver,
        pool: ConnectionPool[SqliteDriver],
        begin: Begin,
        observer: Observer | None,
    ) -> None:
        super().__init__(COMPILER, begin, observer)
        self._pooled = pooled

    async def _execute(self, statement: CompiledStatement, values: list[Any]) -> Result:
        def run() -> tuple[list[Any], int, Any]:
            self._begin_once()
            cursor = self._run(statement.sql, values)
            return cursor.fetchall(), cursor.rowcount, cursor.description or ()

        records, count, columns = await self._call(run)
        if not statement.returns_rows:
            return Result((), count)
        rows = statement.rows(records, [column[0] for column in columns])
        return Result(rows, len(rows))

    async def _write(self, writes: Sequence[Write]) -> None:
        await self._call(lambda: self._run_writes(writes))

    async def _commit(self, writes: Sequence[Write]) -> None:
        # One call, which runs to its end (SqliteDriver.call).
        def run() -> None:
            self._run_writes(writes)
            if self.is_in_transaction:
                self._run("COMMIT", ())
                self.is_in_transaction = False

        await self._call(run)

    def _run_writes(self, writes: Sequence[Write]) -> None:
        for statement, rows in writes:
            self._begin_once()
            self._observe(statement.sql, rows)
            self._pooled.driver.executemany(statement.sql, rows)

    async def rollback(self) -> None:
        self._deferred.clear()

        def run() -> None:
            # SQLite itself rolls back after some errors, such as a full disk.
            if self._pooled.driver.in_transaction:
                self._run("ROLLBACK", ())
            self.is_in_transaction = False

        await self._call(run)

    def _begin_once(self) -> None:
        if not self.is_in_transaction and not self._is_single:
            self._run(_BEGIN[self._begin], ())
            self.is_in_transaction = True

    def _run(self, sql: str, values: Sequence[Any]) -> sqlite3.Cursor:
        self._observe(sql, values)
        return self._pooled.driver.execute(sql, values)

    async def _call(self, function: Callable[[], Any]) -> Any:
        try:
            return await self._pooled.call(function)
        except sqlite3.Error as error:
            raise _translated(error) from None


def _translated(error: sqlite3.Error) -> Exception:
    """Return our error for one of sqlite3, whose messages hold no values."""
    message = f"{type(error).__name__}: {error}"
    if isinstance(error, sqlite3.IntegrityError):
        if getattr(error, "sqlite_errorcode", 0) in _UNIQUE:
            return UniqueViolation(message)
        return InvalidData(message)
    if isinstance(error, sqlite3.DataError | sqlite3.ProgrammingError):
        return InvalidData(message)
    # Locked for too long, a full disk, a file that cannot be read: an operator can mend it.
    return DatabaseError(message, is_transient=isinstance(error, sqlite3.OperationalError))


def create_file(settings: DatabaseSettings) -> None:
    """Create the database file if there is none, readable by its owner alone.

    SQLite gives its files beside it, -wal and -shm, the same mode.
    """
    make_private_folder(settings.data_dir)
    # A folder that is missing is reported by SQLite when it opens the file.
    with suppress(OSError):
        create_private_file(Path(make_url(settings.url).database or ""))


async def open_driver(settings: DatabaseSettings) -> SqliteDriver:
    """Open the file, which is created if there is none. Raise CannotConnect."""
    create_file(settings)
    driver = SqliteDriver(make_url(settings.url).database or "")
    try:
        await driver.call(driver.connect)
    except BaseException as error:
        driver.stop()
        if isinstance(error, sqlite3.Error):
            raise CannotConnect(f"{type(error).__name__}: {error}") from None
        raise
    return driver


open_connection = SqliteConnection
