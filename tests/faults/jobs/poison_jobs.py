"""Jobs that kill whoever does them, and jobs that this worker has never heard of."""

import signal

from shared.contract.jobs import SendAdminMessage
from shared.tables.jobs import JobRow
from tests.support.faults import worker_variants
from tests.support.faults.scenarios import Outcome, Scenario, Stage
from tests.support.faults.worker_pool import a_crew
from tests.support.faults.workloads import CUT
from worker.jobs.executor import SLOTS


async def poison(stage: Stage) -> Outcome:
    """Three workers abort over one job, each time with others beside it; it ends dead, alone."""
    async with a_crew(stage) as crew:
        await crew.add(stage.size(60, 2 * SLOTS))
        poisonous = await crew.builder.add(worker_variants.Poison())
        for number in range(3):
            victim = await crew.start(f"victim {number}", worker_variants.poisoned, is_ready=False)
            assert await victim.wait() == -signal.SIGABRT, "the poison does not kill"
            await crew.expire_leases()
        heir = await crew.start("heir", worker_variants.poisoned)
        await crew.over()
        row = (await crew.rows())[poisonous]
        assert (row.state, row.crashes) == ("dead", 3), f"the poison is {row.state}"
        assert heir.is_alive
        return await crew.check(CUT)


async def rolling_deploy(stage: Stage) -> Outcome:
    """A worker from before a kind parks it and does the rest; the next version does it."""
    async with a_crew(stage) as crew:
        kind = SendAdminMessage.kind
        old = await crew.start("old", worker_variants.without(kind))
        await crew.add(stage.size(50, 5))
        await crew.until(JobRow.state == "parked", len(crew.jobs))
        await crew.start("new")
        old.send(signal.SIGTERM)
        await old.wait()
        await crew.hurry()
        await crew.over()
        return await crew.check("the pause of 30 s cut short")


SCENARIOS = (
    Scenario("poison", "a job that aborts the process three times is dead, and no other", poison),
    Scenario("rolling-deploy", "a rolling deploy with an unknown kind", rolling_deploy),
)
