"""Hands job ids to arq's queue. The only module of `shared` that knows arq.

A hint, not the job: a lost one costs the wait until the worker's next sweep, nothing else.
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

QUEUE = "livelist:jobs"
# The one function name arq ever sees, so that a rolling deploy never meets an unknown one.
RUN_JOB = "run_job"
# As for the doorbell: nobody waits long for a broker that is away.
WAKE_UP_TIMEOUT_SECONDS = 0.2
PAUSE_SECONDS = 1.0

log = logging.getLogger(__name__)


class ArqNotifier:
    def __init__(self, pool: ConnectionPool | None) -> None:
        # JSON, because arq's default, pickle, is code execution for whoever reaches Redis.
        self._queue = (
            None
            if pool is None
            else ArqRedis(
                pool,
                job_serializer=orjson.dumps,
                job_deserializer=orjson.loads,
                default_queue_name=QUEUE,
            )
        )
        self._silent_until = 0.0

    async def wake_workers(self, jobs: Sequence[AddedJob], now: datetime) -> None:
        """Has told a worker about those due now, or has given up; within bounds, never raising."""
        due = [job for job in jobs if job.run_at <= now]
        if self._queue is None or not due or monotonic() < self._silent_until:
            return
        try:
            async with asyncio.timeout(WAKE_UP_TIMEOUT_SECONDS):
                for job in due:
                    await self._queue.enqueue_job(RUN_JOB, job.id, _job_id=f"{job.id}:0")
        except (RedisError, OSError, TimeoutError) as error:
            self._silent_until = monotonic() + PAUSE_SECONDS
            log.warning("worker not told: %s", type(error).__name__)
