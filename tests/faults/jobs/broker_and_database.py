"""The broker and the database go away, and come back."""

import asyncio

from sqlalchemy import text
from sqlalchemy.engine import make_url

from shared.resources import open_resources
from tests.conftest import migrate
from tests.support.faults.scenarios import Outcome, Scenario, Stage
from tests.support.faults.worker_pool import DEADLINE_SECONDS, a_crew
from tests.support.faults.workloads import CUT
from tests.support.services import postgres

# Longer than a process waits for a lock, so that it has to try again; and short enough to wait out.
LOCKED_SECONDS, LOCKED_SHORTLY_SECONDS = 5.5, 0.5


async def no_broker(stage: Stage) -> Outcome:
    """There is none from the start: the sweeper does it all."""
    async with a_crew(stage) as crew:
        # Nothing listens on port 1.
        worker = await crew.start("worker", REDIS_URL="redis://127.0.0.1:1/0")
        await worker.wait_for_line("the broker is away")
        await crew.add(stage.size(60, 20))
        await crew.over()
        assert worker.is_alive
        return await crew.check()


async def broker_dies(stage: Stage) -> Outcome:
    """It is killed in the middle, comes back, and is listened to again, in the same process."""
    async with a_crew(stage) as crew:
        worker = await crew.start("worker")
        await worker.wait_for_line("listening for hints")
        for number in range(1, stage.size(3, 1) + 1):
            await crew.add(stage.size(30, 10))
            stage.broker.kill()
            await worker.wait_for_line("the broker is away")
            await crew.add(stage.size(30, 10))
            await crew.over()
            stage.broker.start()
            await worker.wait_for_line("listening for hints", number + 1)
        assert worker.is_alive
        return await crew.check()


async def broker_flushed(stage: Stage) -> Outcome:
    """All it knew is gone, while jobs wait and while they are added."""
    async with a_crew(stage) as crew:
        assert stage.resources.redis is not None
        await crew.add(stage.size(60, 15))
        await stage.resources.redis.flushall()
        await crew.start("worker")
        for _ in range(stage.size(10, 2)):
            await crew.add(5)
            await stage.resources.redis.flushall()
        await crew.over()
        return await crew.check()


async def many_hints(stage: Stage) -> Outcome:
    """Fifty hints at the same job, under one id and under fifty."""
    async with a_crew(stage) as crew:
        worker = await crew.start("worker")
        await worker.wait_for_line("listening for hints")
        (job,) = await crew.add(1)
        carrier = stage.resources.job_notifier._queue
        assert carrier is not None
        for number in range(50):
            await carrier.enqueue_job("run_job", job, _job_id=f"{job}:0")
            await carrier.enqueue_job("run_job", job, _job_id=f"{job}:{number}")
        await crew.over()
        return await crew.check()


async def database_restarts(stage: Stage) -> Outcome:
    """Postgres is restarted under a working worker. SQLite has no server: it is locked instead."""
    if stage.settings.on_sqlite:
        return await _database_locked(stage)
    server = await asyncio.to_thread(postgres.start)
    try:
        url = make_url(server.url).render_as_string(False)
        settings = stage.settings.model_copy(update={"database_url": url})
        await asyncio.to_thread(migrate, settings)
        async with open_resources(settings) as resources:
            own = Stage(settings, resources, stage.broker, stage.random, stage.is_full)
            return await _work_through_restarts(own, server)
    finally:
        await asyncio.to_thread(server.stop)


async def _work_through_restarts(stage: Stage, server: postgres.Postgres) -> Outcome:
    async with a_crew(stage) as crew:
        worker = await crew.start("worker")
        count = stage.size(60, 20)
        for number in range(1, stage.size(3, 1) + 1):
            await crew.add(count)
            await crew.smtp.wait_for(count * (number - 1) + count // 3, DEADLINE_SECONDS)
            await asyncio.to_thread(server.restart)
        # A claim whose commit was cut off has nobody: its lease runs out.
        await crew.over(2.0)
        await crew.expire_leases()
        await crew.over()
        assert worker.is_alive
        return await crew.check(f"a real restart of the server; {CUT}")


async def _database_locked(stage: Stage) -> Outcome:
    seconds = LOCKED_SECONDS if stage.is_full else LOCKED_SHORTLY_SECONDS
    async with a_crew(stage) as crew:
        await crew.start("worker")
        await crew.add(stage.size(60, 20))
        await crew.smtp.wait_for(3, DEADLINE_SECONDS)
        async with stage.resources.database.write() as connection:
            await connection.execute(text("DELETE FROM workers WHERE id = ''"))
            await asyncio.sleep(seconds)  # the fault itself, not a wait for one
        await crew.over(2.0)
        await crew.expire_leases()
        await crew.over()
        return await crew.check(f"the file locked for {seconds} s; {CUT}")


BROKER = "Redis absent at boot, dead mid-run, flushed"
SCENARIOS = (
    Scenario("broker-absent", BROKER, no_broker),
    Scenario("broker-dies", BROKER, broker_dies),
    Scenario("broker-forgets", BROKER, broker_flushed),
    Scenario("fifty-hints", "the same hint delivered 50 times", many_hints),
    Scenario("database-restarts", "Postgres restarted", database_restarts),
)
