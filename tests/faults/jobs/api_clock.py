"""An API host whose clock is an hour wrong still schedules reminders and notifications correctly."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from shared import clock
from shared.actor import Actor
from shared.clock import as_rfc3339
from shared.contract.jobs import SendNotifications, SendReminder
from shared.resources import open_resources
from shared.tables.jobs import JobRow
from shared.tables.reminders import ReminderRow
from tests.support.api_server import client_of, running_app
from tests.support.clock import ManualClock
from tests.support.faults import worker_variants
from tests.support.faults.scenarios import Outcome, Scenario, ScenarioEnv
from tests.support.faults.worker_pool import WorkerPool, open_worker_pool
from tests.support.features.list_builder import EDITOR, OWNER, ListBuilder

SOON = timedelta(minutes=30)


async def wrong_api_clock(env: ScenarioEnv) -> Outcome:
    """Use an API with a wrong clock: a reminder within the hour fires, and notifications share a mail.

    All notifications of a mail window (shared/notifications/rules.py) are mailed together.
    """
    outcome = Outcome()
    for hours in (1, -1):
        async with open_worker_pool(env) as pool:
            await pool.start(f"with API {hours:+d} h")
            outcome += await _use_wrong_host(pool, hours)
    return outcome


async def _use_wrong_host(pool: WorkerPool, hours: int) -> Outcome:
    ana, ben = await pool.env.world.user("Ana"), await pool.env.world.user("Ben")
    now = pool.builder.now
    soon = (now + SOON).replace(microsecond=0)
    async with _wrong_host(pool, hours) as builder:
        home = await builder.make_list({ana: OWNER, ben: EDITOR})
        due = {"at": f"{soon:%Y-%m-%dT%H:%M:%S}", "zone": "UTC"}
        todo = await builder.add_todo(ana, home, "Feed the cat", due=due)
        path = f"/todos/{todo['id']}/reminders"
        reminder = (await builder.request(ana, "POST", path, {"minutes_before": 0})).json()
        assert reminder["fires_at"] == as_rfc3339(soon), f"{hours:+d} h: {reminder['fires_at']}"
        await _assign(builder, ana, todo, ben)
        # If the job ran before the window ends, its mail would hold only the first notification, and the
        # second would get none.
        [job] = await _notification_jobs_of(pool, ben)
        waiting = await pool.find(job)
        assert waiting.run_at > job.until > now, f"{hours:+d} h: due at {waiting.run_at}"
        await _assign(builder, ana, await builder.add_todo(ana, home, "Water the plants"), ben)
    jobs = await _notification_jobs_of(pool, ben)
    pool.expect(*jobs, SendReminder(reminder_id=reminder["id"], occurrence=1))
    await _skip_half_an_hour(pool, reminder["id"])
    await pool.smtp.wait_for(len(jobs) + 1)
    await pool.wait_until_finished()
    bodies = "".join(mail.body() for mail in pool.smtp.received if "Reminder" not in mail.subject)
    assert "Feed the cat" in bodies, "the first notification was not mailed"
    assert "Water the plants" in bodies, "the second notification was not mailed"
    return await pool.check("half an hour and the mail windows cut short")


async def _assign(builder: ListBuilder, ana: Actor, todo: dict[str, Any], ben: Actor) -> None:
    answer = await builder.request(
        ana, "PATCH", f"/todos/{todo['id']}", {"assignees": [ben.user_id]}
    )
    assert answer.status_code == 200, answer.text


async def _notification_jobs_of(pool: WorkerPool, user: Actor) -> list[SendNotifications]:
    """Return the user's notification jobs: one, or two if a mail window ended meanwhile."""
    async with pool.env.resources.begin_read() as read:
        of_user = (JobRow.kind == SendNotifications.kind) & (JobRow.fairness_key == user.user_id)
        found = await read.connection.scalars(select(JobRow.payload).where(of_user))
        return [SendNotifications.model_validate(payload) for payload in found]


async def _skip_half_an_hour(pool: WorkerPool, reminder_id: str) -> None:
    """Make every waiting job and the reminder due now."""
    await pool.make_all_due()
    async with pool.env.resources.begin() as work:
        scheduled = (ReminderRow.id == reminder_id) & ReminderRow.next_fire_at.is_not(None)
        await work.connection.execute(
            update(ReminderRow).where(scheduled).values(next_fire_at=work.now)
        )


@asynccontextmanager
async def _wrong_host(pool: WorkerPool, hours: int) -> AsyncIterator[ListBuilder]:
    """Yield the builder of an API in this process whose clock is wrong until the block ends."""
    settings, right = pool.env.settings, ManualClock(pool.builder.now)
    async with open_resources(settings, right) as resources:
        with _shifted_clock(hours):
            async with running_app(settings) as app, client_of(app) as client:
                yield ListBuilder(resources, client, settings, app.state.resources)


@contextmanager
def _shifted_clock(hours: int) -> Iterator[None]:
    before = clock.datetime  # type: ignore[attr-defined]
    worker_variants.shift_clock(hours)
    try:
        yield
    finally:
        clock.datetime = before  # type: ignore[attr-defined]


SCENARIOS = (
    Scenario(
        "wrong-clock-api", "clock ± 1 h: of an API host", wrong_api_clock, short_on=("postgres",)
    ),
)
