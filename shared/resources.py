"""What every door opens at start and closes at the end: database, broker, clock."""

import logging
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any

from redis.asyncio import ConnectionPool, Redis
from redis.exceptions import RedisError

from shared import failpoints
from shared.actor import RecentActors
from shared.clock import Clock, SystemClock
from shared.database.connections import Database
from shared.jobs.arq_notifier import ArqNotifier
from shared.pubsub import EventPublisher, open_cluster
from shared.settings import Settings
from shared.unit_of_work import ReadTransaction, UnitOfWork

# A node that answers slower than this is as good as away: every caller has a fallback.
REDIS_TIMEOUT_SECONDS = 1.0
# REDIS_URL of a machine that has no broker at all: a fake one, in the memory of this process.
IN_PROCESS = "memory://"

log = logging.getLogger(__name__)


@dataclass
class Resources:
    settings: Settings
    database: Database
    redis: Redis | None
    event_publisher: EventPublisher
    job_notifier: ArqNotifier
    clock: Clock
    # A copy of the database that may be behind: only for realtime/streams/replica_reader.py.
    replica: Database | None = None
    recent_actors: RecentActors = field(default_factory=RecentActors)

    @asynccontextmanager
    async def begin(
        self, *, mutation: str | None = None, request_id: str = ""
    ) -> AsyncIterator[UnitOfWork]:
        """Yield a writing transaction. Commit when the block ends, then publish its events.

        A block that raises, or is cancelled, is rolled back, and nothing is published. Raises
        DatabaseUnavailable when the database cannot be reached.
        """
        now = self.clock.now()
        async with self.database.write_connection() as connection:
            work = UnitOfWork(connection, now, mutation, request_id)
            yield work
            await work.commit()
        await failpoints.reach("committed")
        self.recent_actors.forget(event.stream for event in work.recorded)
        await self.event_publisher.publish(work.recorded)
        await self.job_notifier.wake_workers(work.jobs, work.now)

    @asynccontextmanager
    async def begin_read(self) -> AsyncIterator[ReadTransaction]:
        """Yield a read-only transaction whose reads all see the same moment."""
        async with self.database.read_connection() as connection:
            yield ReadTransaction(connection, self.clock.now())


@asynccontextmanager
async def open_resources(
    settings: Settings, clock: Clock | None = None
) -> AsyncIterator[Resources]:
    """Yields the resources of one process. Connects to nothing yet: a broker may be away at start."""
    pool = redis_pool(settings.redis.url)
    redis = None if pool is None else Redis(connection_pool=pool)
    cluster = open_cluster(settings.redis.cluster_url) if settings.redis.cluster_url else None
    database = Database(settings.database)
    replica = None
    if settings.database.replica_url:
        replica = Database(settings.database.of_replica())
    try:
        yield Resources(
            settings,
            database,
            redis,
            EventPublisher(cluster or redis),
            ArqNotifier(pool),
            clock or SystemClock(),
            replica,
        )
    finally:
        if cluster is not None:
            await _let_go(cluster.aclose())
        if pool is not None:
            await _let_go(pool.disconnect())
        if replica is not None:
            await replica.close()
        await database.close()


async def _let_go(closing: Awaitable[object]) -> None:
    """The broker's connections are gone, whatever it says to that; the database's still follow.

    redis-py gives a goodbye one second and then raises: a busy process ended with a traceback.
    """
    try:
        await closing
    except (RedisError, OSError) as error:
        log.warning("broker connections closed: %s", type(error).__name__)


def redis_pool(url: str) -> ConnectionPool | None:
    """Returns a pool whose every wait is bounded; None for no broker."""
    if not url:
        return None
    if url.startswith(IN_PROCESS):
        return ConnectionPool(**_in_process())
    return ConnectionPool.from_url(
        url,
        socket_timeout=REDIS_TIMEOUT_SECONDS,
        socket_connect_timeout=REDIS_TIMEOUT_SECONDS,
        max_connections=50,
    )


@cache
def _in_process() -> dict[str, Any]:
    # One for all pools of the process: API and worker are both in it. Imported here, because it
    # takes a third of a second that nobody else is to wait for.
    server = import_module("fakeredis").FakeServer()
    kind = import_module("fakeredis.aioredis").FakeAsyncRedisConnection
    return {"connection_class": kind, "server": server}
