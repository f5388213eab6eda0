"""Receive messages through Redis pub/sub: one task owns a connection, and replaces it when it dies.

With a Redis Cluster, event messages come through that (realtime/pubsub/cluster_pubsub.py), and only
presence messages come through here.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping

from redis.asyncio import Redis
from redis.exceptions import RedisError

from realtime.limits import Limits
from realtime.pubsub.channel_reader import Backoff, ChannelReader, Handler
from realtime.pubsub.received_channels import PubsubConnection, ReceivedChannels
from shared.cancellation import end_if_cancelled
from shared.ids import new_id

log = logging.getLogger(__name__)


class RedisListener:
    def __init__(
        self,
        redis: Redis,
        limits: Limits,
        handlers: Mapping[str, Handler],
        on_connected: Callable[[], None],
    ) -> None:
        """`handlers` are by channel. `on_connected` is called after each (re)connection."""
        self._redis = redis
        self._limits = limits
        self._handlers = {channel.encode(): handler for channel, handler in handlers.items()}
        self._on_connected = on_connected
        self._probe = f"livelist:probe:{new_id()}".encode()
        self._channels = tuple(handlers)
        self._received = ReceivedChannels(self._channels)

    @property
    def is_healthy(self) -> bool:
        """Return True while every channel is received."""
        return self._received.is_complete()

    @property
    def connections(self) -> list[PubsubConnection]:
        """Return the state of the one connection."""
        return [self._received.connection(self._channels)]

    async def listen_forever(self) -> None:
        """Receive messages whenever the broker can be reached."""
        backoff = Backoff()
        while True:
            try:
                await self._listen()
            # Everything: while connections die under it, redis-py also raises RuntimeError,
            # AttributeError and IndexError, and a node that stops listening is worse than any.
            except Exception as error:  # noqa: BLE001
                if self.is_healthy:
                    backoff.reset()
                log.warning("subscription lost: %s", type(error).__name__)
            finally:
                self._received.set(self._channels, is_received=False)
            # redis-py swallows a cancellation that arrives while it connects: a node that was
            # stopped right after its start listened on, and never ended.
            end_if_cancelled()
            await backoff.pause()

    async def probe_forever(self) -> None:
        """Publish to this node's own probe channel, so that silence means a dead connection."""
        while True:
            try:
                await self._redis.publish(self._probe, b"")
            except (RedisError, OSError):
                log.debug("probe not published")
            end_if_cancelled()
            await asyncio.sleep(self._limits.probe_seconds)

    async def _listen(self) -> None:
        pool = self._redis.connection_pool
        reader = ChannelReader(
            pool.connection_class, pool.connection_kwargs, self._handlers, [self._probe],
            self._limits,
        )  # fmt: skip
        try:
            await reader.connect()
            end_if_cancelled()
            await reader.subscribe(("SUBSCRIBE", *self._handlers, self._probe))
            await reader.read_forever(self._set_healthy)
        finally:
            await reader.close()

    def _set_healthy(self) -> None:
        self._received.set(self._channels, is_received=True)
        self._on_connected()
