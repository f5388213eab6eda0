"""Hosts whose clock is wrong, and workers that were away for days."""

from datetime import timedelta

from shared.contract.jobs import SendReminder
from shared.tables.reminders import ReminderRow
from tests.support.faults import worker_variants
from tests.support.faults.scenarios import Outcome, Scenario, Stage
from tests.support.faults.worker_pool import Crew, a_crew

HOUR = timedelta(hours=1)


async def wrong_clock(stage: Stage) -> Outcome:
    """A host an hour ahead, and one an hour behind: what is due is due by the database's clock."""
    outcome = Outcome()
    for hours in (1, -1):
        async with a_crew(stage) as crew:
            due = await _reminders(crew, [-HOUR / 60] * stage.size(20, 3))
            crew.expect(*map(_mail_of, due))
            not_due = await _reminders(crew, [HOUR / 2])
            await crew.add(stage.size(20, 3))
            await crew.start(f"host {hours:+} h", worker_variants.clock_ahead(hours))
            await _states(crew, due, {"sent"})
            await _states(crew, not_due, {"scheduled"})
            outcome += await crew.check()
    return outcome


async def days_away(stage: Stage) -> Outcome:
    """After three days without a worker: one late mail of the last day's, the others missed."""
    async with a_crew(stage) as crew:
        count = stage.size(20, 3)
        late = await _reminders(crew, [-HOUR * 23] * count)
        missed = await _reminders(crew, [-HOUR * 25, -HOUR * 72] * count)
        # The same of some that had fired, and whose mail was still to go out.
        late += await _fired(crew, [-HOUR * 23] * count)
        missed += await _fired(crew, [-HOUR * 25, -HOUR * 72] * count)
        crew.expect(*map(_mail_of, late))
        await crew.start("worker")
        await _states(crew, late, {"sent"})
        await _states(crew, missed, {"missed"})
        return await crew.check()


async def _fired(crew: Crew, ages: list[timedelta]) -> list[str]:
    """Returns reminders that fired at those times, each with its job, which nobody has done."""
    fired = await _reminders(crew, ages)
    for one in fired:
        await crew.builder.change(ReminderRow, one, state="sending")
        await crew.builder.add(_mail_of(one), dedupe_key=f"reminder:{one}:1")
    return fired


async def _reminders(crew: Crew, ages: list[timedelta]) -> list[str]:
    ana = await crew.stage.world.user()
    todo_id = await crew.builder.todo(await crew.builder.make_list(ana))
    now = crew.builder.now
    return [await crew.builder.reminder(todo_id, ana.user_id, now + age) for age in ages]


def _mail_of(reminder_id: str) -> SendReminder:
    return SendReminder(reminder_id=reminder_id, occurrence=1)


async def _states(crew: Crew, reminders: list[str], wanted: set[str]) -> None:
    """They are all in one of these states, once nothing that is due is left to do."""
    found: set[str] = set()
    for _ in range(500):
        await crew.over()
        found = {(await crew.builder.row(ReminderRow, one)).state for one in reminders}
        if found == wanted:
            return
    raise AssertionError(f"reminders are {found}, not {wanted}")


SCENARIOS = (
    Scenario("wrong-clock", "clock ± 1 h", wrong_clock),
    Scenario("days-away", "worker away three days: one late reminder, else missed", days_away),
)
