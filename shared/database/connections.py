"""The connection pool of one process: connections for one writing or reading transaction."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext, suppress
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.cancellation import finish, within
from shared.database.engine import DatabaseUnavailable, open_engine
from shared.settings.database import DatabaseSettings

CLOSE_TIMEOUT_SECONDS = 2


class _UninterruptedConnection(AsyncConnection):
    """A connection whose statements run to their end even when their caller is cancelled.

    A statement abandoned half-way left SQLite's write lock with a thread that nothing waited for:
    every other writer then failed with "database is locked" for 5 s. Postgres does not need this:
    the server rolls back.
    """

    __slots__ = ()

    async def execute(self, *args: Any, **kwargs: Any) -> Any:
        return await finish(super().execute(*args, **kwargs))

    async def run_sync(self, *args: Any, **kwargs: Any) -> Any:
        return await finish(super().run_sync(*args, **kwargs))


class Database:
    """The connection pool of one process. Each connection it yields is in one transaction."""

    def __init__(self, settings: DatabaseSettings) -> None:
        self.is_sqlite = settings.is_sqlite
        self.engine: AsyncEngine = open_engine(settings)
        self._connection_type = _UninterruptedConnection if self.is_sqlite else AsyncConnection
        # SQLite has one writer at a time, and its waiters poll with growing sleeps: queueing the
        # writers of this process here is fair and wakes the next one at once.
        self._writer = asyncio.Lock() if self.is_sqlite else nullcontext()

    @asynccontextmanager
    async def write_connection(self) -> AsyncIterator[AsyncConnection]:
        """Yield a connection in a transaction, which is rolled back unless the block commits it.

        Raise DatabaseUnavailable when no connection can be made. If the block raises, the rollback
        completes even if the task is cancelled.
        """
        async with self._writer, self._connect() as connection:
            try:
                yield connection
            except BaseException:
                await finish(connection.rollback())
                raise

    @asynccontextmanager
    async def read_connection(self) -> AsyncIterator[AsyncConnection]:
        """Yield a connection that cannot write and whose reads all see the same moment."""
        if self.is_sqlite:
            options: dict[str, Any] = {"livelist_read_only": True}
        else:
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        async with self._connect() as connection:
            yield await connection.execution_options(**options)

    @asynccontextmanager
    async def _connect(self) -> AsyncIterator[AsyncConnection]:
        async with AsyncExitStack() as stack:
            try:
                opened = self._connection_type(self.engine)
                connection = await stack.enter_async_context(opened)
            except OSError as error:
                raise DatabaseUnavailable(type(error).__name__) from error
            yield connection

    async def close(self) -> None:
        """Close every connection, within CLOSE_TIMEOUT_SECONDS altogether."""
        # Connections are closed one after the other. A silent server would delay each close.
        with suppress(TimeoutError):
            await within(CLOSE_TIMEOUT_SECONDS, self.engine.dispose())
