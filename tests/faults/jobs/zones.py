"""Reminders in every time zone: ten years computed for all, five years fired for the unusual ones.

The fired years are in the past, because jobs are claimed by the database's clock, which a test cannot
set: what was due in 2016 is due now.
"""

import asyncio
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import cycle

from shared.actor import Actor
from shared.contract.jobs import SendReminder
from shared.ids import TodoId
from shared.reminders.commands import set_reminder
from shared.reminders.rules import ReminderTrigger
from shared.resources import open_resources
from shared.tables.reminders import ReminderRow
from shared.todos.commands.complete import complete_todo
from shared.todos.commands.create import create_todo
from shared.todos.queries.shapes import read_todo
from shared.todos.rules.repeat_rule import parse_rule
from shared.todos.rules.repeat_series import RepeatSpec
from shared.todos.rules.todo_edits import NewTodo, Placement
from tests.support.clock import ManualClock
from tests.support.every_zone import (
    MINUTES_BEFORE,
    Kind,
    Verdict,
    all_zones,
    check_all_zones,
    expected_instant,
    first_due,
    local_time_of,
)
from tests.support.faults.scenarios import Outcome, Scenario, ScenarioEnv
from tests.support.faults.worker_pool import WorkerPool, open_worker_pool
from tests.support.settings import changed_settings
from tests.support.worker.worker_harness import WorkerHarness

# In this order: clocks change by half an hour; at midnight; around Ramadan; the offset from UTC
# includes 45 minutes.
UNUSUAL_ZONES = ("Australia/Lord_Howe", "Asia/Beirut", "Africa/Casablanca", "Pacific/Chatham")
KINDS: tuple[Kind, ...] = ("fixed", "floating", "all-day")
START = "2016-01-31T02:30:00"
BEFORE = timedelta(minutes=MINUTES_BEFORE)


async def every_time_zone(env: ScenarioEnv) -> Outcome:
    """Fire each series once per occurrence, at the right instant in the zone of its user."""
    outcome = await _fire(env, months=env.size(60, 3))
    # The computation uses no database, so one run is enough.
    if not env.settings.database.is_sqlite:
        return outcome + Outcome(note="all zones: on sqlite")
    verdict = await _compute(env)
    assert not verdict.wrong, f"{len(verdict.wrong)} wrong: {verdict.wrong[:3]}"
    note = f"{verdict.zones} zones, {verdict.occurrences:,} occurrences computed"
    return outcome + Outcome(note=note)


async def _compute(env: ScenarioEnv) -> Verdict:
    if not env.is_full:
        return check_all_zones(years=1, zones=UNUSUAL_ZONES)
    verdict, zones, loop = Verdict(), all_zones(), asyncio.get_running_loop()
    # On all processors; a single one takes half a minute.
    count = 4 * (os.cpu_count() or 1)
    parts = [zones[first::count] for first in range(count)]
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("forkserver")) as pool:
        tasks = [loop.run_in_executor(pool, check_all_zones, 10, part) for part in parts]
        for part in await asyncio.gather(*tasks):
            verdict.zones += part.zones
            verdict.occurrences += part.occurrences
            verdict.wrong += part.wrong
    return verdict


@dataclass(frozen=True)
class _Series:
    user: Actor
    todo_id: TodoId
    reminder_id: str
    zone: str


async def _fire(env: ScenarioEnv, months: int) -> Outcome:
    clock = ManualClock(datetime(2016, 1, 1, tzinfo=UTC))
    async with open_worker_pool(env) as pool:
        mail = {"mail_server": pool.smtp.host, "mail_port": pool.smtp.port, "mail_starttls": False}
        settings = changed_settings(env.settings, **mail, mail_from="livelist@example.com")
        async with open_resources(settings, clock) as in_the_past:
            pool.env = replace(env, settings=settings, resources=in_the_past)
            worker = WorkerHarness(in_the_past, settings)
            series = [
                await _create_series(pool, zone, kind)
                for zone, kind in zip(UNUSUAL_ZONES, cycle(KINDS), strict=False)
            ]
            for month in range(1, months + 1):
                await _fire_month(pool, worker, clock, series, month)
            await worker.executor.runner.context.mailer.close()
            return await pool.check()


async def _create_series(pool: WorkerPool, zone: str, kind: Kind) -> _Series:
    world = pool.env.world
    user = await world.user(time_zone=zone)
    monthly = RepeatSpec(parse_rule("FREQ=MONTHLY"))
    new = NewTodo(title="Pay the rent", due=first_due(kind, START, zone), repeat=monthly)
    todo = await world.run(create_todo, user, await world.list(user), new, Placement())
    todo_id = TodoId(todo.id)
    trigger = ReminderTrigger(minutes_before=MINUTES_BEFORE)
    reminder = await world.run(set_reminder, user, todo_id, trigger)
    return _Series(user, todo_id, reminder.id, zone)


async def _fire_month(
    pool: WorkerPool, worker: WorkerHarness, clock: ManualClock, series: list[_Series], month: int
) -> None:
    """Assert that each series fires at its instant and not a second earlier; then complete its todo."""
    due = {entry: await _due_of(pool, entry) for entry in series}
    for instant in sorted(set(due.values())):
        now = [entry for entry in series if due[entry] == instant]
        clock.advance(instant - BEFORE - timedelta(seconds=1) - clock.now())
        await worker.run_once()
        await _assert_all(pool, now, (month, "scheduled"))
        clock.advance(timedelta(seconds=1))
        await worker.run_once()
        await _assert_all(pool, now, (month, "sent"))
        for entry in now:
            pool.expect(SendReminder(reminder_id=entry.reminder_id, occurrence=month))
    clock.advance(max(due.values()) + timedelta(minutes=1) - clock.now())
    for entry in series:
        await pool.env.world.run(complete_todo, entry.user, entry.todo_id, month)


async def _due_of(pool: WorkerPool, series: _Series) -> datetime:
    """Return the instant at which the todo is due, computed from its due field."""
    async with pool.env.resources.begin_read() as read:
        todo = await read_todo(read, series.todo_id)
    assert todo is not None
    assert todo.due is not None
    return expected_instant(local_time_of(todo.due), series.zone)


async def _assert_all(pool: WorkerPool, series: list[_Series], wanted: tuple[int, str]) -> None:
    for entry in series:
        row = await pool.builder.read_row(ReminderRow, entry.reminder_id)
        found = row.occurrence, row.state
        assert found == wanted, f"{entry.zone}, {row.next_fire_at}: {found}, not {wanted}"


SCENARIOS = (
    Scenario(
        "every-time-zone",
        "every zone × ten years of a monthly rule: one firing each",
        every_time_zone,
        short_on=("sqlite",),
    ),
)
