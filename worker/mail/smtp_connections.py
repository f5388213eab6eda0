"""Keep SMTP connections open for a moment, so that consecutive mails share one.

Connecting, greeting, TLS and authentication take longer than the mail. The server may close an idle
connection. The next use then fails before any mail is sent, and opens a new connection.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiosmtplib

# The time for which mail servers commonly keep a connection for the next delivery. Servers close
# idle connections after minutes, and until then count them against the client's limit.
IDLE_SECONDS = 2.0
# Some servers accept at most a hundred mails in one connection.
MAX_MAILS_PER_CONNECTION = 100
# QUIT is polite, and nothing depends on it.
QUIT_SECONDS = 2


@dataclass(eq=False)
class PooledConnection:
    """A connection and the number of mails sent over it."""

    session: aiosmtplib.SMTP
    mails_sent: int = 0


class SmtpConnectionPool:
    """Own the idle connections. A connection in use belongs to its caller."""

    def __init__(self, connect: Callable[[], Awaitable[aiosmtplib.SMTP]]) -> None:
        self._connect = connect
        self._idle: dict[PooledConnection, asyncio.TimerHandle] = {}
        self._quitting: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[PooledConnection]:
        """Yield a connection for one mail. Keep it after success; close it if the block raises."""
        connection = self._take_idle() or PooledConnection(await self._connect())
        try:
            yield connection
        except BaseException:
            connection.session.close()
            raise
        connection.mails_sent += 1
        if connection.mails_sent < MAX_MAILS_PER_CONNECTION and connection.session.is_connected:
            self._keep(connection)
        else:
            self._quit(connection)

    async def close(self) -> None:
        """Close the idle connections, with QUIT."""
        for connection in list(self._idle):
            self._idle.pop(connection).cancel()
            self._quit(connection)
        await asyncio.gather(*self._quitting)

    def _take_idle(self) -> PooledConnection | None:
        while self._idle:
            connection, timer = self._idle.popitem()
            timer.cancel()
            if connection.session.is_connected:
                return connection
            connection.session.close()
        return None

    def _keep(self, connection: PooledConnection) -> None:
        loop = asyncio.get_running_loop()
        self._idle[connection] = loop.call_later(IDLE_SECONDS, self._expire, connection)

    def _expire(self, connection: PooledConnection) -> None:
        del self._idle[connection]
        self._quit(connection)

    def _quit(self, connection: PooledConnection) -> None:
        task = asyncio.create_task(_send_quit(connection.session), name="SMTP QUIT")
        self._quitting.add(task)
        task.add_done_callback(self._quitting.discard)


async def _send_quit(session: aiosmtplib.SMTP) -> None:
    # Errors are ignored: the server has acknowledged every mail already.
    try:
        async with asyncio.timeout(QUIT_SECONDS):
            await session.quit()
    except (aiosmtplib.SMTPException, OSError, TimeoutError):
        pass
    finally:
        session.close()
