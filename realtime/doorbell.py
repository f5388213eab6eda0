"""Hearing the doorbell: one task owns the redis-py subscription, probes it and rebuilds it.

What redis-py does not say (docs/decisions): a killed connection is replaced silently, and only a
second `subscribe` confirmation tells; a half-open one says nothing at all, so each node rings a
channel of its own and listens for it; the listener dies when the broker restarts. Whatever is
lost meanwhile, the head sweep finds: it is asked for after every (re)connection.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from realtime.limits import Limits
from realtime.line import Ring
from shared.clock import monotonic
from shared.doorbell import CHANNELS, unpack
from shared.ids import new_id

# Between attempts to subscribe again: quick after a restart, gentle during an outage.
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0
# How often the listener looks up from reading to count the missing probes.
GLANCE_SECONDS = 0.5

log = logging.getLogger(__name__)


class _SilentError(Exception):
    """Nothing is heard on a connection that looks open."""


class DoorbellListener:
    def __init__(
        self,
        redis: Redis,
        limits: Limits,
        heard: Callable[[Ring], None],
        connected: Callable[[], None],
    ) -> None:
        self.is_healthy = False
        self._redis = redis
        self._limits = limits
        self._heard = heard
        self._connected = connected
        self._probe = f"livelist:probe:{new_id()}"
        self._channels = frozenset((*CHANNELS, self._probe))
        self._confirmed: set[str] = set()
        self._probe_heard_at = 0.0

    async def listen_forever(self) -> None:
        """Rings are heard whenever the broker can be reached; never ends."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                await self._listen()
            # Everything: while connections die under it, redis-py also raises RuntimeError,
            # AttributeError and IndexError, and a node that stops listening is worse than any.
            except Exception as error:  # noqa: BLE001
                if self.is_healthy:
                    pause = FIRST_PAUSE_SECONDS
                log.warning("doorbell lost: %s", type(error).__name__)
            self.is_healthy = False
            _end_if_cancelled()
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def probe_forever(self) -> None:
        """The node rings for itself, so that silence means something."""
        while True:
            try:
                await self._redis.publish(self._probe, b"")
            except (RedisError, OSError):
                log.debug("probe not sent")
            _end_if_cancelled()
            await asyncio.sleep(self._limits.probe_seconds)

    async def _listen(self) -> None:
        self._confirmed.clear()
        self._probe_heard_at = monotonic()
        subscription = self._redis.pubsub()
        try:
            await subscription.subscribe(*self._channels)
            await self._read(subscription)
        finally:
            await _close(subscription)

    async def _read(self, subscription: PubSub) -> None:
        while True:
            _end_if_cancelled()
            # Messages that have arrived together are returned without a pause between them, so
            # the node hands them to the hub together.
            message = await subscription.get_message(timeout=GLANCE_SECONDS)
            if message is not None:
                self._take(message)
            silent = monotonic() - self._probe_heard_at
            if silent > 2 * self._limits.probe_seconds + GLANCE_SECONDS:
                raise _SilentError

    def _take(self, message: dict[str, Any]) -> None:
        channel = message["channel"].decode()
        if message["type"] == "subscribe":
            self._confirm(channel)
        elif channel == self._probe:
            self._probe_heard_at = monotonic()
        elif message["type"] == "message":
            try:
                ring = Ring(*unpack(message["data"]))
            except (ValueError, UnicodeDecodeError):
                log.warning("nonsense on the doorbell")
            else:
                self._heard(ring)

    def _confirm(self, channel: str) -> None:
        if channel in self._confirmed:
            # The connection was replaced without a word; what rang in between is lost.
            log.warning("doorbell reconnected")
            self._confirmed.clear()
            self.is_healthy = False
        self._confirmed.add(channel)
        if self._confirmed == self._channels:
            self.is_healthy = True
            self._connected()


def _end_if_cancelled() -> None:
    # redis-py swallows a cancellation that reaches it while it connects: a node that was stopped
    # right after its start listened on, and never ended.
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def _close(subscription: PubSub) -> None:
    try:
        async with asyncio.timeout(1):
            await subscription.aclose()
    # As above: closing what is broken already may raise anything.
    except Exception as error:  # noqa: BLE001
        log.debug("closing the subscription: %s", type(error).__name__)
