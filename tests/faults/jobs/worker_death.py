"""Workers that die, stand still, or share."""

import asyncio
import signal
from collections import Counter
from collections.abc import Iterable
from functools import partial
from itertools import count

from shared.contract.jobs import Job
from tests.support.faults.effects import AT_MOST_ONCE_KINDS
from tests.support.faults.forked_workers import WorkerProcess
from tests.support.faults.scenarios import Outcome, Scenario, ScenarioEnv
from tests.support.faults.worker_pool import (
    DEADLINE_SECONDS,
    FINISHED_STATES,
    WorkerPool,
    open_worker_pool,
)
from tests.support.faults.workloads import (
    CHORE,
    CUT,
    DIGEST,
    NOTIFICATIONS,
    REFUSAL,
    REMINDER,
    Workload,
)
from tests.support.services.smtp import Moment

# Of a worker that dies between the server's 250 and its own commit nobody knows it.
IN_DOUBT = {"smtp_accepted", "effect_unsaved"}
SURVIVED = "survived"


async def share(env: ScenarioEnv) -> Outcome:
    """Two workers do a thousand jobs, each once."""
    async with open_worker_pool(env) as pool:
        await pool.start("one")
        await pool.start("two")
        await pool.add(env.size(1000, 60))
        await pool.over()
        return await pool.check()


async def die_anywhere(workload: Workload, env: ScenarioEnv) -> Outcome:
    """At each place, each time one comes by, a worker is killed over the errand; another goes on."""
    outcome, deaths, states = Outcome(), 0, set()
    for place in workload.places:
        for number in _times(env, place):
            async with open_worker_pool(env) as pool:
                state, here = await _die_at(pool, workload, f"{place}:kill:{number}")
            outcome += here
            if state == SURVIVED:
                assert env.is_full, f"nobody came by {place} for the {number}th time"
                assert number > 1, f"nobody came by {place}"
                break
            deaths += 1
            states |= (
                {"over" if state in FINISHED_STATES else state} if place == "committed" else set()
            )
    if env.is_full:
        wanted = {"queued", "leased", "over"} | ({"sending"} if workload is not CHORE else set())
        assert states >= wanted, f"died at commits when it was {states}, not {wanted - states}"
    return outcome + Outcome(note=f"{deaths} deaths")


def _times(env: ScenarioEnv, place: str) -> Iterable[int]:
    """Returns at the how-manieth time one dies there. Without an end: until somebody survives."""
    if env.is_full:
        return count(1)
    # Its first commits are a heartbeat and what is due this hour: not the job's.
    return (env.random.randint(4, 6),) if place == "committed" else (1,)


async def _die_at(pool: WorkerPool, workload: Workload, failpoint: str) -> tuple[str, Outcome]:
    """Returns the state in which the victim left the job, or SURVIVED, and the outcome."""
    job = await workload.prepare(pool)
    victim = await pool.start("victim", is_ready=False, FAILPOINT=failpoint)
    if not await _is_killed(pool, victim, job):
        return SURVIVED, await workload.check(pool)
    left = await pool.find(job)
    # Alone, it is known exactly what is in doubt.
    was_mailed = left is not None and pool.count_mails(left.id) > 0
    in_doubt = left is not None and left.state == "sending"
    if failpoint.split(":")[0] in IN_DOUBT:
        assert (in_doubt, was_mailed) == (True, True), f"{failpoint}: no doubt at all"
    await _inherit(pool, job)
    outcome = await workload.check(pool)
    wanted = in_doubt and was_mailed is (job.kind not in AT_MOST_ONCE_KINDS)
    assert outcome.ambiguous == wanted, f"{failpoint}: {outcome.ambiguous} in doubt, not {wanted:d}"
    return left.state if left else "", outcome


async def _is_killed(pool: WorkerPool, victim: WorkerProcess, job: Job) -> bool:
    """Tells whether the victim dies over the job, or on its way out; else it has ended in order."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while victim.is_alive and not await _is_over(pool, job):
            await asyncio.sleep(0.02)  # another process writes the database
    victim.send(signal.SIGTERM)
    code = await victim.wait()
    assert code in (0, -signal.SIGKILL), f"the victim ended with {code}"
    return code != 0


async def _inherit(pool: WorkerPool, job: Job) -> None:
    """Another worker has ended what the victim left."""
    await pool.expire_leases()
    await pool.start("heir")
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not await _is_over(pool, job):
            await asyncio.sleep(0.02)  # another process writes the database
    await pool.over()


async def _is_over(pool: WorkerPool, job: Job) -> bool:
    row = await pool.find(job)
    return row is not None and row.state in FINISHED_STATES


async def die_in_company(env: ScenarioEnv) -> Outcome:
    """The same with other mails under way: those may be at the place where there is doubt."""
    outcome = Outcome()
    beside = env.size(12, 4)
    for place in REMINDER.places if env.is_full else ["job_finished"]:
        # One sweep fires them all.
        number = 1 if place == "reminders_unsaved" else env.random.randint(1, beside)
        async with open_worker_pool(env) as pool:
            await pool.add(beside)
            job = await REMINDER.prepare(pool)
            victim = await pool.start(
                "victim", is_ready=False, FAILPOINT=f"{place}:kill:{number}"
            )  # fmt: skip
            assert await victim.wait() == -signal.SIGKILL, f"nobody came by {place}"
            await _inherit(pool, job)
            outcome += await pool.check(CUT)
    return outcome


async def stand_still(env: ScenarioEnv) -> Outcome:
    """A worker is stopped past its lease and goes on afterwards: it writes nothing any more."""
    async with open_worker_pool(env) as pool:
        (job,) = await pool.add(1)
        pool.smtp.hang(Moment.BEFORE_DOT)
        sleeper = await pool.start("sleeper")
        await pool.smtp.wait_for_attempts(1, DEADLINE_SECONDS)
        sleeper.send(signal.SIGSTOP)
        await pool.expire_leases()
        await pool.start("heir")
        await pool.over()
        fence = (await pool.builder.read_job(job)).fence

        sleeper.send(signal.SIGCONT)
        pool.smtp.release()
        await sleeper.wait_for_line("another worker's now")
        assert (await pool.builder.read_job(job)).fence == fence
        return await pool.check(CUT)


async def stop_in_order(env: ScenarioEnv) -> Outcome:
    """Workers are told to stop again and again while they work: no attempt is used, none doubled."""
    async with open_worker_pool(env) as pool:
        await pool.add(env.size(100, 40))
        rounds = env.size(4, 2)
        for number in range(rounds):
            worker = await pool.start(f"worker {number}")
            await pool.smtp.wait_for(len(pool.jobs) * number // rounds + 1, DEADLINE_SECONDS)
            worker.send(signal.SIGTERM)
            assert await worker.wait() == 0, "it did not stop in order"
        await pool.start("last")
        await pool.over()
        used = Counter((row.attempts, row.crashes) for row in (await pool.rows()).values())
        assert set(used) == {(0, 0)}, f"attempts and crashes: {dict(used)}"
        return await pool.check()


ANYWHERE = "a worker killed at every failpoint: nothing lost, doubled only in doubt"
ONCE = "killed over a digest or what somebody was told: never doubled, missed only in doubt"
SCENARIOS = (
    Scenario("two-workers", "1,000 jobs, two workers: 1,000 effects", share),
    Scenario("killed-anywhere", ANYWHERE, partial(die_anywhere, REMINDER)),
    Scenario("killed-over-digest", ONCE, partial(die_anywhere, DIGEST), small_on=("sqlite",)),
    Scenario(
        "killed-over-notifications",
        ONCE,
        partial(die_anywhere, NOTIFICATIONS),
        small_on=("postgres",),
    ),
    Scenario(
        "killed-over-chore",
        "killed over clean-up: another does it, nothing is left",
        partial(die_anywhere, CHORE),
        small_on=("sqlite",),
    ),
    Scenario(
        "killed-over-a-refusal",
        "killed over an address that is refused: noted once, and not tried again",
        partial(die_anywhere, REFUSAL),
        small_on=("postgres",),
    ),
    Scenario("killed-in-company", "killed among others: doubled only in doubt", die_in_company),
    Scenario("stands-still", "stopped past its lease and continued", stand_still),
    Scenario("told-to-stop", "told to stop while it works: no attempt used", stop_in_order),
)
