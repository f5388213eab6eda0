"""Wake workers through arq's queue in Redis. The only module of `shared` that imports arq.

    enqueue_job ─→ arq's queue: what arq runs         LPUSH ─→ WAKE_UP_LIST: when arq looks

A message only makes a worker look at the database now; the database says what is due. One message
follows a commit, whatever the number of its jobs. A lost message costs the wait until the worker's
next sweep (worker/jobs/sweeper.py).
"""

import asyncio
import logging
from datetime import timedelta

import orjson
from arq.connections import ArqRedis
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from shared.clock import monotonic
from shared.ids import new_id

QUEUE_NAME = "livelist:jobs"
# The only function name that arq ever sees, so that no worker of a rolling deploy meets an unknown one.
RUN_JOB = "run_job"
# An idle worker blocks on this list. arq itself would ask for its queue twenty times a second.
WAKE_UP_LIST = "livelist:jobs:wake-ups"
# Each entry wakes one worker. More than there are workers wake nobody.
MAX_WAKE_UPS = 20
# What falls due later than this is found by a sweep in time (MAX_PAUSE_SECONDS of the sweeper).
HORIZON = timedelta(seconds=12)
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

    async def wake_workers(self, due_in: timedelta) -> None:
        """Wake a worker if a row falls due within HORIZON. Never raise; give up after a timeout."""
        if self.queue is None or due_in > HORIZON or monotonic() < self._paused_until:
            return
        try:
            async with asyncio.timeout(WAKE_UP_TIMEOUT_SECONDS):
                # The id is new each time: arq refuses one that it still knows.
                await self.queue.enqueue_job(RUN_JOB, "", _job_id=new_id())
                async with self.queue.pipeline(transaction=False) as pipe:
                    pipe.lpush(WAKE_UP_LIST, 1)
                    pipe.ltrim(WAKE_UP_LIST, 0, MAX_WAKE_UPS - 1)
                    await pipe.execute()
        except (RedisError, OSError, TimeoutError) as error:
            self._paused_until = monotonic() + PAUSE_SECONDS
            log.warning("worker wake-up not sent: %s", type(error).__name__)
