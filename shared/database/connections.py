"""The connections of one process, each yielded for one writing or reading transaction."""

import asyncio
from contextlib import AbstractAsyncContextManager, suppress
from types import TracebackType
from typing import Any

from shared.cancellation import finish, within
from shared.database import postgres, sqlite
from shared.database.connection import Begin, Connection, Observer
from shared.database.errors import CannotConnect, DatabaseError
from shared.database.outage_log import OutageLog
from shared.database.pool import ConnectionPool
from shared.settings.database import DatabaseSettings

CLOSE_TIMEOUT_SECONDS = 2


class Database:
    """The connection pool of one process. Each connection it yields is in one transaction.

    `observer` is called with the text and the values of every round trip; tests count them.
    """

    def __init__(self, settings: DatabaseSettings) -> None:
        self.is_sqlite = settings.is_sqlite
        self.observer: Observer | None = None
        self._kind: Any = sqlite if settings.is_sqlite else postgres
        self._settings = settings
        self._outage_log = OutageLog(settings.address)
        self._pool: ConnectionPool[Any] = ConnectionPool(self._open_driver, settings.pool_size)
        # SQLite has one writer at a time, and its waiters poll with growing sleeps: queueing the
        # writers of this process here is fair and wakes the next one at once.
        self._writer = asyncio.Lock() if settings.is_sqlite else None

    async def _open_driver(self) -> Any:
        try:
            driver = await self._kind.open_driver(self._settings)
        except CannotConnect as error:
            self._outage_log.record_failure(str(error))
            raise
        self._outage_log.record_success()
        return driver

    def write_connection(self) -> AbstractAsyncContextManager[Connection]:
        """Yield a connection in a transaction, which is rolled back unless the block commits it.

        Raise DatabaseUnavailable when no connection can be made. If the block raises, the rollback
        completes even if the task is cancelled.
        """
        return _Lease(self, Begin.WRITE, self._writer)

    def read_connection(self) -> AbstractAsyncContextManager[Connection]:
        """Yield a connection whose reads all see the same moment. On Postgres it cannot write."""
        return _Lease(self, Begin.READ_ONLY)

    def single_read_connection(self) -> AbstractAsyncContextManager[Connection]:
        """Yield a connection for one reading statement, which needs no BEGIN and no ROLLBACK.

        A second statement raises RuntimeError: it would see another moment.
        """
        return _Lease(self, Begin.NEVER)

    async def connect(self, begin: Begin) -> tuple[Any, Connection]:
        """Return a connection of the pool, and what a transaction executes statements with."""
        pooled = await self._pool.acquire()
        return pooled, self._kind.open_connection(pooled, self._pool, begin, self.observer)

    async def release(self, pooled: Any, connection: Connection) -> None:
        """Undo the transaction unless it is over, and give the connection back to the pool."""
        is_reusable = False
        try:
            # What was to be written is committed already, and what was read is read.
            with suppress(DatabaseError, OSError):
                if connection.is_in_transaction:
                    await connection.rollback()
                is_reusable = True
        finally:
            await self._pool.release(pooled, reuse=is_reusable)

    async def close(self) -> None:
        """Close every connection, within CLOSE_TIMEOUT_SECONDS altogether."""
        with suppress(TimeoutError):
            await within(CLOSE_TIMEOUT_SECONDS, self._pool.close())


class _Lease(AbstractAsyncContextManager[Connection]):
    """A connection while a block uses it. `lock`, if given, is held meanwhile.

    A class: three generators with `asynccontextmanager`, one in another, took 3 % of an edit.
    """

    def __init__(self, database: Database, begin: Begin, lock: asyncio.Lock | None = None) -> None:
        self._database = database
        self._begin = begin
        self._lock = lock
        self._used: tuple[Any, Connection]

    async def __aenter__(self) -> Connection:
        if self._lock is not None:
            await self._lock.acquire()
        try:
            self._used = await self._database.connect(self._begin)
        except BaseException:
            self._unlock()
            raise
        return self._used[1]

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            releasing = self._database.release(*self._used)
            await (releasing if error is None else finish(releasing))
        finally:
            self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.release()
