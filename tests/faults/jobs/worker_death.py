"""Workers that die, stand still, or share."""

import asyncio
import signal
from collections import Counter
from collections.abc import Iterable
from functools import partial
from itertools import count

from shared.contract.jobs import Job
from tests.support.faults.effects import NEVER_TWICE
from tests.support.faults.forked_workers import Fork
from tests.support.faults.scenarios import Outcome, Scenario, Stage
from tests.support.faults.worker_pool import DEADLINE_SECONDS, OVER, Crew, a_crew
from tests.support.faults.workloads import (
    CHORE,
    CUT,
    DIGEST,
    NOTIFICATIONS,
    REFUSAL,
    REMINDER,
    Errand,
)
from tests.support.services.smtp import Moment

# Of a worker that dies between the server's 250 and its own commit nobody knows it.
IN_DOUBT = {"smtp_accepted", "effect_unsaved"}
SURVIVED = "survived"


async def share(stage: Stage) -> Outcome:
    """Two workers do a thousand jobs, each once."""
    async with a_crew(stage) as crew:
        await crew.start("one")
        await crew.start("two")
        await crew.add(stage.size(1000, 60))
        await crew.over()
        return await crew.check()


async def die_anywhere(errand: Errand, stage: Stage) -> Outcome:
    """At each place, each time one comes by, a worker is killed over the errand; another goes on."""
    outcome, deaths, states = Outcome(), 0, set()
    for place in errand.places:
        for number in _times(stage, place):
            async with a_crew(stage) as crew:
                state, here = await _die_at(crew, errand, f"{place}:kill:{number}")
            outcome += here
            if state == SURVIVED:
                assert stage.is_full, f"nobody came by {place} for the {number}th time"
                assert number > 1, f"nobody came by {place}"
                break
            deaths += 1
            states |= {"over" if state in OVER else state} if place == "committed" else set()
    if stage.is_full:
        wanted = {"queued", "leased", "over"} | ({"sending"} if errand is not CHORE else set())
        assert states >= wanted, f"died at commits when it was {states}, not {wanted - states}"
    return outcome + Outcome(note=f"{deaths} deaths")


def _times(stage: Stage, place: str) -> Iterable[int]:
    """Returns at the how-manieth time one dies there. Without an end: until somebody survives."""
    if stage.is_full:
        return count(1)
    # Its first commits are a heartbeat and what is due this hour: not the job's.
    return (stage.random.randint(4, 6),) if place == "committed" else (1,)


async def _die_at(crew: Crew, errand: Errand, failpoint: str) -> tuple[str, Outcome]:
    """Returns the state in which the victim left the job, or SURVIVED, and the outcome."""
    job = await errand.prepare(crew)
    victim = await crew.start("victim", is_ready=False, FAILPOINT=failpoint)
    if not await _is_killed(crew, victim, job):
        return SURVIVED, await errand.check(crew)
    left = await crew.find(job)
    # Alone, it is known exactly what is in doubt.
    was_mailed = left is not None and crew.mails_of(left.id) > 0
    in_doubt = left is not None and left.state == "sending"
    if failpoint.split(":")[0] in IN_DOUBT:
        assert (in_doubt, was_mailed) == (True, True), f"{failpoint}: no doubt at all"
    await _inherit(crew, job)
    outcome = await errand.check(crew)
    wanted = in_doubt and was_mailed is (job.kind not in NEVER_TWICE)
    assert outcome.ambiguous == wanted, f"{failpoint}: {outcome.ambiguous} in doubt, not {wanted:d}"
    return left.state if left else "", outcome


async def _is_killed(crew: Crew, victim: Fork, job: Job) -> bool:
    """Tells whether the victim dies over the job, or on its way out; else it has ended in order."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while victim.is_alive and not await _is_over(crew, job):
            await asyncio.sleep(0.02)  # another process writes the database
    victim.send(signal.SIGTERM)
    code = await victim.wait()
    assert code in (0, -signal.SIGKILL), f"the victim ended with {code}"
    return code != 0


async def _inherit(crew: Crew, job: Job) -> None:
    """Another worker has ended what the victim left."""
    await crew.expire_leases()
    await crew.start("heir")
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not await _is_over(crew, job):
            await asyncio.sleep(0.02)  # another process writes the database
    await crew.over()


async def _is_over(crew: Crew, job: Job) -> bool:
    row = await crew.find(job)
    return row is not None and row.state in OVER


async def die_in_company(stage: Stage) -> Outcome:
    """The same with other mails under way: those may be at the place where there is doubt."""
    outcome = Outcome()
    beside = stage.size(12, 4)
    for place in REMINDER.places if stage.is_full else ["job_finished"]:
        # One sweep fires them all.
        number = 1 if place == "reminders_unsaved" else stage.random.randint(1, beside)
        async with a_crew(stage) as crew:
            await crew.add(beside)
            job = await REMINDER.prepare(crew)
            victim = await crew.start(
                "victim", is_ready=False, FAILPOINT=f"{place}:kill:{number}"
            )  # fmt: skip
            assert await victim.wait() == -signal.SIGKILL, f"nobody came by {place}"
            await _inherit(crew, job)
            outcome += await crew.check(CUT)
    return outcome


async def stand_still(stage: Stage) -> Outcome:
    """A worker is stopped past its lease and goes on afterwards: it writes nothing any more."""
    async with a_crew(stage) as crew:
        (job,) = await crew.add(1)
        crew.smtp.hang(Moment.BEFORE_DOT)
        sleeper = await crew.start("sleeper")
        await crew.smtp.wait_for_attempts(1, DEADLINE_SECONDS)
        sleeper.send(signal.SIGSTOP)
        await crew.expire_leases()
        await crew.start("heir")
        await crew.over()
        fence = (await crew.builder.job(job)).fence

        sleeper.send(signal.SIGCONT)
        crew.smtp.release()
        await sleeper.wait_for_line("another worker's now")
        assert (await crew.builder.job(job)).fence == fence
        return await crew.check(CUT)


async def stop_in_order(stage: Stage) -> Outcome:
    """Workers are told to stop again and again while they work: no attempt is used, none doubled."""
    async with a_crew(stage) as crew:
        await crew.add(stage.size(100, 40))
        rounds = stage.size(4, 2)
        for number in range(rounds):
            worker = await crew.start(f"worker {number}")
            await crew.smtp.wait_for(len(crew.jobs) * number // rounds + 1, DEADLINE_SECONDS)
            worker.send(signal.SIGTERM)
            assert await worker.wait() == 0, "it did not stop in order"
        await crew.start("last")
        await crew.over()
        used = Counter((row.attempts, row.crashes) for row in (await crew.rows()).values())
        assert set(used) == {(0, 0)}, f"attempts and crashes: {dict(used)}"
        return await crew.check()


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
