"""Workers that are killed, stopped, paused, or share the jobs."""

import asyncio
import signal
from collections import Counter
from collections.abc import Iterable
from functools import partial
from itertools import count

from shared.contract.jobs import Job
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.faults.effects import AT_MOST_ONCE_KINDS
from tests.support.faults.forked_workers import WorkerProcess
from tests.support.faults.scenarios import Outcome, Scenario, ScenarioEnv
from tests.support.faults.worker_pool import FINISHED_STATES, WorkerPool, open_worker_pool
from tests.support.faults.workloads import (
    BOUNCE,
    CLEANUP,
    DIGEST,
    NOTIFICATIONS,
    REMINDER,
    SHORT_LEASES,
    Workload,
)
from tests.support.services.smtp import Moment
from worker.jobs.executor import CONCURRENCY

# Failpoints between the server's 250 and the worker's commit: the database does not know the result.
IN_DOUBT_FAILPOINTS = {"smtp_accepted", "effect_unsaved"}
SURVIVED = "survived"
BATCH_FAILPOINTS = ("mail_sending", "smtp_accepted")


async def two_workers(env: ScenarioEnv) -> Outcome:
    """Two workers run a thousand jobs, each job once."""
    async with open_worker_pool(env) as pool:
        await pool.start("first")
        await pool.start("second")
        await pool.add(env.size(1000, 60))
        await pool.wait_until_finished()
        return await pool.check()


async def killed_at_every_failpoint(workload: Workload, env: ScenarioEnv) -> Outcome:
    """Kill a worker at each failpoint, the first time it is reached, the second, …; another goes on."""
    outcome, deaths, states = Outcome(), 0, set()
    for failpoint in workload.failpoints:
        for number in _times(env, failpoint):
            async with open_worker_pool(env) as pool:
                state, result = await _kill_at(pool, workload, f"{failpoint}:kill:{number}")
            outcome += result
            if state == SURVIVED:
                assert env.is_full, f"no worker reached {failpoint} for the {number}th time"
                assert number > 1, f"no worker reached {failpoint}"
                break
            deaths += 1
            if failpoint == "committed":
                states.add("finished" if state in FINISHED_STATES else state)
    if env.is_full:
        wanted = {"queued", "leased", "finished"}
        wanted |= {"sending"} if workload is not CLEANUP else set()
        assert states >= wanted, f"killed at commits in {states}, but not in {wanted - states}"
    return outcome + Outcome(note=f"{deaths} deaths")


def _times(env: ScenarioEnv, failpoint: str) -> Iterable[int]:
    """Return at which times the failpoint kills; endless at the full size, until a worker survives."""
    if env.is_full:
        return count(1)
    # The first commits of a worker are its heartbeat and the jobs of this hour, not the workload's.
    return (env.random.randint(4, 6),) if failpoint == "committed" else (1,)


async def _kill_at(pool: WorkerPool, workload: Workload, failpoint: str) -> tuple[str, Outcome]:
    """Return the state in which the first worker left the job, or SURVIVED, and the outcome."""
    job = await workload.prepare(pool)
    first_worker = await pool.start("first", is_ready=False, FAILPOINT=failpoint)
    if not await _is_killed(pool, first_worker, job):
        return SURVIVED, await workload.check(pool)
    left = await pool.find(job)
    # With a single job the test knows exactly whether its result is in doubt.
    was_mailed = left is not None and pool.count_mails(left.id) > 0
    is_sending = left is not None and left.state == "sending"
    if failpoint.split(":")[0] in IN_DOUBT_FAILPOINTS:
        assert (is_sending, was_mailed) == (True, True), f"{failpoint}: nothing is in doubt"
    await _finish_with_second_worker(pool, job)
    outcome = await workload.check(pool)
    wanted = is_sending and was_mailed is (job.kind not in AT_MOST_ONCE_KINDS)
    assert outcome.in_doubt == wanted, f"{failpoint}: {outcome.in_doubt} in doubt, not {wanted:d}"
    return left.state if left else "", outcome


async def _is_killed(pool: WorkerPool, first_worker: WorkerProcess, job: Job) -> bool:
    """Return True if the failpoint kills the first worker, during the job or its shutdown."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while first_worker.is_alive and not await _is_finished(pool, job):
            await asyncio.sleep(0.02)  # another process writes the database
    first_worker.send(signal.SIGTERM)
    code = await first_worker.wait()
    assert code in (0, -signal.SIGKILL), f"the first worker ended with {code}"
    return code != 0


async def _finish_with_second_worker(pool: WorkerPool, job: Job) -> None:
    """Start another worker and wait until it has finished the job that the first worker left."""
    await pool.expire_leases()
    await pool.start("second")
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not await _is_finished(pool, job):
            await asyncio.sleep(0.02)  # another process writes the database
    await pool.wait_until_finished()


async def _is_finished(pool: WorkerPool, job: Job) -> bool:
    row = await pool.find(job)
    return row is not None and row.state in FINISHED_STATES


async def killed_with_concurrent_jobs(env: ScenarioEnv) -> Outcome:
    """The same while other mails are being sent: their results may be in doubt, too."""
    outcome = Outcome()
    others = env.size(12, 4)
    for failpoint in REMINDER.failpoints if env.is_full else ["job_finished"]:
        # One sweep fires all reminders; mails share transactions, so there are fewer commits.
        reached = {"reminders_unsaved": 1, "committed": 5}.get(failpoint, others)
        number = env.random.randint(1, reached)
        async with open_worker_pool(env) as pool:
            await pool.add(others)
            job = await REMINDER.prepare(pool)
            first_worker = await pool.start(
                "first", is_ready=False, FAILPOINT=f"{failpoint}:kill:{number}"
            )  # fmt: skip
            assert await first_worker.wait() == -signal.SIGKILL, f"no worker reached {failpoint}"
            await _finish_with_second_worker(pool, job)
            outcome += await pool.check(SHORT_LEASES)
    return outcome


async def killed_in_a_batch(env: ScenarioEnv) -> Outcome:
    """Kill a worker while it sends fifty mails that are due together; another goes on.

    Mails that were not handed over arrive once. Those that were, and are not recorded, arrive twice;
    they are never more than a worker sends at once.
    """
    outcome = Outcome()
    for failpoint in BATCH_FAILPOINTS if env.is_full else ["smtp_accepted"]:
        async with open_worker_pool(env) as pool:
            await pool.add(env.size(50, 25))
            number = env.random.randint(11, len(pool.jobs) - 10)
            first_worker = await pool.start(
                "first", is_ready=False, FAILPOINT=f"{failpoint}:kill:{number}"
            )
            assert await first_worker.wait() == -signal.SIGKILL, f"no worker reached {failpoint}"
            rows = (await pool.rows()).values()
            sending = {row.id for row in rows if row.state == "sending"}
            handed_over = {row.id for row in rows if pool.count_mails(row.id)}
            unrecorded = handed_over - {row.id for row in rows if row.state == "done"}
            assert unrecorded <= sending, "a mail was handed over before `sending` was committed"
            assert 0 < len(sending) <= CONCURRENCY, f"{len(sending)} mails are in doubt"

            await pool.expire_leases()
            await pool.start("second")
            await pool.wait_until_finished()
            outcome += await pool.check(SHORT_LEASES)
            doubled = {job_id for job_id in pool.jobs if pool.count_mails(job_id) == 2}
            # The server may read what a worker sent before its death after this test looked.
            assert unrecorded <= doubled <= sending, f"{len(doubled)} mails arrived twice"
    return outcome


async def paused_past_lease(env: ScenarioEnv) -> Outcome:
    """A worker that was paused past its lease and continues writes nothing: its fence is outdated."""
    async with open_worker_pool(env) as pool:
        (job,) = await pool.add(1)
        pool.smtp.hang(Moment.BEFORE_DOT)
        paused = await pool.start("paused")
        await pool.smtp.wait_for_attempts(1, DEADLINE_SECONDS)
        paused.send(signal.SIGSTOP)
        await pool.expire_leases()
        await pool.start("second")
        await pool.wait_until_finished()
        fence = (await pool.builder.read_job(job)).fence

        paused.send(signal.SIGCONT)
        pool.smtp.release()
        await paused.wait_for_line("another worker has claimed it")
        assert (await pool.builder.read_job(job)).fence == fence
        return await pool.check(SHORT_LEASES)


async def sigterm_while_working(env: ScenarioEnv) -> Outcome:
    """Workers get SIGTERM again and again while they work: no attempt is used, no mail is doubled."""
    async with open_worker_pool(env) as pool:
        await pool.add(env.size(100, 40))
        rounds = env.size(4, 2)
        for number in range(rounds):
            worker = await pool.start(f"worker {number}")
            await pool.smtp.wait_for(len(pool.jobs) * number // rounds + 1, DEADLINE_SECONDS)
            worker.send(signal.SIGTERM)
            assert await worker.wait() == 0, "the worker did not exit cleanly"
        await pool.start("last")
        await pool.wait_until_finished()
        used = Counter((row.attempts, row.crashes) for row in (await pool.rows()).values())
        assert set(used) == {(0, 0)}, f"attempts and crashes: {dict(used)}"
        return await pool.check()


AT_FAILPOINTS = "a worker killed at every failpoint: nothing lost, doubled only where in doubt"
AT_MOST_ONCE = (
    "killed during a digest or notification mail: never doubled, missed only where in doubt"
)
SCENARIOS = (
    Scenario("two-workers", "1,000 jobs, two workers: 1,000 effects", two_workers),
    Scenario(
        "killed-at-every-failpoint", AT_FAILPOINTS, partial(killed_at_every_failpoint, REMINDER)
    ),
    Scenario(
        "killed-during-digest",
        AT_MOST_ONCE,
        partial(killed_at_every_failpoint, DIGEST),
        short_on=("sqlite",),
    ),
    Scenario(
        "killed-during-notifications",
        AT_MOST_ONCE,
        partial(killed_at_every_failpoint, NOTIFICATIONS),
        short_on=("postgres",),
    ),
    Scenario(
        "killed-during-cleanup",
        "killed during clean-up: another worker does it, nothing is left",
        partial(killed_at_every_failpoint, CLEANUP),
        short_on=("sqlite",),
    ),
    Scenario(
        "killed-during-bounce",
        "killed during a mail to a rejected address: bounce recorded once, mail not tried again",
        partial(killed_at_every_failpoint, BOUNCE),
        short_on=("postgres",),
    ),
    Scenario(
        "killed-with-concurrent-jobs",
        "killed while other jobs run: doubled only where in doubt",
        killed_with_concurrent_jobs,
    ),
    Scenario(
        "killed-in-a-batch",
        "killed in the middle of fifty mails: at most ten are in doubt, the others arrive once",
        killed_in_a_batch,
    ),
    Scenario("paused-past-lease", "stopped past its lease and continued", paused_past_lease),
    Scenario(
        "sigterm-while-working", "SIGTERM while it works: no attempt used", sigterm_while_working
    ),
)
