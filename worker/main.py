"""Run one worker until a signal stops it.

sweeper      finds due rows in the database      works without Redis
listener     takes mail at INBOUND_MAIL_LISTEN   worker/inbound_mail/listener.py
heartbeat    renews the leases every 10 s
wake-ups     arq (worker/jobs/wake_ups.py)
"""

import asyncio
import logging
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from prometheus_client import start_http_server

from shared import failpoints, metrics
from shared.cancellation import end_tasks
from shared.clock import DatabaseClock
from shared.database.errors import DatabaseError, SchemaOutdated
from shared.database.schema_check import CHECK_SECONDS
from shared.jobs.claims import HEARTBEAT_SECONDS
from shared.resources import Resources, open_resources
from shared.settings import Settings
from worker.inbound_mail.listener import listening
from worker.jobs.context import open_job_context
from worker.jobs.executor import JobExecutor
from worker.jobs.handlers import HANDLERS
from worker.jobs.runner import JobRunner
from worker.jobs.scheduler import Scheduler
from worker.jobs.sweeper import Sweeper
from worker.jobs.wake_ups import listen
from worker.liveness import HeartbeatFile
from worker.mail.mailer import open_mailer
from worker.mail.renderer import EmailRenderer
from worker.push.sender import PushSender
from worker.webhooks.sender import WebhookSender

# Process managers kill after 30 s. A worker stops within 25: a sweep (2 s), this drain, releasing
# jobs (2 s), deregistering (1 s), and SMTP QUIT (2 s). Another worker sends a mail that takes longer.
DRAIN_SECONDS = 17
# A sweep is a few statements. If it takes longer, the database is unavailable.
SWEEP_SECONDS = 2
# After a failed heartbeat the next one follows soon, before any lease is given up.
RENEW_RETRY_SECONDS = 1
log = logging.getLogger(__name__)


async def serve(settings: Settings) -> None:
    """Run jobs until SIGTERM, SIGINT or cancellation; return when no job is running."""
    failpoints.arm(settings.failpoint)
    # arq logs arguments, and a line for each wake-up.
    logging.getLogger("arq").setLevel(logging.WARNING)
    metrics.export("worker")
    metrics.count_tasks()
    serve_metrics(settings)
    clock = DatabaseClock()
    async with open_resources(settings, clock) as resources:
        context = open_job_context(
            resources,
            open_mailer(settings, clock),
            EmailRenderer(settings),
            PushSender(settings, clock),
            WebhookSender(settings, clock),
        )
        executor = JobExecutor(JobRunner(context, HANDLERS))
        with _stop_signals() as stop:
            heartbeat = HeartbeatFile(settings.metrics.worker_heartbeat_path)
            await _wait_for_migrations(resources, heartbeat, stop)
            async with listening(resources):
                await _run(executor, Sweeper(executor, Scheduler(), clock), heartbeat, stop)
            heartbeat.remove()
        await context.mailer.close()
        await context.pushes.close()
        await context.webhooks.close()


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


async def _wait_for_migrations(
    resources: Resources, heartbeat: HeartbeatFile, stop: asyncio.Event
) -> None:
    """Return when the database has the migrations that this code needs, or `stop` is set."""
    while not stop.is_set():
        heartbeat.touch()
        try:
            await resources.schema.require()
            return
        except SchemaOutdated:
            with suppress(TimeoutError):
                async with asyncio.timeout(CHECK_SECONDS):
                    await stop.wait()
        except (DatabaseError, OSError):
            # The sweeper waits for a database that is away.
            return


async def _run(
    executor: JobExecutor, sweeper: Sweeper, heartbeat: HeartbeatFile, stop: asyncio.Event
) -> None:
    async with asyncio.TaskGroup() as group:
        sweeping = group.create_task(sweeper.run(), name="sweeper")
        background = [
            group.create_task(_renew_leases(executor, heartbeat), name="heartbeat"),
            group.create_task(listen(executor), name="wake-ups"),
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


async def _renew_leases(executor: JobExecutor, heartbeat: HeartbeatFile) -> None:
    while True:
        is_renewed = await executor.renew_leases()
        # After the attempt: a renewal that hangs for ever is no sign of life.
        heartbeat.touch()
        await asyncio.sleep(HEARTBEAT_SECONDS if is_renewed else RENEW_RETRY_SECONDS)


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
