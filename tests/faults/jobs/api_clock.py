"""An API host whose clock is an hour wrong: what is asked of it happens when it should."""

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
    """A reminder of the next hour fires; and what is told of in a window is all in its one mail."""
    outcome = Outcome()
    for hours in (1, -1):
        async with open_worker_pool(env) as pool:
            await pool.start(f"beside {hours:+d} h")
            outcome += await _ask_a_wrong_host(pool, hours)
    return outcome


async def _ask_a_wrong_host(pool: WorkerPool, hours: int) -> Outcome:
    ana, ben = await pool.env.world.user("Ana"), await pool.env.world.user("Ben")
    now = pool.builder.now
    soon = (now + SOON).replace(microsecond=0)
    async with _wrong_host(pool, hours) as host:
        home = await host.make_list({ana: OWNER, ben: EDITOR})
        due = {"at": f"{soon:%Y-%m-%dT%H:%M:%S}", "zone": "UTC"}
        todo = await host.add_todo(ana, home, "Feed the cat", due=due)
        path = f"/todos/{todo['id']}/reminders"
        reminder = (await host.request(ana, "POST", path, {"minutes_before": 0})).json()
        assert reminder["fires_at"] == as_rfc3339(soon), f"{hours:+d} h: {reminder['fires_at']}"
        await _assign(host, ana, todo, ben)
        # Mailed by now, the first would be alone, and the second never told of.
        [window] = await _windows_of(pool, ben)
        waiting = await pool.find(window)
        assert waiting.run_at > window.until > now, f"{hours:+d} h: due at {waiting.run_at}"
        await _assign(host, ana, await host.add_todo(ana, home, "Water the plants"), ben)
    jobs = await _windows_of(pool, ben)
    pool.expect(*jobs, SendReminder(reminder_id=reminder["id"], occurrence=1))
    await _half_an_hour(pool, reminder["id"])
    await pool.smtp.wait_for(len(jobs) + 1, deadline=60.0)
    await pool.over()
    told = "".join(one.body() for one in pool.smtp.received if "Reminder" not in one.subject)
    assert "Feed the cat" in told, "the first was never told of"
    assert "Water the plants" in told, "the second was never told of"
    return await pool.check("half an hour, and the windows of mail, cut short")


async def _assign(host: ListBuilder, ana: Actor, todo: dict[str, Any], ben: Actor) -> None:
    answer = await host.request(ana, "PATCH", f"/todos/{todo['id']}", {"assignees": [ben.user_id]})
    assert answer.status_code == 200, answer.text


async def _windows_of(pool: WorkerPool, ben: Actor) -> list[SendNotifications]:
    async with pool.env.resources.begin_read() as read:
        mine = (JobRow.kind == SendNotifications.kind) & (JobRow.fairness_key == ben.user_id)
        found = await read.connection.scalars(select(JobRow.payload).where(mine))
        # One; two when a window ended meanwhile.
        return [SendNotifications.model_validate(payload) for payload in found]


async def _half_an_hour(pool: WorkerPool, reminder_id: str) -> None:
    """What it would do: what waits for a time that is to come is due."""
    await pool.make_all_due()
    async with pool.env.resources.begin() as work:
        to_come = (ReminderRow.id == reminder_id) & ReminderRow.next_fire_at.is_not(None)
        await work.connection.execute(
            update(ReminderRow).where(to_come).values(next_fire_at=work.now)
        )


@asynccontextmanager
async def _wrong_host(pool: WorkerPool, hours: int) -> AsyncIterator[ListBuilder]:
    """Yields an API in this process, whose clock is wrong as long as it runs, and its client's."""
    settings, right = pool.env.settings, ManualClock(pool.builder.now)
    async with open_resources(settings, right) as resources:
        with _clock_ahead(hours):
            async with running_app(settings) as app, client_of(app) as client:
                yield ListBuilder(resources, client, settings, app.state.resources)


@contextmanager
def _clock_ahead(hours: int) -> Iterator[None]:
    before = clock.datetime  # type: ignore[attr-defined]
    worker_variants.wrong_clock(hours)
    try:
        yield
    finally:
        clock.datetime = before  # type: ignore[attr-defined]


SCENARIOS = (
    Scenario(
        "wrong-clock-api", "clock ± 1 h: of an API host", wrong_api_clock, small_on=("postgres",)
    ),
)
