"""Run one worker process and measure it: while it mails due reminders, and while it has nothing to do."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.reminders.rows import insert_reminders
from bench.smtp_sink import ReceivedMails, SmtpSink
from shared.clock import monotonic
from shared.contract.jobs import SendAlreadyRegistered
from shared.resources import open_resources
from shared.settings import Settings
from tests.support.services.processes import Child, running

URGENT_SUBJECT = "You already have an account"
# What a worker does when it starts: imports, clean-up jobs, connections.
SETTLE_SECONDS = 8.0


@dataclass(frozen=True)
class MailRun:
    """One backlog of reminders, mailed by one worker."""

    mails_per_second: float
    cpu_ms: float  # CPU time of the process for each mail
    urgent_ms: float  # how long a security mail waits that is added half-way
    megabytes: float  # memory of the process at the end


async def measure_mails(settings: Settings, count: int) -> MailRun:
    """Let one worker mail `count` due reminders."""
    received = ReceivedMails()
    async with _smtp_sink(received) as port, open_resources(settings) as resources:
        user_id = await insert_reminders(resources, count)
        async with _worker(settings, port) as worker:
            await worker.wait_for_line("worker ready", 60)
            started_at, cpu_at_start = monotonic(), cpu_seconds(worker.pid)
            await _wait_until(lambda: received.count >= count // 2)
            added_at = monotonic()
            async with resources.begin() as work:
                work.add_job(SendAlreadyRegistered(user_id=user_id))
            await _wait_until(lambda: URGENT_SUBJECT in received.first_at)
            urgent = received.first_at[URGENT_SUBJECT] - added_at
            await _wait_until(lambda: received.count >= count + 1)
            seconds = received.last_at - started_at
            cpu, megabytes = cpu_seconds(worker.pid) - cpu_at_start, _megabytes(worker.pid)
    return MailRun((count + 1) / seconds, cpu / (count + 1) * 1000, urgent * 1000, megabytes)


async def measure_raw_smtp(count: int) -> MailRun:
    """Let a process send `count` prepared mails with aiosmtplib alone."""
    async with _smtp_sink(ReceivedMails()) as port:
        command = [sys.executable, "-m", "bench.reminders.raw_smtp", str(port), str(count)]
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        output, _ = await process.communicate()
    seconds, cpu = map(float, output.split())
    return MailRun(count / seconds, cpu / count * 1000, 0.0, 0.0)


async def measure_idle(settings: Settings, seconds: float) -> float:
    """Return the share of a core, in percent, that a worker with nothing to do uses."""
    async with _smtp_sink(ReceivedMails()) as port, _worker(settings, port) as worker:
        await worker.wait_for_line("listening for wake-ups", 60)
        await asyncio.sleep(SETTLE_SECONDS)
        before, began = cpu_seconds(worker.pid), monotonic()
        await asyncio.sleep(seconds)
        return 100 * (cpu_seconds(worker.pid) - before) / (monotonic() - began)


@asynccontextmanager
async def _smtp_sink(received: ReceivedMails) -> AsyncIterator[int]:
    """Yield the port of a mail server."""
    server = await asyncio.get_running_loop().create_server(
        lambda: SmtpSink(received.record), "127.0.0.1", 0
    )
    async with server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def _worker(settings: Settings, port: int) -> AsyncIterator[Child]:
    environment = {
        "DATABASE_URL": settings.database.url,
        "DATA_DIR": str(settings.data_dir),
        "REDIS_URL": settings.redis.url,
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_PORT": str(port),
        "MAIL_STARTTLS": "false",
        "LOG_FORMAT": "text",
    }
    async with running("worker", [sys.executable, "-m", "worker"], environment) as child:
        yield child


async def _wait_until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(3600):
        while not condition():
            await asyncio.sleep(0.005)  # short compared with a mail


def _megabytes(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that all threads of the process have used, in steps of 10 ms or less."""
    # Nanoseconds of each thread. /proc/PID/stat counts ticks of 10 ms, too coarse for an idle worker.
    tasks = Path(f"/proc/{pid}/task")
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e9
