"""Real worker processes, killed, stopped, and cut off from what they need. Nothing may be lost,
and a mail doubled only where nobody could have known.
"""

import asyncio
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from statistics import median

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import select, update

from shared.clock import monotonic
from shared.resources import Resources
from shared.settings import Settings
from shared.tables.jobs import JobRow
from shared.tables.reminders import ReminderRow
from tests.services.processes import Child, running
from tests.services.smtp import Moment, SmtpServer
from tests.services.valkey import Valkey
from tests.worker.conftest import bench, scene, settings, smtp
from tests.worker.scene import Bench, Scene
from tests.world import World
from worker.__main__ import check_health

__all__ = ["bench", "scene", "settings", "smtp"]

# A process imports for about a second; with every core busy for several.
DEADLINE = 30.0

Start = Callable[..., AbstractAsyncContextManager[Child]]


@pytest.fixture
def start(settings: Settings) -> Start:
    """Starts a worker process on the database, broker and mail server of the test."""

    def begin(name: str = "worker", **changes: str) -> AbstractAsyncContextManager[Child]:
        environment = {
            "DATABASE_URL": settings.database_address,
            "DATA_DIR": str(settings.data_dir),
            "REDIS_URL": settings.redis_url,
            "MAIL_SERVER": settings.mail_server,
            "MAIL_PORT": str(settings.mail_port),
            "MAIL_STARTTLS": "false",
            "MAIL_FROM": settings.mail_from,
            "LOG_FORMAT": "text",
            **changes,
        }
        return running(name, [sys.executable, "-m", "worker"], environment)

    return begin


@pytest_asyncio.fixture
async def worker(start: Start) -> AsyncIterator[Child]:
    async with start() as child:
        await child.wait_for_line("worker ready")
        yield child


async def _until(condition: Callable[[], Awaitable[bool]], deadline: float = DEADLINE) -> None:
    """The condition holds. Fails after the deadline."""
    async with asyncio.timeout(deadline):
        while not await condition():
            await asyncio.sleep(0.02)  # another process writes the database; nothing tells us


async def _all_done(scene: Scene, deadline: float = DEADLINE) -> None:
    async def done() -> bool:
        return set(await scene.states()) == {"done"}

    await _until(done, deadline)


async def _expire_leases(scene: Scene) -> None:
    """What thirty seconds would do: whoever holds a lease has lost it."""
    past = scene.now - timedelta(seconds=1)
    async with scene.resources.begin_work() as work:
        await work.connection.execute(
            update(JobRow).where(JobRow.state.in_(("leased", "sending"))).values(lease_until=past)
        )


async def _all_done_but_chores(scene: Scene) -> None:
    """This hour's chores are out of the way."""

    async def done() -> bool:
        async with scene.resources.begin_read() as read:
            states = await read.connection.scalars(select(JobRow.state))
            return set(states) == {"done"}

    await _until(done)


async def _drop_connections(settings: Settings) -> None:
    connection = await asyncpg.connect(settings.database_address.replace("+asyncpg", ""))
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await connection.close()


@pytest.mark.parametrize(
    ("place", "mails"),
    [
        ("job_claimed", 1),
        ("mail_sending", 1),
        ("smtp_accepted", 2),
        ("effect_unsaved", 2),
        ("job_finished", 1),
    ],
)
async def test_a_worker_killed_anywhere_loses_nothing_and_doubles_only_in_doubt(
    start: Start,
    world: World,
    scene: Scene,
    bench: Bench,
    smtp: SmtpServer,
    place: str,
    mails: int,
) -> None:
    (job,) = await scene.messages(await world.person())
    await scene.chores_done()

    async with start("victim", FAILPOINT=f"{place}:kill") as victim:
        assert await victim.wait(DEADLINE) == -signal.SIGKILL
    await _expire_leases(scene)
    await bench.round()

    assert [one.message["Message-ID"] for one in smtp.received] == [f"<{job}@localhost>"] * mails
    row = await scene.job(job)
    assert (row.state, row.attempts) == ("done", 0)
    assert row.crashes == (0 if place == "job_finished" else 1)


async def test_a_worker_killed_while_firing_reminders_fires_them_again(
    start: Start, world: World, scene: Scene, bench: Bench, smtp: SmtpServer
) -> None:
    ana = await world.person()
    todo_id = await scene.todo(await scene.make_list(ana))
    reminder = await scene.reminder(todo_id, ana.user_id, scene.now - timedelta(seconds=1))

    async with start("victim", FAILPOINT="reminders_unsaved:kill") as victim:
        assert await victim.wait(DEADLINE) == -signal.SIGKILL
    untouched = await scene.row(ReminderRow, reminder)
    await bench.round()
    await bench.round()

    assert untouched.state == "scheduled"
    assert (await scene.row(ReminderRow, reminder)).state == "sent"
    assert len(smtp.received) == 1


async def test_a_job_that_kills_every_worker_ends_as_a_dead_letter(
    start: Start, world: World, scene: Scene, bench: Bench, smtp: SmtpServer
) -> None:
    (job,) = await scene.messages(await world.person())
    await scene.chores_done()

    await scene.change(JobRow, job, crashes=2)

    async with start("victim", FAILPOINT="job_claimed:kill") as victim:
        assert await victim.wait(DEADLINE) == -signal.SIGKILL
    await _expire_leases(scene)
    await bench.round()

    row = await scene.job(job)
    assert (row.state, row.crashes) == ("dead", 3)
    assert row.last_error == "3 workers died doing it"
    assert smtp.received == []


async def test_a_worker_stopped_past_its_lease_is_fenced_off(
    start: Start, world: World, scene: Scene, bench: Bench, smtp: SmtpServer
) -> None:
    (job,) = await scene.messages(await world.person())
    await scene.chores_done()
    smtp.hang(Moment.BEFORE_DOT)

    async with start("sleeper") as sleeper:
        await smtp.wait_for_attempts(1, DEADLINE)
        sleeper.send(signal.SIGSTOP)
        await _expire_leases(scene)
        await bench.round()
        fence = (await scene.job(job)).fence
        sleeper.send(signal.SIGCONT)
        smtp.release()
        await sleeper.wait_for_line("another worker's now")

    row = await scene.job(job)
    assert (row.state, row.fence, row.crashes) == ("done", fence, 1)
    assert {one.message["Message-ID"] for one in smtp.received} == {f"<{job}@localhost>"}
    assert len(smtp.received) <= 2


async def test_two_workers_share_many_jobs_without_doing_one_twice(
    start: Start, world: World, scene: Scene, smtp: SmtpServer
) -> None:
    async with start("one") as one, start("two") as two:
        await one.wait_for_line("worker ready")
        await two.wait_for_line("worker ready")

        await scene.messages(await world.person(), 300)
        await _all_done(scene, 60)

    assert Counter(one.subject for one in smtp.received) == {f"message {n}": 1 for n in range(300)}


async def test_without_a_broker_the_sweeper_does_it_all(
    start: Start, world: World, scene: Scene, smtp: SmtpServer
) -> None:
    # Nothing listens on port 1.
    async with start(REDIS_URL="redis://127.0.0.1:1/0") as worker:
        await worker.wait_for_line("the broker is away")

        began = monotonic()
        await scene.messages(await world.person(), 3)
        await smtp.wait_for(3, DEADLINE)

        assert monotonic() - began < 3.0  # one sweep, and the mails
        assert worker.returncode is None


async def test_a_broker_that_dies_and_returns_is_used_again(
    start: Start, world: World, scene: Scene, smtp: SmtpServer, resources: Resources
) -> None:
    broker = Valkey()
    broker.start()
    try:
        async with start(REDIS_URL=f"{broker.url}/0") as worker:
            await worker.wait_for_line("listening for hints")
            broker.kill()
            await worker.wait_for_line("the broker is away")
            await scene.messages(await world.person(), 2)
            await smtp.wait_for(2, DEADLINE)

            heard = sum("listening for hints" in line for line in worker.lines)
            broker.start()

            async def listens_again() -> bool:
                return sum("listening for hints" in line for line in worker.lines) > heard

            await _until(listens_again)
            assert worker.returncode is None
    finally:
        broker.close()


async def test_a_hint_is_followed_sooner_than_any_sweep(
    worker: Child, world: World, scene: Scene, smtp: SmtpServer
) -> None:
    await worker.wait_for_line("listening for hints")
    ana = await world.person()
    await _all_done_but_chores(scene)

    waits = []
    for number in range(9):
        began = monotonic()
        await scene.messages(ana)
        await smtp.wait_for(number + 1, DEADLINE)
        waits.append(monotonic() - began)

    # By sweeps alone it would be half a second, and the median of nine hardly less.
    assert median(waits) < 0.3


# SQLite has no connections that could be dropped.
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_a_database_that_drops_every_connection_costs_nothing(
    start: Start, world: World, scene: Scene, smtp: SmtpServer, settings: Settings
) -> None:
    await scene.messages(await world.person(), 60)

    async with start() as worker:
        for count in (5, 20, 40):
            await smtp.wait_for(count, DEADLINE)
            await _drop_connections(settings)
        # A claim whose commit was cut off has nobody; its lease of 30 s has to run out.
        await _all_done(scene, 90)
        assert worker.returncode is None

    mails = Counter(one.subject for one in smtp.received)
    assert set(mails) == {f"message {n}" for n in range(60)}
    assert max(mails.values()) <= 2


async def test_asked_to_stop_a_worker_finishes_what_is_under_way(
    start: Start, world: World, scene: Scene, smtp: SmtpServer
) -> None:
    (job,) = await scene.messages(await world.person())
    await scene.chores_done()
    smtp.hang(Moment.AFTER_DOT)

    async with start() as worker:
        await smtp.wait_for(1, DEADLINE)
        worker.send(signal.SIGTERM)
        await worker.wait_for_line("worker stops")
        more = await scene.messages(await world.person("Ben"))
        smtp.release()
        code = await worker.wait(DEADLINE)

    assert code == 0
    row = await scene.job(job)
    assert (row.state, row.attempts, row.crashes) == ("done", 0, 0)
    assert (await scene.job(more[0])).state == "queued"
    assert len(smtp.received) == 1


async def test_a_reminder_arrives_within_two_seconds_of_its_time(
    worker: Child, world: World, scene: Scene, smtp: SmtpServer
) -> None:
    ana = await world.person("Ana", time_zone="Asia/Tokyo")
    todo_id = await scene.todo(await scene.make_list(ana), title="Water the plants")
    fires_at = scene.now + timedelta(seconds=1.5)
    reminder = await scene.reminder(todo_id, ana.user_id, fires_at)

    (mail,) = await smtp.wait_for(1, DEADLINE)
    arrived = scene.now
    await _all_done(scene)

    assert timedelta(0) <= arrived - fires_at < timedelta(seconds=2)
    assert "Asia/Tokyo" in mail.body()
    assert (await scene.row(ReminderRow, reminder)).state == "sent"
    assert len(smtp.received) == 1


async def test_health_knows_whether_a_worker_lives_on_this_machine(
    start: Start, settings: Settings, resources: Resources
) -> None:
    environment = {"DATABASE_URL": settings.database_address, "DATA_DIR": str(settings.data_dir)}
    health = [sys.executable, "-m", "worker", "health"]

    before = (await check_health(settings))[0]
    async with start() as worker:
        await worker.wait_for_line("worker ready")
        async with running("health", health, environment) as asked:
            assert await asked.wait(DEADLINE) == 0, asked.log
        assert await worker.terminate() == 0, worker.log
    after = (await check_health(settings))[0]

    assert before == after == "no worker of this machine has been seen for 35 s"
