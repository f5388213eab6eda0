"""The resources that a process opens at start and closes at the end: database, Redis, clock."""

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
from shared.actor import ActorCache
from shared.clock import Clock, SystemClock
from shared.database.connections import Database
from shared.database.schema_check import SchemaCheck
from shared.ids import ApiTokenId, CalendarFeedId
from shared.issuer_keys.discovery import Discovery
from shared.issuer_keys.key_cache import IssuerKeys
from shared.jobs.arq_notifier import ArqNotifier
from shared.logs import request_id
from shared.object_storage.store import ObjectStorage
from shared.pubsub import EventPublisher, open_cluster
from shared.settings import Settings
from shared.unit_of_work import ReadTransaction, UnitOfWork

# A broker that answers slower than this is treated as down: every caller has a fallback.
REDIS_TIMEOUT_SECONDS = 1.0
# REDIS_URL of a machine without a broker: a fake one, in the memory of this process.
IN_MEMORY = "memory://"

log = logging.getLogger(__name__)


@dataclass
class Resources:
    settings: Settings
    database: Database
    redis: Redis | None
    event_publisher: EventPublisher
    job_notifier: ArqNotifier
    clock: Clock
    schema: SchemaCheck
    objects: ObjectStorage
    # A read replica, which may lag behind: only for realtime/streams/replica_reader.py.
    replica: Database | None = None
    actor_cache: ActorCache = field(default_factory=ActorCache)
    # API tokens used lately, until accounts/authentication/api_tokens.py saves when they were.
    used_api_tokens: set[ApiTokenId] = field(default_factory=set)
    # Calendar feeds that were read since then.
    used_calendar_feeds: set[CalendarFeedId] = field(default_factory=set)
    issuer_keys: IssuerKeys = field(default_factory=IssuerKeys)
    discovery: Discovery = field(default_factory=Discovery)

    @asynccontextmanager
    async def begin(self, *, mutation: str | None = None) -> AsyncIterator[UnitOfWork]:
        """Yield a writing transaction. Commit when the block ends, then publish its events.

        Jobs that it adds carry the id of the request, or of the job's request, that runs it.

        A block that raises, or is cancelled, is rolled back, and nothing is published. Raise
        DatabaseUnavailable when the database cannot be reached, or lacks a migration.
        """
        await self.schema.require()
        now = self.clock.now()
        async with self.database.write_connection() as connection:
            work = UnitOfWork(connection, now, mutation, request_id.get())
            yield work
            await work.commit()
        await failpoints.reach("committed")
        if work.recorded:
            await failpoints.reach("events_committed")
        self.actor_cache.remove(event.stream for event in work.recorded)
        self.event_publisher.publish(work.recorded)
        if work.earliest_due is not None:
            await self.job_notifier.wake_workers(work.earliest_due - work.now)

    @asynccontextmanager
    async def single_read(self) -> AsyncIterator[ReadTransaction]:
        """Yield a reading transaction for one statement, which costs one round trip."""
        await self.schema.require()
        async with self.database.single_read_connection() as connection:
            yield ReadTransaction(connection, self.clock.now())

    @asynccontextmanager
    async def begin_read(self) -> AsyncIterator[ReadTransaction]:
        """Yield a read-only transaction whose reads all see the same moment."""
        await self.schema.require()
        async with self.database.read_connection() as connection:
            yield ReadTransaction(connection, self.clock.now())


@asynccontextmanager
async def open_resources(
    settings: Settings, clock: Clock | None = None
) -> AsyncIterator[Resources]:
    """Yield the resources of one process. Connects to nothing yet: the broker may be down at start."""
    pool = redis_pool(settings.redis.url)
    redis = None if pool is None else Redis(connection_pool=pool)
    cluster = open_cluster(settings.redis.cluster_url) if settings.redis.cluster_url else None
    database = Database(settings.database)
    replica = None
    if settings.database.replica_url:
        replica = Database(settings.database.of_replica())
    publisher = EventPublisher(cluster or redis)
    try:
        yield Resources(
            settings,
            database,
            redis,
            publisher,
            ArqNotifier(pool),
            clock or SystemClock(),
            SchemaCheck(database),
            ObjectStorage(settings.attachments),
            replica,
        )
    finally:
        await publisher.close()
        if cluster is not None:
            await _close_connections(cluster.aclose())
        if pool is not None:
            await _close_connections(pool.disconnect())
        if replica is not None:
            await replica.close()
        await database.close()


async def _close_connections(closing: Awaitable[object]) -> None:
    """Close connections to Redis. An error is only logged, so that the database is closed next.

    redis-py raises when closing takes over a second: a busy process ended with a traceback.
    """
    try:
        await closing
    except (RedisError, OSError) as error:
        log.warning("closing broker connections failed: %s", type(error).__name__)


def redis_pool(url: str, *, answer_seconds: float = REDIS_TIMEOUT_SECONDS) -> ConnectionPool | None:
    """Return a connection pool in which every wait has a timeout; None without a broker.

    `answer_seconds` is longer for commands that wait at the broker.
    """
    if not url:
        return None
    if url.startswith(IN_MEMORY):
        return ConnectionPool(**_in_memory_broker())
    return ConnectionPool.from_url(
        url,
        socket_timeout=answer_seconds,
        socket_connect_timeout=REDIS_TIMEOUT_SECONDS,
        max_connections=50,
    )


@cache
def _in_memory_broker() -> dict[str, Any]:
    # One server for all pools of the process: API and worker are both in it. Imported here, because
    # the import takes a third of a second, which only this mode should cost.
    server = import_module("fakeredis").FakeServer()
    connection_class = import_module("fakeredis.aioredis").FakeAsyncRedisConnection
    return {"connection_class": connection_class, "server": server}
