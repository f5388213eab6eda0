"""Jobs that crash their worker, and jobs of a kind that the worker does not know."""

import signal

from shared.contract.jobs import SendAdminMessage
from shared.tables.jobs import JobRow
from tests.support.faults import worker_variants
from tests.support.faults.scenarios import Outcome, Scenario, ScenarioEnv
from tests.support.faults.worker_pool import open_worker_pool
from tests.support.faults.workloads import SHORT_LEASES
from worker.jobs.executor import CONCURRENCY


async def poison_job(env: ScenarioEnv) -> Outcome:
    """Three workers abort during one job while other jobs run; only that job becomes dead."""
    async with open_worker_pool(env) as pool:
        await pool.add(env.size(60, 2 * CONCURRENCY))
        poisonous = await pool.builder.add_job(worker_variants.Poison())
        for number in range(3):
            aborted = await pool.start(
                f"aborted {number}", worker_variants.know_poison, is_ready=False
            )
            assert await aborted.wait() == -signal.SIGABRT, (
                "the poison job did not abort the worker"
            )
            await pool.expire_leases()
        last = await pool.start("last", worker_variants.know_poison)
        await pool.wait_until_finished()
        row = (await pool.rows())[poisonous]
        assert (row.state, row.crashes) == ("dead", 3), f"the poison job is {row.state}"
        assert last.is_alive
        return await pool.check(SHORT_LEASES)


async def rolling_deploy(env: ScenarioEnv) -> Outcome:
    """A worker of an older version parks jobs of a kind it does not know; the next version runs them."""
    async with open_worker_pool(env) as pool:
        kind = SendAdminMessage.kind
        old = await pool.start("old", worker_variants.without_kind(kind))
        await pool.add(env.size(50, 5))
        await pool.wait_for_count(JobRow.state == "parked", len(pool.jobs))
        await pool.start("new")
        old.send(signal.SIGTERM)
        await old.wait()
        await pool.make_all_due()
        await pool.wait_until_finished()
        return await pool.check("the pause of 30 s cut short")


SCENARIOS = (
    Scenario(
        "poison-job", "a job that aborts the process three times is dead, and no other", poison_job
    ),
    Scenario("rolling-deploy", "a rolling deploy with an unknown kind", rolling_deploy),
)
