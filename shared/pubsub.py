"""Publish events over Redis pub/sub after their commit, so that every node can deliver them at once.

Best effort: the database is the truth, and a message that is lost is made good by the head check
(realtime/streams/head_check.py). With REDIS_CLUSTER_URL the cluster's sharded pub/sub is used: each
channel then lives on one node of the cluster, and its nodes do not forward every message.

Message on `livelist:<shard>`:   <stream> SP <epoch> SP <seq> LF <frame, or nothing when large>
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zlib import crc32

from redis.asyncio import Redis
from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.asyncio.connection import parse_url
from redis.exceptions import RedisClusterException, RedisError

from shared import metrics
from shared.clock import monotonic
from shared.event_log import RecordedEvent
from shared.ids import Epoch, StreamId

# A fixed set, subscribed to once at start: subscribing per list while connections die loses
# messages.
SHARDS = 16
# A larger frame is left out of its message; nodes that need it read it from the database.
MAX_FRAME_BYTES = 8 * 1024
# What a broker does not take in this time is too late: the head check delivers within a second.
PUBLISH_TIMEOUT_SECONDS = 0.2
# What a busy process commits in several times PUBLISH_TIMEOUT_SECONDS. The rest of a larger burst is
# left to the head check.
MAX_WAITING_BYTES = 8 * 1024 * 1024
# A cluster node that answers slower than this is treated as down.
CLUSTER_TIMEOUT_SECONDS = 1.0
# After a failed publish, nothing is queued for this long.
PAUSE_SECONDS = 1.0

# What a broker, or a cluster, that is down may raise. redis-py's own tree leaves the first one out.
BROKER_ERRORS = (RedisClusterException, RedisError, OSError, TimeoutError)

log = logging.getLogger(__name__)


def channel_of(stream: StreamId) -> str:
    return f"livelist:{crc32(stream.encode()) % SHARDS}"


EVENT_CHANNELS = tuple(f"livelist:{shard}" for shard in range(SHARDS))


@dataclass(frozen=True, slots=True)
class EventMessage:
    """A committed event as pub/sub carries it. `frame` is None when it is too large for a message."""

    stream: StreamId
    epoch: Epoch
    seq: int
    frame: bytes | None


def encode_message(event: RecordedEvent) -> bytes:
    header = f"{event.stream} {event.epoch} {event.seq}\n".encode()
    return header + (event.frame if len(event.frame) <= MAX_FRAME_BYTES else b"")


def decode_message(data: bytes) -> EventMessage:
    """Return the message that `encode_message` wrote. Raise ValueError for other data."""
    header, _, frame = data.partition(b"\n")
    stream, epoch, seq = header.decode().split(" ")
    return EventMessage(StreamId(stream), Epoch(epoch), int(seq), frame or None)


def open_cluster(urls: str) -> RedisCluster:
    """Return a client of the cluster that any of these nodes, separated by commas, belongs to.

    Connects to nothing yet. The first URL gives user, password and TLS for all nodes.
    """
    addresses = [parse_url(url.strip()) for url in urls.split(",")]
    nodes = [ClusterNode(address["host"], address.get("port", 6379)) for address in addresses]
    credentials = {name: addresses[0].get(name) for name in ("username", "password")}
    cluster: RedisCluster = RedisCluster(
        startup_nodes=nodes,
        ssl=urls.startswith("rediss://"),
        # The next publish tries again anyway; the head check delivers meanwhile.
        cluster_error_retry_attempts=1,
        socket_timeout=CLUSTER_TIMEOUT_SECONDS,
        socket_connect_timeout=CLUSTER_TIMEOUT_SECONDS,
        max_connections=50,
        **credentials,
    )
    return cluster


class EventPublisher:
    """Publish the events of committed transactions to this process and to the other nodes.

    A write does not wait for the broker: its messages are queued, and a task sends all that wait in
    one round trip, then those that were queued meanwhile. So a busy process publishes in few round
    trips, and an idle one at once.
    """

    def __init__(self, redis: Redis | RedisCluster | None) -> None:
        self._redis = redis
        self._command = "SPUBLISH" if isinstance(redis, RedisCluster) else "PUBLISH"
        self._paused_until = 0.0
        self._on_local_commit: Callable[[Sequence[RecordedEvent]], None] | None = None
        self._waiting: list[tuple[str, bytes]] = []
        self._waiting_bytes = 0
        self._sender: asyncio.Task[None] | None = None

    def set_local_subscriber(
        self, on_commit: Callable[[Sequence[RecordedEvent]], None] | None
    ) -> None:
        """Call `on_commit` with this process's own events at once, with or without a broker."""
        self._on_local_commit = on_commit

    def publish(self, events: Sequence[RecordedEvent]) -> None:
        """Pass `events` to the local subscriber, and queue their messages. Never raises."""
        if self._on_local_commit is not None and events:
            self._on_local_commit(events)
        if self._redis is None or not events or monotonic() < self._paused_until:
            return
        for event in events:
            message = encode_message(event)
            if self._waiting_bytes + len(message) > MAX_WAITING_BYTES:
                metrics.publish_failures.inc()
                continue
            self._waiting.append((channel_of(event.stream), message))
            self._waiting_bytes += len(message)
        if self._waiting and self._sender is None:
            self._sender = asyncio.create_task(self._send_waiting())

    async def close(self) -> None:
        """Send what waits, within PUBLISH_TIMEOUT_SECONDS for each round trip."""
        if self._sender is not None:
            await self._sender

    async def _send_waiting(self) -> None:
        try:
            while self._waiting:
                messages, self._waiting, self._waiting_bytes = self._waiting, [], 0
                await self._send(messages)
        finally:
            self._sender = None

    async def _send(self, messages: Sequence[tuple[str, bytes]]) -> None:
        """Send the messages in one round trip, or give up after PUBLISH_TIMEOUT_SECONDS."""
        assert self._redis is not None
        try:
            async with asyncio.timeout(PUBLISH_TIMEOUT_SECONDS):
                pipeline = self._redis.pipeline(transaction=False)
                for channel, message in messages:
                    pipeline.execute_command(self._command, channel, message)
                await pipeline.execute()
        except BROKER_ERRORS as error:
            # What was queued meanwhile goes to the same broker. It is not sent either.
            lost = len(messages) + len(self._waiting)
            self._waiting, self._waiting_bytes = [], 0
            self._paused_until = monotonic() + PAUSE_SECONDS
            metrics.publish_failures.inc(lost)
            log.warning("publishing events failed: %s", type(error).__name__)
