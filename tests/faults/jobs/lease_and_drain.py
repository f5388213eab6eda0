"""Leases and shutdowns at their real length. They run only in `./livelist faults`, at the full size."""

import signal
from collections import Counter
from datetime import timedelta

from shared.clock import monotonic
from shared.contract.jobs import SendAdminMessage
from shared.jobs.claims import LEASE_SECONDS
from shared.tables.jobs import JobRow
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.faults import worker_variants
from tests.support.faults.scenarios import Outcome, Scenario, ScenarioEnv
from tests.support.faults.worker_pool import open_worker_pool
from tests.support.faults.workloads import REMINDER
from worker.jobs.executor import CONCURRENCY
from worker.main import DRAIN_SECONDS

# Longer than a lease: without heartbeats another worker would take the job over.
LONG_SECONDS = 40
# docs/operations.md: a worker has stopped within this time after SIGTERM.
STOP_SECONDS = 25
# An answer may take ten, so no answer is too late; and the three answers of a mail outlast the drain.
SMTP_DELAY_SECONDS = 9


async def lease_expires(env: ScenarioEnv) -> Outcome:
    """A dead worker's lease expires; a living worker renews its lease during a longer job."""
    async with open_worker_pool(env) as pool:
        job = await REMINDER.prepare(pool)
        first_worker = await pool.start("first", is_ready=False, FAILPOINT="job_claimed:kill")
        assert await first_worker.wait() == -signal.SIGKILL, "no worker reached job_claimed"
        abandoned = await pool.find(job)
        slow = worker_variants.with_delayed_kind(SendAdminMessage.kind, LONG_SECONDS)
        await pool.start("slow", slow)
        (long,) = await pool.add(1)
        await pool.wait_for_count((JobRow.id == long) & (JobRow.state == "leased"), 1)
        began = monotonic()
        await pool.start("second")
        await pool.wait_until_finished(LONG_SECONDS + DEADLINE_SECONDS)
        took = monotonic() - began
        assert took >= LONG_SECONDS - 1, f"the long job took {took:.1f} s"

        taken_over, kept = await pool.find(job), (await pool.rows())[long]
        late = taken_over.finished_at - abandoned.lease_until
        assert timedelta(0) <= late < timedelta(seconds=LEASE_SECONDS), f"taken over after {late}"
        assert (taken_over.crashes, taken_over.fence) == (1, abandoned.fence + 1)
        assert (kept.crashes, kept.attempts, kept.fence) == (0, 0, 1), "its lease was lost"
        return await pool.check(f"taken over {late.total_seconds():.1f} s after the lease")


async def drain_time_limit(env: ScenarioEnv) -> Outcome:
    """SIGTERM arrives while every slot waits for a mail server that takes nine seconds an answer."""
    async with open_worker_pool(env) as pool:
        pool.smtp.delay_replies(SMTP_DELAY_SECONDS)
        await pool.add(CONCURRENCY)
        worker = await pool.start("worker")
        await pool.wait_for_count(JobRow.state == "sending", CONCURRENCY)
        began = monotonic()
        worker.send(signal.SIGTERM)
        assert await worker.wait(2 * STOP_SECONDS) == 0, "the worker did not exit cleanly"
        took = monotonic() - began
        pool.smtp.release()
        assert took <= STOP_SECONDS, f"the worker took {took:.1f} s to stop"
        assert took >= DRAIN_SECONDS - 1, "no job was running"

        released = {row.state for row in (await pool.rows()).values() if row.id in pool.jobs}
        assert released == {"queued"}, f"released jobs are {released}"
        await pool.start("second")
        await pool.wait_until_finished()
        used = Counter((row.attempts, row.crashes) for row in (await pool.rows()).values())
        assert set(used) == {(0, 0)}, f"attempts and crashes: {dict(used)}"
        return await pool.check(f"stopped in {took:.1f} s")


SCENARIOS = (
    Scenario(
        "lease-expires",
        "a lease of 30 s, expired and renewed, at full length",
        lease_expires,
        short_on=(),
    ),
    Scenario(
        "drain-time-limit",
        "SIGTERM: exit within 25 s even if the mail server hangs",
        drain_time_limit,
        short_on=(),
    ),
)
