"""A worker host has a wrong clock, or no worker runs for days."""

from datetime import timedelta

from shared.contract.jobs import SendReminder
from shared.tables.reminders import ReminderRow
from tests.support.faults import worker_variants
from tests.support.faults.scenarios import Outcome, Scenario, ScenarioEnv
from tests.support.faults.worker_pool import WorkerPool, open_worker_pool

HOUR = timedelta(hours=1)


async def wrong_clock(env: ScenarioEnv) -> Outcome:
    """A worker host an hour ahead, then one an hour behind: the database's clock says what is due."""
    outcome = Outcome()
    for hours in (1, -1):
        async with open_worker_pool(env) as pool:
            due = await _scheduled_reminders(pool, [-HOUR / 60] * env.size(20, 3))
            pool.expect(*map(_mail_of, due))
            not_due = await _scheduled_reminders(pool, [HOUR / 2])
            await pool.add(env.size(20, 3))
            await pool.start(f"host {hours:+} h", worker_variants.with_shifted_clock(hours))
            await _wait_for_states(pool, due, {"sent"})
            await _wait_for_states(pool, not_due, {"scheduled"})
            outcome += await pool.check()
    return outcome


async def worker_down_for_days(env: ScenarioEnv) -> Outcome:
    """After three days without a worker, reminders of the last day are mailed late, others are missed."""
    async with open_worker_pool(env) as pool:
        count = env.size(20, 3)
        late = await _scheduled_reminders(pool, [-HOUR * 23] * count)
        missed = await _scheduled_reminders(pool, [-HOUR * 25, -HOUR * 72] * count)
        # The same for reminders that had fired and whose mail was not sent yet.
        late += await _fired_reminders(pool, [-HOUR * 23] * count)
        missed += await _fired_reminders(pool, [-HOUR * 25, -HOUR * 72] * count)
        pool.expect(*map(_mail_of, late))
        await pool.start("worker")
        await _wait_for_states(pool, late, {"sent"})
        await _wait_for_states(pool, missed, {"missed"})
        return await pool.check()


async def _fired_reminders(pool: WorkerPool, ages: list[timedelta]) -> list[str]:
    """Return reminders that fired at those times, each with a job that is still queued."""
    fired = await _scheduled_reminders(pool, ages)
    for reminder_id in fired:
        await pool.builder.update_row(ReminderRow, reminder_id, state="sending")
        await pool.builder.add_job(_mail_of(reminder_id), dedupe_key=f"reminder:{reminder_id}:1")
    return fired


async def _scheduled_reminders(pool: WorkerPool, ages: list[timedelta]) -> list[str]:
    ana = await pool.env.world.user()
    todo_id = await pool.builder.add_todo(await pool.builder.make_list(ana))
    now = pool.builder.now
    return [await pool.builder.add_reminder(todo_id, ana.user_id, now + age) for age in ages]


def _mail_of(reminder_id: str) -> SendReminder:
    return SendReminder(reminder_id=reminder_id, occurrence=1)


async def _wait_for_states(pool: WorkerPool, reminders: list[str], wanted: set[str]) -> None:
    """Wait until the reminders are in exactly these states and no due job is left."""
    found: set[str] = set()
    for _ in range(500):
        await pool.wait_until_finished()
        rows = [await pool.builder.read_row(ReminderRow, reminder_id) for reminder_id in reminders]
        found = {row.state for row in rows}
        if found == wanted:
            return
    raise AssertionError(f"reminders are {found}, not {wanted}")


SCENARIOS = (
    Scenario("wrong-clock", "clock ± 1 h", wrong_clock),
    Scenario(
        "worker-down-for-days",
        "worker away three days: one late reminder, else missed",
        worker_down_for_days,
    ),
)
