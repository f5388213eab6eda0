"""Jobs that kill whoever does them, and jobs that this worker has never heard of."""

import signal

from shared.contract.jobs import SendAdminMessage
from shared.tables.jobs import JobRow
from tests.support.faults import worker_variants
from tests.support.faults.scenarios import Outcome, Scenario, ScenarioEnv
from tests.support.faults.worker_pool import open_worker_pool
from tests.support.faults.workloads import CUT
from worker.jobs.executor import CONCURRENCY


async def poison(env: ScenarioEnv) -> Outcome:
    """Three workers abort over one job, each time with others beside it; it ends dead, alone."""
    async with open_worker_pool(env) as pool:
        await pool.add(env.size(60, 2 * CONCURRENCY))
        poisonous = await pool.builder.add_job(worker_variants.Poison())
        for number in range(3):
            victim = await pool.start(f"victim {number}", worker_variants.poisoned, is_ready=False)
            assert await victim.wait() == -signal.SIGABRT, "the poison does not kill"
            await pool.expire_leases()
        heir = await pool.start("heir", worker_variants.poisoned)
        await pool.over()
        row = (await pool.rows())[poisonous]
        assert (row.state, row.crashes) == ("dead", 3), f"the poison is {row.state}"
        assert heir.is_alive
        return await pool.check(CUT)


async def rolling_deploy(env: ScenarioEnv) -> Outcome:
    """A worker from before a kind parks it and does the rest; the next version does it."""
    async with open_worker_pool(env) as pool:
        kind = SendAdminMessage.kind
        old = await pool.start("old", worker_variants.without(kind))
        await pool.add(env.size(50, 5))
        await pool.until(JobRow.state == "parked", len(pool.jobs))
        await pool.start("new")
        old.send(signal.SIGTERM)
        await old.wait()
        await pool.make_all_due()
        await pool.over()
        return await pool.check("the pause of 30 s cut short")


SCENARIOS = (
    Scenario("poison", "a job that aborts the process three times is dead, and no other", poison),
    Scenario("rolling-deploy", "a rolling deploy with an unknown kind", rolling_deploy),
)
