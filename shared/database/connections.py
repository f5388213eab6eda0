"""The connections of one process, each yielded for one writing or reading transaction."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from typing import Any

from shared.cancellation import finish, within
from shared.database import postgres, sqlite
from shared.database.connection import Begin, Connection, Observer
from shared.database.errors import DatabaseError
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
        self._pool: ConnectionPool[Any] = ConnectionPool(
            lambda: self._kind.open_driver(settings), settings.pool_size
        )
        # SQLite has one writer at a time, and its waiters poll with growing sleeps: queueing the
        # writers of this process here is fair and wakes the next one at once.
        self._writer: AbstractAsyncContextManager[Any] = (
            asyncio.Lock() if settings.is_sqlite else nullcontext()
        )

    @asynccontextmanager
    async def write_connection(self) -> AsyncIterator[Connection]:
        """Yield a connection in a transaction, which is rolled back unless the block commits it.

        Raise DatabaseUnavailable when no connection can be made. If the block raises, the rollback
        completes even if the task is cancelled.
        """
        async with self._writer, self._connect(Begin.WRITE) as connection:
            yield connection

    @asynccontextmanager
    async def read_connection(self) -> AsyncIterator[Connection]:
        """Yield a connection whose reads all see the same moment. On Postgres it cannot write."""
        async with self._connect(Begin.READ_ONLY) as connection:
            yield connection

    @asynccontextmanager
    async def single_read_connection(self) -> AsyncIterator[Connection]:
        """Yield a connection for one reading statement, which needs no BEGIN and no ROLLBACK.

        A second statement raises RuntimeError: it would see another moment.
        """
        async with self._connect(Begin.NEVER) as connection:
            yield connection

    @asynccontextmanager
    async def _connect(self, begin: Begin) -> AsyncIterator[Connection]:
        pooled = await self._pool.acquire()
        connection = self._kind.open_connection(pooled, self._pool, begin, self.observer)
        try:
            yield connection
        except BaseException:
            await finish(self._release(pooled, connection))
            raise
        await self._release(pooled, connection)

    async def _release(self, pooled: Any, connection: Connection) -> None:
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
