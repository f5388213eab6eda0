"""Runs one worker: the sweeper, the heartbeats and arq, until it is told to stop.

sweeper      finds due rows by itself                      works without Redis
heartbeat    renews the leases every 10 s
hints        arq, in a loop: it ends whenever Redis does
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
from shared.clock import ForeignClock, monotonic
from shared.jobs.arq_notifier import QUEUE, RUN_JOB
from shared.jobs.claims import HEARTBEAT_SECONDS
from shared.resources import IN_PROCESS, open_resources, redis_pool
from shared.settings import Settings
from worker.jobs.context import Tools
from worker.jobs.executor import Desk, run_job
from worker.jobs.handlers import HANDLERS
from worker.jobs.runner import Runner
from worker.jobs.scheduler import Schedule
from worker.jobs.sweeper import Sweeper
from worker.mail.mailer import open_mailer
from worker.mail.renderer import Letters
from worker.push.sender import PushSender

# A worker is gone within 25 s, before process managers kill it after 30: a sweep, this, what is given
# back (2 s), its leave (1 s), and a goodbye to the mail server (2 s). A mail that takes longer goes out by
# another worker.
DRAIN_SECONDS = 17
# A sweep is some statements; a database that takes longer is away.
SWEEP_SECONDS = 2
# A database that was away for a moment is asked again before any lease is given up.
RENEW_AGAIN_SECONDS = 1
# Of arq, when its Redis is away: soon enough after a restart, no storm while it lasts.
RECONNECT_SECONDS = (0.2, 0.5, 1.0, 2.0, 4.0)

log = logging.getLogger(__name__)


class WorkerSettings:
    """What arq is told. On the class itself: arq reads its __dict__ and sees no bases."""

    functions: ClassVar[Sequence[Function]] = (func(run_job, name=RUN_JOB),)
    queue_name = QUEUE
    # JSON, because the default, pickle, is code execution for whoever reaches Redis.
    job_serializer = orjson.dumps
    job_deserializer = orjson.loads
    # A kept result blocks its id for an hour.
    keep_result = 0
    # Retries are rows of ours, with a fence.
    max_tries = 1
    retry_jobs = False
    # 49 ms to notice a hint, for 1.3 % of a core; the default of 0.5 s is felt.
    poll_delay = 0.05
    # A hint takes microseconds; these bound what a restart leaves behind.
    job_timeout = 5
    job_completion_wait = 25
    max_jobs = 100
    # The default lives an hour, so a dead worker would look well.
    health_check_interval = 10
    timezone: ClassVar[tzinfo] = UTC
    # Signals are ours: stopping drains the desk, not arq.
    handle_signals = False
    log_results = False


async def serve(settings: Settings) -> None:
    """Works until SIGTERM or SIGINT, or until cancelled; returns with nothing under way."""
    failpoints.arm(settings)
    # arq prints arguments and a line for each hint.
    logging.getLogger("arq").setLevel(logging.WARNING)
    metrics.count_tasks()
    _show_metrics(settings)
    clock = ForeignClock()
    async with open_resources(settings, clock) as resources:
        pushes = PushSender(settings, clock)
        tools = Tools(resources, open_mailer(settings, clock), Letters(settings), pushes)
        desk = Desk(Runner(tools, HANDLERS))
        with _told_to_stop() as stop:
            await _work(desk, Sweeper(desk, Schedule(), clock), stop)
        await tools.mailer.close()
        await tools.pushes.close()


def _show_metrics(settings: Settings) -> None:
    host, port = settings.metrics.worker_host, settings.metrics.worker_port
    if not port:
        return
    try:
        start_http_server(port, addr=host)
    except OSError as error:
        # Another worker of this machine has it. Mail matters more than being watched.
        log.error("no metrics of this worker: %s:%d: %s", host, port, error.strerror)


async def _work(desk: Desk, sweeper: Sweeper, stop: asyncio.Event) -> None:
    async with asyncio.TaskGroup() as group:
        sweeping = group.create_task(sweeper.run(), name="sweeper")
        background = [
            group.create_task(_beat(desk), name="heartbeat"),
            group.create_task(_listen(desk), name="hints"),
        ]
        log.info("worker ready")
        try:
            await stop.wait()
        finally:
            log.info("worker stops: finishing what is under way")
            desk.close()
            # Not cancelled: it may hold claims that nobody has begun yet.
            await asyncio.wait([sweeping], timeout=SWEEP_SECONDS)
            sweeping.cancel()
            # The heartbeats go on meanwhile: another worker must not take over.
            await desk.drain(DRAIN_SECONDS)
            await end_tasks([sweeping, *background])
            await desk.leave()
    log.info("worker stopped")


async def _beat(desk: Desk) -> None:
    while True:
        is_renewed = await desk.renew()
        await asyncio.sleep(HEARTBEAT_SECONDS if is_renewed else RENEW_AGAIN_SECONDS)


async def _listen(desk: Desk) -> None:
    """Takes hints while there is a Redis, however often it goes and comes."""
    url = desk.resources.settings.redis.url
    failures = 0
    # Without a broker, or with one of this process, the sweeper finds what is due within a second.
    while url and not url.startswith(IN_PROCESS):
        worker = _arq_worker(desk, url)
        started = monotonic()
        try:
            # Raises when it is away; arq's own line about it is not for our log.
            await worker.pool.ping()
            log.info("listening for hints")
            await worker.async_run()
        except (RedisError, OSError, TimeoutError, RuntimeError) as error:
            long_ago = monotonic() - started > RECONNECT_SECONDS[-1]
            failures = 0 if long_ago else failures + 1
            if failures <= 1:  # one line an outage
                log.warning("no hints, the broker is away: %s", type(error).__name__)
        finally:
            await _close(worker)
        await asyncio.sleep(RECONNECT_SECONDS[min(failures, len(RECONNECT_SECONDS) - 1)])


def _arq_worker(desk: Desk, url: str) -> Worker:
    queue = ArqRedis(
        redis_pool(url),
        job_serializer=orjson.dumps,
        job_deserializer=orjson.loads,
        default_queue_name=QUEUE,
    )
    return create_worker(
        dict(vars(WorkerSettings)),
        redis_pool=queue,
        ctx={"desk": desk},
        # One key a worker: a shared one would say that all are well while one is.
        health_check_key=f"{QUEUE}:health:{desk.id}",
    )


async def _close(worker: Worker) -> None:
    # Tasks of arq only pass hints on; whatever they raise, the table knows.
    for task in worker.tasks.values():
        task.cancel()
    await asyncio.gather(*worker.tasks.values(), return_exceptions=True)
    worker.tasks.clear()
    with suppress(RedisError, OSError, TimeoutError, RuntimeError):
        await worker.close()


@contextmanager
def _told_to_stop() -> Iterator[asyncio.Event]:
    """Yields an event that is set by the first SIGTERM or SIGINT."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    heard = (signal.SIGTERM, signal.SIGINT)
    for number in heard:
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in heard:
            loop.remove_signal_handler(number)
