"""Wake workers through arq's queue in Redis. The only module of `shared` that imports arq.

A message carries a job id and only wakes the worker; the jobs table decides what runs. A lost message
costs the wait until the worker's next sweep, at most a second.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime

import orjson
from arq.connections import ArqRedis
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from shared.clock import monotonic
from shared.unit_of_work import AddedJob

QUEUE_NAME = "livelist:jobs"
# The only function name that arq ever sees, so that no worker of a rolling deploy meets an unknown one.
RUN_JOB = "run_job"
# As for event messages (shared/pubsub.py): no request waits long for a broker that is down.
WAKE_UP_TIMEOUT_SECONDS = 0.2
PAUSE_SECONDS = 1.0

log = logging.getLogger(__name__)


class ArqNotifier:
    """Send wake-ups to workers. After a failure, skip them for PAUSE_SECONDS.

    `queue` is arq's queue, or None without a broker.
    """

    def __init__(self, pool: ConnectionPool | None) -> None:
        # JSON, because arq's default, pickle, lets anyone who can write to Redis execute code.
        self.queue = (
            None
            if pool is None
            else ArqRedis(
                pool,
                job_serializer=orjson.dumps,
                job_deserializer=orjson.loads,
                default_queue_name=QUEUE_NAME,
            )
        )
        self._paused_until = 0.0

    async def wake_workers(self, jobs: Sequence[AddedJob], now: datetime) -> None:
        """Send a wake-up for each job that is due at `now`. Never raise; give up after a timeout."""
        due = [job for job in jobs if job.run_at <= now]
        if self.queue is None or not due or monotonic() < self._paused_until:
            return
        try:
            async with asyncio.timeout(WAKE_UP_TIMEOUT_SECONDS):
                for job in due:
                    await self.queue.enqueue_job(RUN_JOB, job.id, _job_id=f"{job.id}:0")
        except (RedisError, OSError, TimeoutError) as error:
            self._paused_until = monotonic() + PAUSE_SECONDS
            log.warning("worker wake-up not sent: %s", type(error).__name__)
