"""Reminders in every zone: ten years worked out for all of them, five fired and mailed for the strangest.

The years that are fired are over, because the clock of the database, by which jobs are claimed, is
nobody's to set: what was due in 2016 is due now.
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
    first_due,
    instant_shown,
    wall_of,
)
from tests.support.faults.scenarios import Outcome, Scenario, ScenarioEnv
from tests.support.faults.worker_pool import WorkerPool, open_worker_pool
from tests.support.settings import changed_settings
from tests.support.worker.worker_harness import WorkerHarness

# Half an hour's change, midnight's, two a year that are not summer's, and three quarters of an hour.
STRANGE = ("Australia/Lord_Howe", "Asia/Beirut", "Africa/Casablanca", "Pacific/Chatham")
KINDS: tuple[Kind, ...] = ("fixed", "floating", "all-day")
START = "2016-01-31T02:30:00"
BEFORE = timedelta(minutes=MINUTES_BEFORE)


async def every_zone(env: ScenarioEnv) -> Outcome:
    """A series fires once each time, at the right instant, wherever its person is."""
    outcome = await _fire(env, months=env.size(60, 3))
    # No SQL in it: at one place is enough.
    if not env.settings.database.is_sqlite:
        return outcome + Outcome(note="all zones: on sqlite")
    verdict = await _work_out(env)
    assert not verdict.wrong, f"{len(verdict.wrong)} wrong: {verdict.wrong[:3]}"
    note = f"{verdict.zones} zones, {verdict.occurrences:,} occurrences worked out"
    return outcome + Outcome(note=note)


async def _work_out(env: ScenarioEnv) -> Verdict:
    if not env.is_full:
        return check_all_zones(years=1, zones=STRANGE)
    verdict, zones, loop = Verdict(), all_zones(), asyncio.get_running_loop()
    # By all processors: of one it takes half a minute.
    parts = [
        zones[first :: 4 * (os.cpu_count() or 1)] for first in range(4 * (os.cpu_count() or 1))
    ]
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("forkserver")) as pool:
        tasks = [loop.run_in_executor(pool, check_all_zones, 10, part) for part in parts]
        for one in await asyncio.gather(*tasks):
            verdict.zones += one.zones
            verdict.occurrences += one.occurrences
            verdict.wrong += one.wrong
    return verdict


@dataclass(frozen=True)
class _Series:
    person: Actor
    todo_id: TodoId
    reminder_id: str
    zone: str


async def _fire(env: ScenarioEnv, months: int) -> Outcome:
    clock = ManualClock(datetime(2016, 1, 1, tzinfo=UTC))
    async with open_worker_pool(env) as pool:
        mail = {"mail_server": pool.smtp.host, "mail_port": pool.smtp.port, "mail_starttls": False}
        settings = changed_settings(env.settings, **mail, mail_from="livelist@example.com")
        async with open_resources(settings, clock) as then:
            pool.env = replace(env, settings=settings, resources=then)
            worker = WorkerHarness(then, settings)
            series = [await _begin(pool, *one) for one in zip(STRANGE, cycle(KINDS), strict=False)]
            for month in range(1, months + 1):
                await _live_through(pool, worker, clock, series, month)
            await worker.executor.runner.context.mailer.close()
            return await pool.check()


async def _begin(pool: WorkerPool, zone: str, kind: Kind) -> _Series:
    world = pool.env.world
    person = await world.user(time_zone=zone)
    monthly = RepeatSpec(parse_rule("FREQ=MONTHLY"))
    new = NewTodo(title="Pay the rent", due=first_due(kind, START, zone), repeat=monthly)
    todo = await world.do(create_todo, person, await world.list(person), new, Placement())
    todo_id = TodoId(todo.id)
    trigger = ReminderTrigger(minutes_before=MINUTES_BEFORE)
    reminder = await world.do(set_reminder, person, todo_id, trigger)
    return _Series(person, todo_id, reminder.id, zone)


async def _live_through(
    pool: WorkerPool, worker: WorkerHarness, clock: ManualClock, series: list[_Series], month: int
) -> None:
    """Each has fired at its instant and not a second sooner, and was completed after it was due."""
    due = {one: await _due_of(pool, one) for one in series}
    for instant in sorted(set(due.values())):
        now = [one for one in series if due[one] == instant]
        clock.advance(instant - BEFORE - timedelta(seconds=1) - clock.now())
        await worker.run_once()
        await _are_all(pool, now, (month, "scheduled"))
        clock.advance(timedelta(seconds=1))
        await worker.run_once()
        await _are_all(pool, now, (month, "sent"))
        pool.expect(*(SendReminder(reminder_id=one.reminder_id, occurrence=month) for one in now))
    clock.advance(max(due.values()) + timedelta(minutes=1) - clock.now())
    for one in series:
        await pool.env.world.do(complete_todo, one.person, one.todo_id, month)


async def _due_of(pool: WorkerPool, one: _Series) -> datetime:
    """Returns the instant, worked out anew from what the todo says."""
    async with pool.env.resources.begin_read() as read:
        todo = await read_todo(read, one.todo_id)
    assert todo is not None
    assert todo.due is not None
    return instant_shown(wall_of(todo.due), one.zone)


async def _are_all(pool: WorkerPool, series: list[_Series], wanted: tuple[int, str]) -> None:
    for one in series:
        row = await pool.builder.read_row(ReminderRow, one.reminder_id)
        found = row.occurrence, row.state
        assert found == wanted, f"{one.zone}, {row.next_fire_at}: {found}, not {wanted}"


SCENARIOS = (
    Scenario(
        "every-zone",
        "every zone × ten years of a monthly rule: one firing each",
        every_zone,
        small_on=("sqlite",),
    ),
)
