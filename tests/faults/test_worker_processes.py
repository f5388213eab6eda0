"""A real worker process: how soon it acts, how it stops, and what its health check says.

tests/faults/jobs/ tests what happens to jobs when the worker is killed, stopped or starved.
"""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import select

from shared.jobs import arq_notifier
from shared.resources import Resources
from shared.settings import Settings
from shared.tables.jobs import JobRow
from shared.tables.reminders import ReminderRow
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.faults.forked_workers import (
    WorkerProcess,
    WorkerVariant,
    fork_worker,
    worker_environment,
)
from tests.support.faults.worker_variants import shorten_heartbeats, sweep_once_an_hour
from tests.support.services.processes import running
from tests.support.services.smtp import Moment, SmtpServer
from tests.support.worker.job_builder import JobBuilder
from tests.support.world_builder import World
from tests.worker.conftest import builder, settings, smtp
from worker.__main__ import check_health

__all__ = ["builder", "settings", "smtp"]


Start = Callable[..., AbstractAsyncContextManager[WorkerProcess]]


@pytest.fixture
def start(settings: Settings, resources: Resources) -> Start:
    """Start a worker process on the database, broker and mail server of the test.

    It depends on `resources`, which empties the database and would delete the clean-up jobs that the
    worker adds when it starts.
    """

    def start(
        name: str = "worker", *variants: WorkerVariant, **more: str
    ) -> AbstractAsyncContextManager[WorkerProcess]:
        environment = worker_environment(settings, settings.mail.server, settings.mail.port)
        return fork_worker(name, Path(settings.data_dir), environment | more, *variants)

    return start


@pytest_asyncio.fixture
async def worker(start: Start) -> AsyncIterator[WorkerProcess]:
    async with start() as child:
        await child.wait_for_line("worker ready")
        yield child


async def _wait_until(
    condition: Callable[[], Awaitable[bool]], deadline_seconds: float = DEADLINE_SECONDS
) -> None:
    """Wait until the condition is true. Raise TimeoutError after the deadline."""
    async with asyncio.timeout(deadline_seconds):
        while not await condition():
            await asyncio.sleep(0.02)  # another process writes the database


async def _wait_until_done(builder: JobBuilder, deadline_seconds: float = DEADLINE_SECONDS) -> None:
    async def is_done() -> bool:
        return set(await builder.job_states()) == {"done"}

    await _wait_until(is_done, deadline_seconds)


async def _wait_for_cleanup(builder: JobBuilder) -> None:
    """Wait until every job is done, clean-up jobs included."""

    async def is_done() -> bool:
        async with builder.resources.begin_read() as read:
            states = await read.connection.scalars(select(JobRow.state))
            return set(states) == {"done"}

    await _wait_until(is_done)


async def test_a_wake_up_makes_a_worker_act_sooner_than_its_sweep(
    start: Start,
    world: World,
    builder: JobBuilder,
    smtp: SmtpServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A broker that answers late would lose the wake-up.
    monkeypatch.setattr(arq_notifier, "WAKE_UP_TIMEOUT_SECONDS", DEADLINE_SECONDS)
    async with start("worker", sweep_once_an_hour) as worker:
        await worker.wait_for_line("listening for wake-ups")
        ana = await world.user()
        await _wait_for_cleanup(builder)

        for number in range(5):
            await builder.add_messages(ana)
            await smtp.wait_for(number + 1)


async def test_a_worker_that_gets_sigterm_finishes_its_running_jobs(
    start: Start, world: World, builder: JobBuilder, smtp: SmtpServer
) -> None:
    (job,) = await builder.add_messages(await world.user())
    await builder.skip_chores()
    smtp.hang(Moment.AFTER_DOT)

    async with start() as worker:
        await smtp.wait_for(1, DEADLINE_SECONDS)
        worker.send(signal.SIGTERM)
        await worker.wait_for_line("worker stopping")
        more = await builder.add_messages(await world.user("Ben"))
        smtp.release()
        code = await worker.wait(DEADLINE_SECONDS)

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

    (mail,) = await smtp.wait_for(1, DEADLINE_SECONDS)
    arrived = builder.now
    await _wait_until_done(builder)

    assert timedelta(0) <= arrived - fires_at < timedelta(seconds=2)
    assert "Asia/Tokyo" in mail.body()
    assert (await builder.read_row(ReminderRow, reminder)).state == "sent"
    assert len(smtp.received) == 1


async def test_the_health_check_knows_whether_a_worker_runs_on_this_machine(
    start: Start, settings: Settings, resources: Resources
) -> None:
    environment = {"DATABASE_URL": settings.database.url, "DATA_DIR": str(settings.data_dir)}
    health = [sys.executable, "-m", "worker", "health"]

    before = (await check_health(settings))[0]
    async with start() as worker:
        await worker.wait_for_line("worker ready")
        async with running("health", health, environment) as asked:
            assert await asked.wait(DEADLINE_SECONDS) == 0, asked.log
        worker.send(signal.SIGTERM)
        assert await worker.wait(DEADLINE_SECONDS) == 0
    after = (await check_health(settings))[0]

    assert before == after == "no worker of this machine has been seen for 35 s"


async def test_a_worker_touches_its_heartbeat_file_and_removes_it_when_it_stops(
    start: Start, tmp_path: Path
) -> None:
    path = tmp_path / "heartbeat"

    async def exists() -> bool:
        return path.exists()

    async with start("worker", shorten_heartbeats, WORKER_HEARTBEAT_PATH=str(path)) as worker:
        await worker.wait_for_line("worker ready")
        await _wait_until(exists)
        path.unlink()
        await _wait_until(exists)  # by the next heartbeat
        path.unlink()
        await _wait_until(exists)
        worker.send(signal.SIGTERM)
        assert await worker.wait(DEADLINE_SECONDS) == 0

    assert not path.exists()
