"""A pool of connections of one kind, at most `size`, the last used first."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeVar

from shared.database.errors import DatabaseUnavailable

# Longer than any transaction that works; shorter than the patience of a user.
WAIT_TIMEOUT_SECONDS = 10


class PooledConnection(Protocol):
    async def is_usable(self) -> bool:
        """Return False if the connection is closed or does not answer."""

    async def close(self) -> None: ...


Pooled = TypeVar("Pooled", bound=PooledConnection)


class ConnectionPool(Generic[Pooled]):
    """Connections that are opened when needed, and kept. Not usable after `close`."""

    def __init__(self, open_connection: Callable[[], Awaitable[Pooled]], size: int) -> None:
        self._open_connection = open_connection
        # How many more connections may be lent, and who waits for one of those that are.
        self._free = size
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._idle: list[Pooled] = []
        self._lent: set[Pooled] = set()
        self._is_closed = False

    async def acquire(self) -> Pooled:
        """Return a connection that answers.

        Raise DatabaseUnavailable when none is free within WAIT_TIMEOUT_SECONDS, or none can be made.
        """
        if self._is_closed:
            raise DatabaseUnavailable("the connections are closed")
        if self._free:
            self._free -= 1
        else:
            await self._wait_for_one()
        try:
            connection = await self._usable_connection()
        except BaseException:
            self._give_to_next()
            raise
        self._lent.add(connection)
        return connection

    async def _wait_for_one(self) -> None:
        """Wait until a connection is given back to this caller, the first who came being the first.

        A semaphore and a timeout of asyncio took 2 % of an edit: a busy process waits here each time.
        """
        loop = asyncio.get_running_loop()
        waiter = loop.create_future()
        timer = loop.call_later(WAIT_TIMEOUT_SECONDS, _give_up, waiter)
        self._waiting.append(waiter)
        try:
            await waiter
        except BaseException:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                # A connection was given to this caller, who was cancelled in the same moment.
                self._give_to_next()
            elif waiter in self._waiting:
                self._waiting.remove(waiter)
            raise
        finally:
            timer.cancel()

    def _give_to_next(self) -> None:
        """Let the next waiter have a connection that is free now."""
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
        self._free += 1

    async def _usable_connection(self) -> Pooled:
        while self._idle:
            connection = self._idle.pop()
            try:
                if await connection.is_usable():
                    return connection
            except BaseException:
                await connection.close()
                raise
            await connection.close()
        return await self._open_connection()

    async def release(self, connection: Pooled, *, reuse: bool) -> None:
        """Take the connection back; close it unless `reuse`."""
        is_known = connection in self._lent
        self._lent.discard(connection)
        self._give_to_next()
        if reuse and is_known and not self._is_closed:
            self._idle.append(connection)
        else:
            await connection.close()

    async def discard_all(self) -> None:
        """Close the idle connections now, and those in use when they are released."""
        self._lent.clear()
        while self._idle:
            await self._idle.pop().close()

    async def close(self) -> None:
        self._is_closed = True
        await self.discard_all()


def _give_up(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_exception(DatabaseUnavailable("all connections are in use"))
