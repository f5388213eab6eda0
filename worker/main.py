"""Run one worker until a signal stops it.

sweeper      finds due rows in the database      works without Redis
heartbeat    renews the leases every 10 s
wake-ups     arq, restarted in a loop because it exits whenever Redis does
"""

import asyncio
import logging
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, tzinfo
from typing import ClassVar

import orjson
from arq.connections import ArqRedis
from arq.worker import Function, Worker, create_worker, func
from prometheus_client import start_http_server
from redis.exceptions import RedisError

from shared import failpoints, metrics
from shared.cancellation import end_tasks
from shared.clock import DatabaseClock, monotonic
from shared.jobs.arq_notifier import QUEUE_NAME, RUN_JOB
from shared.jobs.claims import HEARTBEAT_SECONDS
from shared.resources import IN_MEMORY, open_resources, redis_pool
from shared.settings import Settings
from worker.jobs.context import JobContext
from worker.jobs.executor import JobExecutor, run_job
from worker.jobs.handlers import HANDLERS
from worker.jobs.runner import JobRunner
from worker.jobs.scheduler import Scheduler
from worker.jobs.sweeper import Sweeper
from worker.mail.mailer import open_mailer
from worker.mail.renderer import EmailRenderer
from worker.push.sender import PushSender

# Process managers kill after 30 s. A worker stops within 25: a sweep (2 s), this drain, releasing
# jobs (2 s), deregistering (1 s), and SMTP QUIT (2 s). Another worker sends a mail that takes longer.
DRAIN_SECONDS = 17
# A sweep is a few statements. If it takes longer, the database is unavailable.
SWEEP_SECONDS = 2
# After a failed heartbeat the next one follows soon, before any lease is given up.
RENEW_RETRY_SECONDS = 1
# Pauses before arq is restarted: short after a restart of Redis, no storm during an outage.
RECONNECT_SECONDS = (0.2, 0.5, 1.0, 2.0, 4.0)

log = logging.getLogger(__name__)


class WorkerSettings:
    """Settings for arq. All on this class: arq reads its __dict__ and ignores base classes."""

    functions: ClassVar[Sequence[Function]] = (func(run_job, name=RUN_JOB),)
    queue_name = QUEUE_NAME
    # JSON, because the default, pickle, lets anyone who can write to Redis execute code.
    job_serializer = orjson.dumps
    job_deserializer = orjson.loads
    # A kept result blocks its id for an hour.
    keep_result = 0
    # Retries are our own, in the jobs table, under a fence.
    max_tries = 1
    retry_jobs = False
    # 49 ms to notice a wake-up, for 1.3 % of a core. The default, 0.5 s, is noticeable to users.
    poll_delay = 0.05
    # A wake-up takes microseconds. These limits bound what a restart leaves behind.
    job_timeout = 5
    job_completion_wait = 25
    max_jobs = 100
    # The default lasts an hour, during which a dead worker would look healthy.
    health_check_interval = 10
    timezone: ClassVar[tzinfo] = UTC
    # Signals are handled by serve(), which drains the executor instead of arq.
    handle_signals = False
    log_results = False


async def serve(settings: Settings) -> None:
    """Run jobs until SIGTERM, SIGINT or cancellation; return when no job is running."""
    failpoints.arm(settings.failpoint)
    # arq logs arguments, and a line for each wake-up.
    logging.getLogger("arq").setLevel(logging.WARNING)
    metrics.count_tasks()
    serve_metrics(settings)
    clock = DatabaseClock()
    async with open_resources(settings, clock) as resources:
        context = JobContext(
            resources,
            open_mailer(settings, clock),
            EmailRenderer(settings),
            PushSender(settings, clock),
        )
        executor = JobExecutor(JobRunner(context, HANDLERS))
        with _stop_signals() as stop:
            await _run(executor, Sweeper(executor, Scheduler(), clock), stop)
        await context.mailer.close()
        await context.pushes.close()


def serve_metrics(settings: Settings) -> None:
    """Serve the worker's metrics over HTTP if a port is set. Without the port the worker still runs."""
    host, port = settings.metrics.worker_host, settings.metrics.worker_port
    if not port:
        return
    try:
        start_http_server(port, addr=host)
    except OSError as error:
        # Another worker of this machine uses the port. Sending mail matters more than metrics.
        log.error("no metrics of this worker: %s:%d: %s", host, port, error.strerror)


async def _run(executor: JobExecutor, sweeper: Sweeper, stop: asyncio.Event) -> None:
    async with asyncio.TaskGroup() as group:
        sweeping = group.create_task(sweeper.run(), name="sweeper")
        background = [
            group.create_task(_renew_leases(executor), name="heartbeat"),
            group.create_task(_listen(executor), name="wake-ups"),
        ]
        log.info("worker ready")
        try:
            await stop.wait()
        finally:
            log.info("worker stopping: finishing running jobs")
            executor.stop_claiming()
            # Not cancelled at once: the sweeper may have claimed jobs that it has not started yet.
            await asyncio.wait([sweeping], timeout=SWEEP_SECONDS)
            sweeping.cancel()
            # Heartbeats continue meanwhile, so that no other worker takes over the running jobs.
            await executor.drain(DRAIN_SECONDS)
            await end_tasks([sweeping, *background])
            await executor.deregister()
    log.info("worker stopped")


async def _renew_leases(executor: JobExecutor) -> None:
    while True:
        is_renewed = await executor.renew_leases()
        await asyncio.sleep(HEARTBEAT_SECONDS if is_renewed else RENEW_RETRY_SECONDS)


async def _listen(executor: JobExecutor) -> None:
    """Receive wake-ups through arq, and restart arq after every outage of Redis."""
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
            await worker.async_run()
        except (RedisError, OSError, TimeoutError, RuntimeError) as error:
            was_stable = monotonic() - started > RECONNECT_SECONDS[-1]
            failures = 0 if was_stable else failures + 1
            if failures <= 1:  # one log line for each outage
                log.warning("no wake-ups, the broker is unavailable: %s", type(error).__name__)
        finally:
            await _close(worker)
        await asyncio.sleep(RECONNECT_SECONDS[min(failures, len(RECONNECT_SECONDS) - 1)])


def _arq_worker(executor: JobExecutor, url: str) -> Worker:
    queue = ArqRedis(
        redis_pool(url),
        job_serializer=orjson.dumps,
        job_deserializer=orjson.loads,
        default_queue_name=QUEUE_NAME,
    )
    return create_worker(
        dict(vars(WorkerSettings)),
        redis_pool=queue,
        ctx={"executor": executor},
        # One key for each worker: with a shared key all would look healthy while one is.
        health_check_key=f"{QUEUE_NAME}:health:{executor.registration.id}",
    )


async def _close(worker: Worker) -> None:
    # arq's tasks only pass wake-ups on. Whatever they raise, no job is lost: the table has it.
    for task in worker.tasks.values():
        task.cancel()
    await asyncio.gather(*worker.tasks.values(), return_exceptions=True)
    worker.tasks.clear()
    with suppress(RedisError, OSError, TimeoutError, RuntimeError):
        await worker.close()


@contextmanager
def _stop_signals() -> Iterator[asyncio.Event]:
    """Yield an event that the first SIGTERM or SIGINT sets."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    signals = (signal.SIGTERM, signal.SIGINT)
    for number in signals:
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
