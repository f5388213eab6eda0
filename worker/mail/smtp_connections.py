"""Connections to the mail server that one mail leaves to the next.

Connecting, greeting, TLS and signing in take longer than the mail. So a connection that has just
delivered is kept for a moment. The server may end it meanwhile, which only the next use shows: then
nothing was handed over, and a new one is made.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiosmtplib

# As long as mail servers keep a delivery's connection for the next one; they end idle ones after
# minutes, and would count ours against the few a client may have.
IDLE_SECONDS = 2.0
# Some servers take no more than a hundred in one connection.
MAILS_A_CONNECTION = 100
# Polite, and nothing depends on it.
QUIT_SECONDS = 2


@dataclass(eq=False)
class Kept:
    """One connection; `mails` were delivered over it."""

    session: aiosmtplib.SMTP
    mails: int = 0


class Connections:
    """Those that are idle. One in use belongs to its user."""

    def __init__(self, connect: Callable[[], Awaitable[aiosmtplib.SMTP]]) -> None:
        self._connect = connect
        self._idle: dict[Kept, asyncio.TimerHandle] = {}
        self._quitting: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def use(self) -> AsyncIterator[Kept]:
        """Yields a connection that is kept when the block ends, and closed when it raises."""
        kept = self._take() or Kept(await self._connect())
        try:
            yield kept
        except BaseException:
            kept.session.close()
            raise
        kept.mails += 1
        if kept.mails < MAILS_A_CONNECTION and kept.session.is_connected:
            self._keep(kept)
        else:
            self._quit(kept)

    async def close(self) -> None:
        """None is open any more."""
        for kept in list(self._idle):
            self._idle.pop(kept).cancel()
            self._quit(kept)
        await asyncio.gather(*self._quitting)

    def _take(self) -> Kept | None:
        while self._idle:
            kept, timer = self._idle.popitem()
            timer.cancel()
            if kept.session.is_connected:
                return kept
            kept.session.close()
        return None

    def _keep(self, kept: Kept) -> None:
        loop = asyncio.get_running_loop()
        self._idle[kept] = loop.call_later(IDLE_SECONDS, self._let_go, kept)

    def _let_go(self, kept: Kept) -> None:
        del self._idle[kept]
        self._quit(kept)

    def _quit(self, kept: Kept) -> None:
        task = asyncio.create_task(_say_quit(kept.session), name="quit the mail server")
        self._quitting.add(task)
        task.add_done_callback(self._quitting.discard)


async def _say_quit(session: aiosmtplib.SMTP) -> None:
    # Whatever happens here, the server has answered for every mail already.
    try:
        async with asyncio.timeout(QUIT_SECONDS):
            await session.quit()
    except (aiosmtplib.SMTPException, OSError, TimeoutError):
        pass
    finally:
        session.close()
