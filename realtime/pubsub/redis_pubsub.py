"""Hearing the doorbell: one task owns a connection in subscribe mode, and makes a new one when it dies.

Not redis-py's PubSub: it replaces a killed connection without a word, and takes ten times as long
per message. A bare connection of the pool's kind raises when it is killed. A half-open one says
nothing at all, so each node rings a channel of its own and listens for it. Whatever is lost
meanwhile, the head sweep finds: it is asked for after every (re)connection.

Where a cluster is named, the rings come by it (realtime/pubsub/cluster_pubsub.py), and what is heard here
are the signals alone.
"""

import asyncio
import logging
from collections.abc import Callable

from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import RedisError

from realtime.limits import Limits
from realtime.presence import broadcaster
from realtime.streams.stream_state import EventMessage
from shared.cancellation import end_if_cancelled
from shared.ids import new_id
from shared.pubsub import EVENT_CHANNELS, decode_message

# Of both listeners. Between attempts to subscribe again: quick after a restart, gentle during an outage.
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0
# Asking where to, connecting, subscribing: a broker that takes longer is as good as away.
CONNECT_SECONDS = 2.0
# A probe may be late by a busy moment of this node or of the broker.
GRACE_SECONDS = 0.5

_SIGNALS = broadcaster.CHANNEL.encode()

log = logging.getLogger(__name__)


class DoorbellListener:
    def __init__(
        self,
        redis: Redis,
        limits: Limits,
        heard: Callable[[EventMessage], None] | None,
        signalled: Callable[[bytes], None],
        connected: Callable[[], None],
    ) -> None:
        """Without `heard` the rings' channels are not subscribed to."""
        self.is_healthy = False
        self._redis = redis
        self._limits = limits
        self._heard = heard
        self._signalled = signalled
        self._connected = connected
        self._probe = f"livelist:probe:{new_id()}".encode()
        event_channels = (name.encode() for name in CHANNELS) if heard is not None else ()
        self._channels = frozenset((*event_channels, _SIGNALS, self._probe))

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
            finally:
                self.is_healthy = False
            # redis-py swallows a cancellation that reaches it while it connects: a node that was
            # stopped right after its start listened on, and never ended.
            end_if_cancelled()
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def probe_forever(self) -> None:
        """The node rings for itself, so that silence means something."""
        while True:
            try:
                await self._redis.publish(self._probe, b"")
            except (RedisError, OSError):
                log.debug("probe not sent")
            end_if_cancelled()
            await asyncio.sleep(self._limits.probe_seconds)

    async def _listen(self) -> None:
        pool = self._redis.connection_pool
        # The pool's waits are bounded by a timeout per read; here silence is the normal state.
        connection = pool.connection_class(**(pool.connection_kwargs | {"socket_timeout": None}))
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await connection.connect()
            end_if_cancelled()
            async with asyncio.timeout(silence_seconds(self._limits)) as silence:
                await connection.send_command("SUBSCRIBE", *self._channels)
                await self._read(connection, silence)
        finally:
            await let_go(connection)

    async def _read(self, connection: AbstractConnection, silence: asyncio.Timeout) -> None:
        time = asyncio.get_running_loop().time
        silent_after = silence_seconds(self._limits)
        unconfirmed = len(self._channels)
        # Messages that have arrived together are returned without a pause between them, so the
        # node hands them to the hub together.
        while True:
            kind, channel, data = await connection.read_response()
            if channel == self._probe:
                silence.reschedule(time() + silent_after)
            elif kind == b"message":
                if channel == _SIGNALS:
                    self._signalled(data)
                elif self._heard is not None:
                    handle_event_message(data, self._heard)
            if kind == b"subscribe":
                unconfirmed -= 1
                if not unconfirmed:
                    self.is_healthy = True
                    self._connected()


def silence_seconds(limits: Limits) -> float:
    """For so long a connection may say nothing: two probes would be missing."""
    return 2 * limits.probe_seconds + GRACE_SECONDS


def handle_event_message(message: bytes, heard: Callable[[EventMessage], None]) -> None:
    """`heard` is told of the ring, unless the message is none."""
    try:
        event = EventMessage(*unpack(message))
    except (ValueError, UnicodeDecodeError):
        log.warning("nonsense on the doorbell")
    else:
        heard(event)


async def let_go(connection: AbstractConnection) -> None:
    """The connection is closed, or as good as."""
    try:
        async with asyncio.timeout(1):
            await connection.disconnect(nowait=True)
    # Closing what is broken already may raise anything.
    except Exception as error:  # noqa: BLE001
        log.debug("closing the doorbell: %s", type(error).__name__)
