"""Receive wake-ups through arq, and restart arq after every outage of Redis.

arq polls its queue. Twenty times a second, which users hardly notice, cost 1.5 % of a core in an idle
worker. So the worker waits at Redis until there is a message, and arq looks only then.
"""

import asyncio
import logging
from contextlib import suppress
from datetime import UTC

import orjson
from arq.connections import ArqRedis
from arq.worker import Worker, func
from redis.exceptions import RedisError

from shared.clock import monotonic
from shared.jobs.arq_notifier import QUEUE_NAME, RUN_JOB, WAKE_UP_LIST
from shared.resources import IN_MEMORY, redis_pool
from worker.jobs.executor import JobExecutor, run_job

# How long the worker waits at Redis for a message before it asks again.
BLOCK_SECONDS = 5
# A connection that does not answer for this long after BLOCK_SECONDS is broken.
ANSWER_SECONDS = 2
# Pauses before arq is restarted: short after a restart of Redis, no storm during an outage.
RECONNECT_SECONDS = (0.2, 0.5, 1.0, 2.0, 4.0)

log = logging.getLogger(__name__)


class BlockingWorker(Worker):
    """arq's worker, which waits at Redis for a message instead of polling."""

    async def _poll_iteration(self) -> None:
        # Also without a message: older API processes send none, and another worker may have died
        # with the one that was meant for this job.
        await self.pool.blpop([WAKE_UP_LIST], timeout=BLOCK_SECONDS)  # type: ignore[misc]
        await super()._poll_iteration()


async def listen(executor: JobExecutor) -> None:
    """Wake the sweeper for each message, until cancelled."""
    url = executor.resources.settings.redis.url
    failures = 0
    # Without Redis, or with one inside this process, the sweeper finds due jobs within a second.
    while url and not url.startswith(IN_MEMORY):
        worker = _arq_worker(executor, url)
        started = monotonic()
        try:
            # Raises during an outage, before arq logs a line of its own about it.
            await worker.pool.ping()
            log.info("listening for wake-ups")
            executor.set_listening(is_listening=True)
            await worker.async_run()
        except (RedisError, OSError, TimeoutError, RuntimeError) as error:
            was_stable = monotonic() - started > RECONNECT_SECONDS[-1]
            failures = 0 if was_stable else failures + 1
            if failures <= 1:  # one log line for each outage
                log.warning("no wake-ups, the broker is unavailable: %s", type(error).__name__)
        finally:
            executor.set_listening(is_listening=False)
            await _close(worker)
        await asyncio.sleep(RECONNECT_SECONDS[min(failures, len(RECONNECT_SECONDS) - 1)])


def _arq_worker(executor: JobExecutor, url: str) -> Worker:
    queue = ArqRedis(
        redis_pool(url, answer_seconds=BLOCK_SECONDS + ANSWER_SECONDS),
        job_serializer=orjson.dumps,
        job_deserializer=orjson.loads,
        default_queue_name=QUEUE_NAME,
    )
    return BlockingWorker(
        [func(run_job, name=RUN_JOB)],
        redis_pool=queue,
        queue_name=QUEUE_NAME,
        ctx={"executor": executor},
        # JSON, because the default, pickle, lets anyone who can write to Redis execute code.
        job_serializer=orjson.dumps,
        job_deserializer=orjson.loads,
        # A kept result blocks its id for an hour.
        keep_result=0,
        # Retries are our own, in the jobs table, under a fence.
        max_tries=1,
        retry_jobs=False,
        # BlockingWorker waits for messages itself.
        poll_delay=0,
        # A wake-up takes microseconds. These limits bound what a restart leaves behind.
        job_timeout=5,
        job_completion_wait=25,
        max_jobs=100,
        # The default lasts an hour, during which a dead worker would look healthy. The key lives a
        # second longer than this, and is written each time the worker asks Redis.
        health_check_interval=BLOCK_SECONDS,
        # One key for each worker: with a shared key all would look healthy while one is.
        health_check_key=f"{QUEUE_NAME}:health:{executor.registration.id}",
        timezone=UTC,
        # Signals are handled by serve(), which drains the executor instead of arq.
        handle_signals=False,
        log_results=False,
    )


async def _close(worker: Worker) -> None:
    # arq's tasks only pass wake-ups on. Whatever they raise, no job is lost: the table has it.
    for task in worker.tasks.values():
        task.cancel()
    await asyncio.gather(*worker.tasks.values(), return_exceptions=True)
    worker.tasks.clear()
    with suppress(RedisError, OSError, TimeoutError, RuntimeError):
        await worker.close()
