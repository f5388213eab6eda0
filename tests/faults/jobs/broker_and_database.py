"""The broker or the database becomes unavailable and returns while workers run."""

import asyncio
from dataclasses import replace

from sqlalchemy import text
from sqlalchemy.engine import make_url

from console.schema.upgrade import upgrade
from shared.resources import open_resources
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.faults.scenarios import Outcome, Scenario, ScenarioEnv
from tests.support.faults.worker_pool import open_worker_pool
from tests.support.faults.workloads import SHORT_LEASES
from tests.support.services import postgres
from tests.support.settings import changed_settings

# Longer than a process waits for the lock, so that it must try again; and shorter than the wait.
LOCKED_SECONDS, LOCKED_SHORTLY_SECONDS = 5.5, 0.5


async def broker_absent(env: ScenarioEnv) -> Outcome:
    """Without a broker from the start, the sweeper runs all jobs."""
    async with open_worker_pool(env) as pool:
        # Nothing listens on port 1.
        worker = await pool.start("worker", REDIS_URL="redis://127.0.0.1:1/0")
        await worker.wait_for_line("the broker is unavailable")
        await pool.add(env.size(60, 20))
        await pool.wait_until_finished()
        assert worker.is_alive
        return await pool.check()


async def broker_killed(env: ScenarioEnv) -> Outcome:
    """The broker is killed while jobs run; when it is back, the same worker subscribes again."""
    async with open_worker_pool(env) as pool:
        worker = await pool.start("worker")
        await worker.wait_for_line("listening for wake-ups")
        for number in range(1, env.size(3, 1) + 1):
            await pool.add(env.size(30, 10))
            env.broker.kill()
            await worker.wait_for_line("the broker is unavailable")
            await pool.add(env.size(30, 10))
            await pool.wait_until_finished()
            env.broker.start()
            await worker.wait_for_line("listening for wake-ups", number + 1)
        assert worker.is_alive
        return await pool.check()


async def broker_flushed(env: ScenarioEnv) -> Outcome:
    """The broker loses all data while jobs wait and while jobs are added."""
    async with open_worker_pool(env) as pool:
        assert env.resources.redis is not None
        await pool.add(env.size(60, 15))
        await env.resources.redis.flushall()
        await pool.start("worker")
        for _ in range(env.size(10, 2)):
            await pool.add(5)
            await env.resources.redis.flushall()
        await pool.wait_until_finished()
        return await pool.check()


async def repeated_wake_ups(env: ScenarioEnv) -> Outcome:
    """One job gets fifty wake-ups with the same arq id and fifty with different ids."""
    async with open_worker_pool(env) as pool:
        worker = await pool.start("worker")
        await worker.wait_for_line("listening for wake-ups")
        (job,) = await pool.add(1)
        queue = env.resources.job_notifier.queue
        assert queue is not None
        for number in range(50):
            await queue.enqueue_job("run_job", job, _job_id=f"{job}:0")
            await queue.enqueue_job("run_job", job, _job_id=f"{job}:{number}")
        await pool.wait_until_finished()
        return await pool.check()


async def database_restarts(env: ScenarioEnv) -> Outcome:
    """Postgres restarts while a worker runs jobs. SQLite has no server: its file is locked instead."""
    if env.settings.database.is_sqlite:
        return await _database_locked(env)
    server = await asyncio.to_thread(postgres.start)
    try:
        url = make_url(server.url).render_as_string(False)
        settings = changed_settings(env.settings, database_url=url)
        await asyncio.to_thread(upgrade, settings)
        async with open_resources(settings) as resources:
            with_server = replace(env, settings=settings, resources=resources)
            return await _work_through_restarts(with_server, server)
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
        # A claim whose commit was interrupted has no worker; its lease must expire.
        await pool.wait_until_finished(2.0)
        await pool.expire_leases()
        await pool.wait_until_finished()
        assert worker.is_alive
        return await pool.check(f"a real restart of the server; {SHORT_LEASES}")


async def _database_locked(env: ScenarioEnv) -> Outcome:
    seconds = LOCKED_SECONDS if env.is_full else LOCKED_SHORTLY_SECONDS
    async with open_worker_pool(env) as pool:
        await pool.start("worker")
        await pool.add(env.size(60, 20))
        await pool.smtp.wait_for(3, DEADLINE_SECONDS)
        async with env.resources.database.write_connection() as connection:
            await connection.execute(text("DELETE FROM workers WHERE id = ''"))
            await asyncio.sleep(seconds)  # the fault itself, not a wait for one
        await pool.wait_until_finished(2.0)
        await pool.expire_leases()
        await pool.wait_until_finished()
        return await pool.check(f"the file locked for {seconds} s; {SHORT_LEASES}")


BROKER = "Redis absent at boot, dead mid-run, flushed"
SCENARIOS = (
    Scenario("broker-absent", BROKER, broker_absent),
    Scenario("broker-killed", BROKER, broker_killed),
    Scenario("broker-flushed", BROKER, broker_flushed),
    Scenario("repeated-wake-ups", "the same wake-up delivered 50 times", repeated_wake_ups),
    Scenario("database-restarts", "Postgres restarted", database_restarts),
)
