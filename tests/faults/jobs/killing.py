"""Workers that die, stand still, or share."""

import ast
import asyncio
import signal
from collections import Counter

from shared.settings import ROOT
from shared.tables.jobs import JobRow
from shared.tables.reminders import ReminderRow
from tests.faults.jobs.crew import DEADLINE_SECONDS, Crew, a_crew
from tests.faults.suite import Outcome, Scenario, Stage
from tests.services.smtp import Moment
from tests.worker.rows import left

# Of a worker that dies between the server's 250 and its own commit nobody knows it.
IN_DOUBT = {"smtp_accepted", "effect_unsaved"}


def failpoints() -> list[str]:
    """Returns every named place of the source at which a worker can be told to die."""
    found = set()
    for folder in ("shared", "worker"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "failpoints.reach":
                    found.add(ast.literal_eval(node.args[0]))
    return sorted(found)


async def share(stage: Stage) -> Outcome:
    """Two workers do a thousand jobs, each once."""
    async with a_crew(stage) as crew:
        await crew.start("one")
        await crew.start("two")
        await crew.add(stage.size(1000, 60))
        await crew.over()
        return await crew.check()


async def die_anywhere(stage: Stage) -> Outcome:
    """At each place a worker is killed over a reminder, which passes all of them; another goes on."""
    outcome = Outcome()
    for place in failpoints():
        async with a_crew(stage) as crew:
            here = await _die_at(crew, place, beside=0)
        # Alone, it is known exactly what is in doubt.
        wanted = 1 if place in IN_DOUBT else 0
        assert here.ambiguous == wanted, f"{place}: {here.ambiguous} mails twice"
        outcome += here
    return outcome


async def die_in_company(stage: Stage) -> Outcome:
    """The same with other mails under way: those may be at the place where there is doubt."""
    outcome = Outcome()
    for place in failpoints() if stage.is_full else ["job_finished"]:
        async with a_crew(stage) as crew:
            outcome += await _die_at(crew, place, beside=stage.size(12, 4))
    return outcome


async def _die_at(crew: Crew, place: str, beside: int) -> Outcome:
    scene, stage = crew.scene, crew.stage
    ana = await stage.world.person()
    await crew.add(beside, ana)
    todo_id = await scene.todo(await scene.make_list(ana))
    reminder = await scene.reminder(todo_id, ana.user_id, scene.now)
    known = await left(stage.resources, JobRow.id)

    victim = await crew.start("victim", is_ready=False, FAILPOINT=f"{place}:kill")
    assert await victim.wait() == -signal.SIGKILL, f"nobody came by {place}"
    await crew.expire_leases()
    await crew.start("heir")
    await _until_sent(crew, reminder)

    crew.jobs += [
        one
        for one in await left(stage.resources, JobRow.id) - known
        if (await scene.job(one)).kind == "send_reminder"
    ]
    return await crew.check()


async def _until_sent(crew: Crew, reminder: str) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while (await crew.scene.row(ReminderRow, reminder)).state != "sent":
            await asyncio.sleep(0.02)  # another process writes the database
    await crew.over()


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
        fence = (await crew.scene.job(job)).fence

        sleeper.send(signal.SIGCONT)
        crew.smtp.release()
        await sleeper.wait_for_line("another worker's now")
        assert (await crew.scene.job(job)).fence == fence
        return await crew.check()


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


SCENARIOS = (
    Scenario("two-workers", "1,000 jobs, two workers: 1,000 effects", share),
    Scenario(
        "killed-anywhere",
        "a worker killed at every failpoint: nothing lost, doubled only in doubt",
        die_anywhere,
    ),
    Scenario("killed-in-company", "killed among others: doubled only in doubt", die_in_company),
    Scenario("stands-still", "stopped past its lease and continued", stand_still),
    Scenario("told-to-stop", "told to stop while it works: no attempt used", stop_in_order),
)
