"""Leases and drains at their real length: nothing is cut short, so only large (`./livelist faults`)."""

import signal
from collections import Counter
from datetime import timedelta

from shared.clock import monotonic
from shared.contract.jobs import SendAdminMessage
from shared.jobs.claims import LEASE_SECONDS
from shared.tables.jobs import JobRow
from tests.support.faults import worker_variants
from tests.support.faults.scenarios import Outcome, Scenario, ScenarioEnv
from tests.support.faults.worker_pool import DEADLINE_SECONDS, open_worker_pool
from tests.support.faults.workloads import REMINDER
from worker.jobs.executor import CONCURRENCY
from worker.main import DRAIN_SECONDS

# Longer than a lease: without heartbeats another worker would take the job over.
LONG_SECONDS = 40
# What docs/operations.md promises of a worker that is told to stop.
GONE_SECONDS = 25
# An answer may take ten: so none is too late, and the three of a mail end after the drain.
DAWDLE_SECONDS = 9


async def lease(env: ScenarioEnv) -> Outcome:
    """A dead worker's lease runs out by itself; a living one's does not, in a job longer than it."""
    async with open_worker_pool(env) as pool:
        job = await REMINDER.prepare(pool)
        victim = await pool.start("victim", is_ready=False, FAILPOINT="job_claimed:kill")
        assert await victim.wait() == -signal.SIGKILL, "nobody came by job_claimed"
        abandoned = await pool.find(job)
        patient = worker_variants.slow_at(SendAdminMessage.kind, LONG_SECONDS)
        await pool.start("patient", patient)
        (long,) = await pool.add(1)
        await pool.until((JobRow.id == long) & (JobRow.state == "leased"), 1)
        began = monotonic()
        await pool.start("neighbour")
        await pool.over(LONG_SECONDS + DEADLINE_SECONDS)
        took = monotonic() - began
        assert took >= LONG_SECONDS - 1, f"the long job took {took:.1f} s"

        heir, kept = await pool.find(job), (await pool.rows())[long]
        late = heir.finished_at - abandoned.lease_until
        assert timedelta(0) <= late < timedelta(seconds=LEASE_SECONDS), f"taken over after {late}"
        assert (heir.crashes, heir.fence) == (1, abandoned.fence + 1)
        assert (kept.crashes, kept.attempts, kept.fence) == (0, 0, 1), "its lease was lost"
        return await pool.check(f"taken over {late.total_seconds():.1f} s after the lease")


async def drain(env: ScenarioEnv) -> Outcome:
    """All slots wait for a server that thinks for nine seconds at each step, when it has to stop."""
    async with open_worker_pool(env) as pool:
        pool.smtp.delay_replies(DAWDLE_SECONDS)
        await pool.add(CONCURRENCY)
        worker = await pool.start("worker")
        await pool.until(JobRow.state == "sending", CONCURRENCY)
        began = monotonic()
        worker.send(signal.SIGTERM)
        assert await worker.wait(2 * GONE_SECONDS) == 0, "it did not stop in order"
        took = monotonic() - began
        pool.smtp.release()
        assert took <= GONE_SECONDS, f"it took {took:.1f} s to stop"
        assert took >= DRAIN_SECONDS - 1, "nothing was under way"

        given_back = {row.state for row in (await pool.rows()).values() if row.id in pool.jobs}
        assert given_back == {"queued"}, f"left {given_back}"
        await pool.start("heir")
        await pool.over()
        used = Counter((row.attempts, row.crashes) for row in (await pool.rows()).values())
        assert set(used) == {(0, 0)}, f"attempts and crashes: {dict(used)}"
        return await pool.check(f"stopped in {took:.1f} s")


SCENARIOS = (
    Scenario(
        "lease-runs-out", "a lease of 30 s, run out and kept up, at full length", lease, small_on=()
    ),
    Scenario("stops-in-time", "told to stop, gone within 25 s whatever hangs", drain, small_on=()),
)
