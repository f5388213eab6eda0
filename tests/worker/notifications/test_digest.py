"""The daily digest: one a day at the reader's hour, of what is theirs, and never twice."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select, update

from shared.accounts.profile import ProfileEdit, edit_profile
from shared.actor import Actor
from shared.contract.shapes import DueDate, DueTime, Role
from shared.ids import ListId
from shared.notifications.preferences import edit_preferences
from shared.notifications.rules import next_digest
from shared.resources import Resources, open_resources
from shared.settings import Settings
from shared.tables.accounts import UserRow
from shared.tables.jobs import JobRow
from shared.tables.notifications import PreferencesRow
from shared.todos.commands.create import create_todo
from shared.todos.rules.todo_edits import NewTodo, Placement
from tests.support.clock import ManualClock
from tests.support.services.smtp import SmtpServer
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from worker.jobs.scheduler import Scheduler
from worker.notifications import digest
from worker.notifications.digest import add_due

EARLY = datetime(2026, 11, 24, 6, 59, tzinfo=UTC)  # Tuesday, 7:59 in Berlin


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(EARLY)


@pytest_asyncio.fixture
async def then(
    settings: Settings, resources: Resources, clock: ManualClock
) -> AsyncIterator[World]:
    """The same database at the clock's time."""
    async with open_resources(settings, clock) as opened:
        yield World(opened)


async def reader(then: World, name: str = "Ana", **wish: Any) -> tuple[Actor, ListId]:
    """Returns somebody who wants a digest at eight, and a list of theirs."""
    ana = await then.user(name)
    await then.run(edit_preferences, ana, ana.user_id, {}, digest=True, **wish)
    return ana, await then.list(ana, name="Home")


async def add(then: World, who: Actor, where: ListId, title: str, **fields: Any) -> None:
    await then.run(create_todo, who, where, NewTodo(title=title, **fields), Placement())


async def days(then: World) -> list[str]:
    async with then.resources.begin_read() as read:
        rows = await read.connection.execute(
            select(JobRow.payload).where(JobRow.kind == "send_digest").order_by(JobRow.id)
        )
        return [row.payload["day"] for row in rows]


async def _due_now(then: World) -> None:
    """The clock of the database is not ours to set: what waits for it is due."""
    async with then.resources.begin() as work:
        past = datetime(2026, 1, 1, tzinfo=UTC)
        await work.connection.execute(update(JobRow).values(run_at=past, fair_run_at=past))


async def test_it_says_what_is_overdue_due_today_and_assigned_once_a_day(
    then: World, settings: Settings, smtp: SmtpServer, clock: ManualClock
) -> None:
    ana, home = await reader(then)
    ben = await then.user("Ben")
    shared = await then.list(ben, (ana, Role.EDITOR), name="Garden")
    hidden = await then.list(ben, name="Ben's own")
    await add(then, ana, home, "Old bill", due=DueDate(date=date(2026, 11, 20)))
    await add(then, ana, home, "Call", due=DueTime(at="2026-11-24T23:30:00", zone="Europe/Berlin"))
    await add(then, ana, home, "Far away", due=DueDate(date=date(2026, 11, 26)))
    await add(then, ben, shared, "Plant tulips", assignees=(ana.user_id,))
    await add(then, ben, hidden, "Secret", due=DueDate(date=date(2026, 11, 24)))
    worker = WorkerHarness(then.resources, settings)

    assert await add_due(then.resources) == 0
    clock.advance(timedelta(minutes=1))
    assert [await add_due(then.resources) for _ in range(2)] == [1, 0]
    await _due_now(then)
    await worker.run_once()

    [mail] = [one for one in smtp.received if one.subject == "Your Tuesday"]
    text = mail.body("plain")
    places = [
        text.index(word)
        for word in ("Overdue", "Old bill", "Today", "Call", "Assigned to you", "tulips")
    ]
    assert places == sorted(places)
    assert "Far away" not in text + mail.body("html")
    assert "Secret" not in text + mail.body("html")
    assert "mails=digest" in mail.message["List-Unsubscribe"]


async def test_an_empty_day_sends_nothing_and_a_late_worker_sends_no_yesterday(
    then: World, settings: Settings, smtp: SmtpServer, clock: ManualClock
) -> None:
    ana, home = await reader(then)
    worker = WorkerHarness(then.resources, settings)
    clock.advance(timedelta(minutes=1))
    await add_due(then.resources)
    await _due_now(then)
    await worker.run_once()
    await add(then, ana, home, "Call", due=DueDate(date=date(2026, 11, 24)))
    clock.advance(timedelta(days=1))
    await add_due(then.resources)
    clock.advance(timedelta(days=1))
    await _due_now(then)
    await worker.run_once()

    assert await days(then) == ["2026-11-24", "2026-11-25"]
    assert smtp.received == []
    async with then.resources.begin_read() as read:
        rows = await read.connection.execute(
            select(JobRow.state, JobRow.last_error).where(JobRow.kind == "send_digest")
        )
        assert {tuple(row) for row in rows} == {
            ("cancelled", "there is nothing to say"), ("cancelled", "its day is over"),
        }  # fmt: skip
        at = await read.connection.scalar(select(PreferencesRow.next_digest_at))
    assert at == datetime(2026, 11, 26, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours_away", "at_once", "in_the_end"),
    [
        (25, ["2026-11-25"], ["2026-11-25"]),  # back an hour after that of today
        (44, [], ["2026-11-26"]),  # back in the night
    ],
)
async def test_after_an_outage_the_digest_is_of_today_and_not_before_its_hour(
    then: World, clock: ManualClock, hours_away: int, at_once: list[str], in_the_end: list[str]
) -> None:
    await reader(then)
    clock.advance(timedelta(hours=hours_away))

    await add_due(then.resources)
    found = [await days(then)]
    clock.advance(timedelta(hours=5))
    await add_due(then.resources)
    found.append(await days(then))

    assert found == [at_once, in_the_end]


async def test_who_is_in_a_zone_that_is_no_more_gets_it_by_that_of_the_world(
    then: World, clock: ManualClock
) -> None:
    ana, _ = await reader(then)
    async with then.resources.begin() as work:
        gone = update(UserRow).where(UserRow.id == ana.user_id).values(time_zone="Mars/Olympus")
        await work.connection.execute(gone)
    clock.advance(timedelta(hours=3))

    await add_due(then.resources)

    assert await days(then) == ["2026-11-24"]
    async with then.resources.begin_read() as read:
        at = await read.connection.scalar(select(PreferencesRow.next_digest_at))
    assert at == datetime(2026, 11, 25, 8, tzinfo=UTC)


async def test_a_sweep_begins_some_digests_and_the_next_ones_of_that_minute_go_on(
    then: World, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digest, "BATCH", 2)
    for number in range(5):
        await reader(then, f"P{number}")
    clock.advance(timedelta(minutes=1))
    scheduler = Scheduler()

    added = []
    for _ in range(4):
        await scheduler.add_digest_jobs(then.resources)
        added.append(len(await days(then)))

    assert added == [2, 4, 5, 5]


async def test_one_that_may_have_been_sent_is_not_sent_again(
    then: World, settings: Settings, smtp: SmtpServer, clock: ManualClock
) -> None:
    ana, home = await reader(then)
    await add(then, ana, home, "Call", due=DueDate(date=date(2026, 11, 24)))
    clock.advance(timedelta(minutes=1))
    await add_due(then.resources)
    async with then.resources.begin() as work:
        await work.connection.execute(update(JobRow).values(in_doubt_count=1))
    await _due_now(then)

    await WorkerHarness(then.resources, settings).run_once()

    assert smtp.received == []
    async with then.resources.begin_read() as read:
        states = await read.connection.scalars(
            select(JobRow.state).where(JobRow.kind == "send_digest")
        )
        assert list(states) == ["dead"]


async def test_who_flies_gets_it_at_the_hour_of_where_they_are_and_once_that_day(
    then: World, clock: ManualClock
) -> None:
    ana, _ = await reader(then)
    clock.advance(timedelta(minutes=1))
    await add_due(then.resources)

    await then.run(edit_profile, ana, ProfileEdit(time_zone="America/New_York"))
    clock.advance(timedelta(hours=6))
    again = await add_due(then.resources)
    await then.run(edit_preferences, ana, ana.user_id, {}, digest=False)
    clock.advance(timedelta(days=2))
    stopped = await add_due(then.resources)

    assert (again, stopped) == (1, 0)
    assert await days(then) == ["2026-11-24"]


@pytest.mark.parametrize(
    ("now", "zone", "hour", "at"),
    [
        ("2026-03-28T12:00", "Europe/Berlin", 2, "2026-03-29T01:00"),  # 2:00 is skipped: 3:00
        ("2026-03-29T01:00", "Europe/Berlin", 2, "2026-03-30T00:00"),
        ("2026-10-24T12:00", "Europe/Berlin", 2, "2026-10-25T00:00"),  # the first 2:00
        ("2026-10-25T00:30", "Europe/Berlin", 2, "2026-10-26T01:00"),  # not the second
        ("2026-11-24T10:00", "Pacific/Kiritimati", 0, "2026-11-25T10:00"),
        ("2026-11-24T09:59", "Pacific/Kiritimati", 0, "2026-11-24T10:00"),
    ],
)
def test_the_next_one_is_a_day_later_on_their_clock(
    now: str, zone: str, hour: int, at: str
) -> None:
    instant = datetime.fromisoformat(f"{now}+00:00")

    assert next_digest(instant, zone, hour) == datetime.fromisoformat(f"{at}+00:00")
