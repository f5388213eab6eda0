"""A connection in subscribe mode, which the listeners of Redis and of Redis Cluster share.

Not redis-py's PubSub: it replaces a killed connection silently, and takes ten times as long per
message. A bare connection raises when it is killed. A half-open one shows nothing at all, so each
node publishes to probe channels of its own, and a connection on which a probe is missing is given
up. Whatever is lost meanwhile, the head check finds.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from typing import Any

from realtime.limits import Limits
from shared.clock import monotonic

# Between attempts to subscribe again: quick after a restart, gentle during an outage.
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0
# For finding the node, connecting and subscribing: a broker that takes longer counts as away.
CONNECT_SECONDS = 2.0
# A probe may be late by a busy moment of this node or of the broker.
GRACE_SECONDS = 0.5
# For closing a connection that is broken already.
CLOSE_SECONDS = 1.0

Handler = Callable[[bytes], None]

log = logging.getLogger(__name__)


class SilentError(Exception):
    """A probe is missing on a connection that looks open, or a channel is no longer served."""


class Backoff:
    """The pauses between attempts: each twice as long as the one before, up to a limit."""

    def __init__(self) -> None:
        self._seconds = FIRST_PAUSE_SECONDS

    def reset(self) -> None:
        self._seconds = FIRST_PAUSE_SECONDS

    async def pause(self) -> None:
        seconds = self._seconds
        self._seconds = min(seconds * 2, LONGEST_PAUSE_SECONDS)
        await asyncio.sleep(seconds)


class ChannelReader:
    """Subscribe one connection to channels, send probes, and pass on what arrives."""

    def __init__(
        self,
        connection_class: Callable[..., Any],
        connection_options: Mapping[str, Any],
        handlers: Mapping[bytes, Handler],
        probes: Collection[bytes],
        limits: Limits,
    ) -> None:
        # The pool's connections limit the time of each read; here silence is the normal state.
        options = {**connection_options, "socket_timeout": None}
        self._connection = connection_class(**options)
        self._handlers = handlers
        self._probes = probes
        # As long as no message may arrive: two probes would be missing.
        self._silence_seconds = 2 * limits.probe_seconds + GRACE_SECONDS

    async def connect(self) -> None:
        """Connect. Raise what redis-py raises, or TimeoutError."""
        async with asyncio.timeout(CONNECT_SECONDS):
            await self._connection.connect()

    async def subscribe(self, *commands: tuple[str | bytes, ...]) -> None:
        async with asyncio.timeout(CONNECT_SECONDS):
            for command in commands:
                await self._connection.send_command(*command)

    async def read_forever(self, on_subscribed: Callable[[], None]) -> None:
        """Pass on messages until the connection fails; call `on_subscribed` when all is confirmed.

        Raise what redis-py raises, or SilentError.
        """
        try:
            async with asyncio.timeout(self._silence_seconds) as silence:
                await self._read(silence, on_subscribed)
        except TimeoutError:
            raise SilentError from None

    async def _read(self, silence: asyncio.Timeout, on_subscribed: Callable[[], None]) -> None:
        time = asyncio.get_running_loop().time
        seen_at = dict.fromkeys(self._probes, monotonic())
        unconfirmed = len(self._handlers) + len(seen_at)
        # Messages that have arrived together are returned without a pause between them, so the
        # node gives them to the hub together.
        while True:
            kind, channel, data = await self._connection.read_response()
            if kind in (b"message", b"smessage"):
                if channel in seen_at:
                    seen_at[channel] = monotonic()
                    # The probe that has been missing for longest decides.
                    left = min(seen_at.values()) + self._silence_seconds - monotonic()
                    silence.reschedule(time() + left)
                else:
                    self._handlers[channel](data)
            elif kind in (b"subscribe", b"ssubscribe"):
                unconfirmed -= 1
                if not unconfirmed:
                    on_subscribed()
            elif kind == b"sunsubscribe":
                raise SilentError

    async def close(self) -> None:
        """Close the connection, or give it up."""
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._connection.disconnect(nowait=True)
        # Closing what is broken already may raise anything.
        except Exception as error:  # noqa: BLE001
            log.debug("closing a subscription: %s", type(error).__name__)
