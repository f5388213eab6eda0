"""A real worker process: how soon it acts, how it stops, and whether its health is known.

What becomes of jobs when it is killed, stopped or starved: tests/faults/jobs/.
"""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path
from statistics import median

import pytest
import pytest_asyncio
from sqlalchemy import select

from shared.clock import monotonic
from shared.resources import Resources
from shared.settings import Settings
from shared.tables.jobs import JobRow
from shared.tables.reminders import ReminderRow
from tests.support.faults.forked_workers import WorkerProcess, fork_worker
from tests.support.services.processes import running
from tests.support.services.smtp import Moment, SmtpServer
from tests.support.worker.job_builder import JobBuilder
from tests.support.world_builder import World
from tests.worker.conftest import builder, settings, smtp
from worker.__main__ import check_health

__all__ = ["builder", "settings", "smtp"]

# A process imports for about a second; with every core busy for several.
DEADLINE = 30.0

Start = Callable[..., AbstractAsyncContextManager[WorkerProcess]]


@pytest.fixture
def start(settings: Settings, resources: Resources) -> Start:
    """Starts a worker process on the database, broker and mail server of the test.

    After `resources`, which empties the database: a worker's first chores would be gone with the rest.
    """

    def begin(name: str = "worker") -> AbstractAsyncContextManager[WorkerProcess]:
        environment = {
            "DATABASE_URL": settings.database.url,
            "DATA_DIR": str(settings.data_dir),
            "REDIS_URL": settings.redis.url,
            "MAIL_SERVER": settings.mail.server,
            "MAIL_PORT": str(settings.mail.port),
            "MAIL_STARTTLS": "false",
            "MAIL_FROM": settings.mail.sender_address,
            "LOG_FORMAT": "text",
        }
        return fork_worker(name, Path(settings.data_dir), environment)

    return begin


@pytest_asyncio.fixture
async def worker(start: Start) -> AsyncIterator[WorkerProcess]:
    async with start() as child:
        await child.wait_for_line("worker ready")
        yield child


async def _until(condition: Callable[[], Awaitable[bool]], deadline: float = DEADLINE) -> None:
    """The condition holds. Fails after the deadline."""
    async with asyncio.timeout(deadline):
        while not await condition():
            await asyncio.sleep(0.02)  # another process writes the database; nothing tells us


async def _all_done(builder: JobBuilder, deadline: float = DEADLINE) -> None:
    async def done() -> bool:
        return set(await builder.job_states()) == {"done"}

    await _until(done, deadline)


async def _all_done_but_chores(builder: JobBuilder) -> None:
    """This hour's chores are out of the way."""

    async def done() -> bool:
        async with builder.resources.begin_read() as read:
            states = await read.connection.scalars(select(JobRow.state))
            return set(states) == {"done"}

    await _until(done)


async def test_a_hint_is_followed_sooner_than_any_sweep(
    worker: WorkerProcess, world: World, builder: JobBuilder, smtp: SmtpServer
) -> None:
    await worker.wait_for_line("listening for wake-ups")
    ana = await world.user()
    await _all_done_but_chores(builder)

    waits = []
    for number in range(9):
        began = monotonic()
        await builder.add_messages(ana)
        await smtp.wait_for(number + 1, DEADLINE)
        waits.append(monotonic() - began)

    # By sweeps alone it would be half a second, and the median of nine hardly less.
    assert median(waits) < 0.3


async def test_asked_to_stop_a_worker_finishes_what_is_under_way(
    start: Start, world: World, builder: JobBuilder, smtp: SmtpServer
) -> None:
    (job,) = await builder.add_messages(await world.user())
    await builder.skip_chores()
    smtp.hang(Moment.AFTER_DOT)

    async with start() as worker:
        await smtp.wait_for(1, DEADLINE)
        worker.send(signal.SIGTERM)
        await worker.wait_for_line("worker stopping")
        more = await builder.add_messages(await world.user("Ben"))
        smtp.release()
        code = await worker.wait(DEADLINE)

    assert code == 0
    row = await builder.read_job(job)
    assert (row.state, row.attempts, row.crashes) == ("done", 0, 0)
    assert (await builder.read_job(more[0])).state == "queued"
    assert len(smtp.received) == 1


async def test_a_reminder_arrives_within_two_seconds_of_its_time(
    worker: WorkerProcess, world: World, builder: JobBuilder, smtp: SmtpServer
) -> None:
    ana = await world.user("Ana", time_zone="Asia/Tokyo")
    todo_id = await builder.add_todo(await builder.make_list(ana), title="Water the plants")
    fires_at = builder.now + timedelta(seconds=1.5)
    reminder = await builder.add_reminder(todo_id, ana.user_id, fires_at)

    (mail,) = await smtp.wait_for(1, DEADLINE)
    arrived = builder.now
    await _all_done(builder)

    assert timedelta(0) <= arrived - fires_at < timedelta(seconds=2)
    assert "Asia/Tokyo" in mail.body()
    assert (await builder.read_row(ReminderRow, reminder)).state == "sent"
    assert len(smtp.received) == 1


async def test_health_knows_whether_a_worker_lives_on_this_machine(
    start: Start, settings: Settings, resources: Resources
) -> None:
    environment = {"DATABASE_URL": settings.database.url, "DATA_DIR": str(settings.data_dir)}
    health = [sys.executable, "-m", "worker", "health"]

    before = (await check_health(settings))[0]
    async with start() as worker:
        await worker.wait_for_line("worker ready")
        async with running("health", health, environment) as asked:
            assert await asked.wait(DEADLINE) == 0, asked.log
        worker.send(signal.SIGTERM)
        assert await worker.wait(DEADLINE) == 0
    after = (await check_health(settings))[0]

    assert before == after == "no worker of this machine has been seen for 35 s"
