"""Redis, after commit: tells every node to look. Best effort; the database is the truth.

Over plain pub/sub; or, where a cluster is named, over its sharded pub/sub: each channel then lives
at one node of it, and nodes do not tell each other of every ring.

Message on `livelist:<shard>`:   <stream> SP <epoch> SP <seq> LF <frame, or nothing when large>
A ring that is lost is repaired by the head sweep (realtime/streams/backfill.py).
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from zlib import crc32

from redis.asyncio import Redis
from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.asyncio.connection import parse_url
from redis.exceptions import RedisClusterException, RedisError

from shared import metrics
from shared.clock import monotonic
from shared.event_log import RecordedEvent
from shared.ids import Epoch, StreamId

# A fixed set, subscribed once at start: subscribing per list while connections die loses messages.
SHARDS = 16
# Larger frames are read from the database by whoever needs them.
LARGEST_FRAME_BYTES = 8 * 1024
# A write must not wait for a broker that is away; the sweep is there in a second anyway.
PUBLISH_TIMEOUT_SECONDS = 0.2
# A node of the cluster that answers slower than this is as good as away.
CLUSTER_TIMEOUT_SECONDS = 1.0
# After a failure nobody waits for the broker again for this long.
PAUSE_SECONDS = 1.0

# What a broker, or a cluster, that is away may raise. redis-py's own tree leaves the first one out.
BROKER_ERRORS = (RedisClusterException, RedisError, OSError, TimeoutError)

log = logging.getLogger(__name__)


def channel(stream: StreamId) -> str:
    return f"livelist:{crc32(stream.encode()) % SHARDS}"


CHANNELS = tuple(f"livelist:{shard}" for shard in range(SHARDS))


def pack(ring: RecordedEvent) -> bytes:
    header = f"{ring.stream} {ring.epoch} {ring.seq}\n".encode()
    return header + (ring.frame if len(ring.frame) <= LARGEST_FRAME_BYTES else b"")


def unpack(message: bytes) -> tuple[StreamId, Epoch, int, bytes | None]:
    """Returns stream, epoch, seq and the frame, if it came along. Raises ValueError on nonsense."""
    header, _, frame = message.partition(b"\n")
    stream, epoch, seq = header.decode().split(" ")
    return StreamId(stream), Epoch(epoch), int(seq), frame or None


def open_cluster(urls: str) -> RedisCluster:
    """Returns a client of the cluster that any of these nodes, separated by commas, belongs to.

    Connects to nothing yet. The first names user, password and TLS for all of them.
    """
    places = [parse_url(url.strip()) for url in urls.split(",")]
    nodes = [ClusterNode(place["host"], place.get("port", 6379)) for place in places]
    known = {name: places[0].get(name) for name in ("username", "password")}
    cluster: RedisCluster = RedisCluster(
        startup_nodes=nodes,
        ssl=urls.startswith("rediss://"),
        # Trying again is what the caller's next ring does; the sweep is there meanwhile.
        cluster_error_retry_attempts=1,
        socket_timeout=CLUSTER_TIMEOUT_SECONDS,
        socket_connect_timeout=CLUSTER_TIMEOUT_SECONDS,
        max_connections=50,
        **known,
    )
    return cluster


class EventPublisher:
    def __init__(self, redis: Redis | RedisCluster | None) -> None:
        self._redis = redis
        self._publish = "SPUBLISH" if isinstance(redis, RedisCluster) else "PUBLISH"
        self._silent_until = 0.0
        self._hears_here: Callable[[Sequence[RecordedEvent]], None] | None = None

    def set_local_subscriber(self, hears: Callable[[Sequence[RecordedEvent]], None] | None) -> None:
        """From now on `hears` is told of this process's own commits at once, broker or not."""
        self._hears_here = hears

    async def publish(self, recorded: Sequence[RecordedEvent]) -> None:
        """Has told the other nodes, or has given up: within PUBLISH_TIMEOUT_SECONDS, never raising."""
        if self._hears_here is not None and recorded:
            self._hears_here(recorded)
        if self._redis is None or not recorded or monotonic() < self._silent_until:
            return
        try:
            async with asyncio.timeout(PUBLISH_TIMEOUT_SECONDS):
                pipeline = self._redis.pipeline(transaction=False)
                for one in recorded:
                    pipeline.execute_command(self._publish, channel(one.stream), pack(one))
                await pipeline.execute()
        except BROKER_ERRORS as error:
            self._silent_until = monotonic() + PAUSE_SECONDS
            metrics.publish_failures.inc()
            log.warning("doorbell not rung: %s", type(error).__name__)
