"""Hosts whose clock is wrong, and workers that were away for days."""

from datetime import timedelta

from shared.contract.jobs import SendReminder
from shared.tables.reminders import ReminderRow
from tests.support.faults import worker_variants
from tests.support.faults.scenarios import Outcome, Scenario, ScenarioEnv
from tests.support.faults.worker_pool import WorkerPool, open_worker_pool

HOUR = timedelta(hours=1)


async def wrong_clock(env: ScenarioEnv) -> Outcome:
    """A host an hour ahead, and one an hour behind: what is due is due by the database's clock."""
    outcome = Outcome()
    for hours in (1, -1):
        async with open_worker_pool(env) as pool:
            due = await _reminders(pool, [-HOUR / 60] * env.size(20, 3))
            pool.expect(*map(_mail_of, due))
            not_due = await _reminders(pool, [HOUR / 2])
            await pool.add(env.size(20, 3))
            await pool.start(f"host {hours:+} h", worker_variants.clock_ahead(hours))
            await _states(pool, due, {"sent"})
            await _states(pool, not_due, {"scheduled"})
            outcome += await pool.check()
    return outcome


async def days_away(env: ScenarioEnv) -> Outcome:
    """After three days without a worker: one late mail of the last day's, the others missed."""
    async with open_worker_pool(env) as pool:
        count = env.size(20, 3)
        late = await _reminders(pool, [-HOUR * 23] * count)
        missed = await _reminders(pool, [-HOUR * 25, -HOUR * 72] * count)
        # The same of some that had fired, and whose mail was still to go out.
        late += await _fired(pool, [-HOUR * 23] * count)
        missed += await _fired(pool, [-HOUR * 25, -HOUR * 72] * count)
        pool.expect(*map(_mail_of, late))
        await pool.start("worker")
        await _states(pool, late, {"sent"})
        await _states(pool, missed, {"missed"})
        return await pool.check()


async def _fired(pool: WorkerPool, ages: list[timedelta]) -> list[str]:
    """Returns reminders that fired at those times, each with its job, which nobody has done."""
    fired = await _reminders(pool, ages)
    for one in fired:
        await pool.builder.update_row(ReminderRow, one, state="sending")
        await pool.builder.add_job(_mail_of(one), dedupe_key=f"reminder:{one}:1")
    return fired


async def _reminders(pool: WorkerPool, ages: list[timedelta]) -> list[str]:
    ana = await pool.env.world.user()
    todo_id = await pool.builder.add_todo(await pool.builder.make_list(ana))
    now = pool.builder.now
    return [await pool.builder.add_reminder(todo_id, ana.user_id, now + age) for age in ages]


def _mail_of(reminder_id: str) -> SendReminder:
    return SendReminder(reminder_id=reminder_id, occurrence=1)


async def _states(pool: WorkerPool, reminders: list[str], wanted: set[str]) -> None:
    """They are all in one of these states, once nothing that is due is left to do."""
    found: set[str] = set()
    for _ in range(500):
        await pool.over()
        found = {(await pool.builder.read_row(ReminderRow, one)).state for one in reminders}
        if found == wanted:
            return
    raise AssertionError(f"reminders are {found}, not {wanted}")


SCENARIOS = (
    Scenario("wrong-clock", "clock ± 1 h", wrong_clock),
    Scenario("days-away", "worker away three days: one late reminder, else missed", days_away),
)
