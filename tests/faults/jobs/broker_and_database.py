"""The broker and the database go away, and come back."""

import asyncio

from sqlalchemy import text
from sqlalchemy.engine import make_url

from shared.resources import open_resources
from tests.conftest import migrate
from tests.support.faults.scenarios import Outcome, Scenario, ScenarioEnv
from tests.support.faults.worker_pool import DEADLINE_SECONDS, open_worker_pool
from tests.support.faults.workloads import CUT
from tests.support.services import postgres
from tests.support.settings import changed_settings

# Longer than a process waits for a lock, so that it has to try again; and short enough to wait out.
LOCKED_SECONDS, LOCKED_SHORTLY_SECONDS = 5.5, 0.5


async def no_broker(env: ScenarioEnv) -> Outcome:
    """There is none from the start: the sweeper does it all."""
    async with open_worker_pool(env) as pool:
        # Nothing listens on port 1.
        worker = await pool.start("worker", REDIS_URL="redis://127.0.0.1:1/0")
        await worker.wait_for_line("the broker is unavailable")
        await pool.add(env.size(60, 20))
        await pool.over()
        assert worker.is_alive
        return await pool.check()


async def broker_dies(env: ScenarioEnv) -> Outcome:
    """It is killed in the middle, comes back, and is listened to again, in the same process."""
    async with open_worker_pool(env) as pool:
        worker = await pool.start("worker")
        await worker.wait_for_line("listening for wake-ups")
        for number in range(1, env.size(3, 1) + 1):
            await pool.add(env.size(30, 10))
            env.broker.kill()
            await worker.wait_for_line("the broker is unavailable")
            await pool.add(env.size(30, 10))
            await pool.over()
            env.broker.start()
            await worker.wait_for_line("listening for wake-ups", number + 1)
        assert worker.is_alive
        return await pool.check()


async def broker_flushed(env: ScenarioEnv) -> Outcome:
    """All it knew is gone, while jobs wait and while they are added."""
    async with open_worker_pool(env) as pool:
        assert env.resources.redis is not None
        await pool.add(env.size(60, 15))
        await env.resources.redis.flushall()
        await pool.start("worker")
        for _ in range(env.size(10, 2)):
            await pool.add(5)
            await env.resources.redis.flushall()
        await pool.over()
        return await pool.check()


async def many_hints(env: ScenarioEnv) -> Outcome:
    """Fifty hints at the same job, under one id and under fifty."""
    async with open_worker_pool(env) as pool:
        worker = await pool.start("worker")
        await worker.wait_for_line("listening for wake-ups")
        (job,) = await pool.add(1)
        carrier = env.resources.job_notifier.queue
        assert carrier is not None
        for number in range(50):
            await carrier.enqueue_job("run_job", job, _job_id=f"{job}:0")
            await carrier.enqueue_job("run_job", job, _job_id=f"{job}:{number}")
        await pool.over()
        return await pool.check()


async def database_restarts(env: ScenarioEnv) -> Outcome:
    """Postgres is restarted under a working worker. SQLite has no server: it is locked instead."""
    if env.settings.database.is_sqlite:
        return await _database_locked(env)
    server = await asyncio.to_thread(postgres.start)
    try:
        url = make_url(server.url).render_as_string(False)
        settings = changed_settings(env.settings, database_url=url)
        await asyncio.to_thread(migrate, settings)
        async with open_resources(settings) as resources:
            own = ScenarioEnv(settings, resources, env.broker, env.random, env.is_full)
            return await _work_through_restarts(own, server)
    finally:
        await asyncio.to_thread(server.stop)


async def _work_through_restarts(env: ScenarioEnv, server: postgres.Postgres) -> Outcome:
    async with open_worker_pool(env) as pool:
        worker = await pool.start("worker")
        count = env.size(60, 20)
        for number in range(1, env.size(3, 1) + 1):
            await pool.add(count)
            await pool.smtp.wait_for(count * (number - 1) + count // 3, DEADLINE_SECONDS)
            await asyncio.to_thread(server.restart)
        # A claim whose commit was cut off has nobody: its lease runs out.
        await pool.over(2.0)
        await pool.expire_leases()
        await pool.over()
        assert worker.is_alive
        return await pool.check(f"a real restart of the server; {CUT}")


async def _database_locked(env: ScenarioEnv) -> Outcome:
    seconds = LOCKED_SECONDS if env.is_full else LOCKED_SHORTLY_SECONDS
    async with open_worker_pool(env) as pool:
        await pool.start("worker")
        await pool.add(env.size(60, 20))
        await pool.smtp.wait_for(3, DEADLINE_SECONDS)
        async with env.resources.database.write_connection() as connection:
            await connection.execute(text("DELETE FROM workers WHERE id = ''"))
            await asyncio.sleep(seconds)  # the fault itself, not a wait for one
        await pool.over(2.0)
        await pool.expire_leases()
        await pool.over()
        return await pool.check(f"the file locked for {seconds} s; {CUT}")


BROKER = "Redis absent at boot, dead mid-run, flushed"
SCENARIOS = (
    Scenario("broker-absent", BROKER, no_broker),
    Scenario("broker-dies", BROKER, broker_dies),
    Scenario("broker-forgets", BROKER, broker_flushed),
    Scenario("fifty-hints", "the same hint delivered 50 times", many_hints),
    Scenario("database-restarts", "Postgres restarted", database_restarts),
)
