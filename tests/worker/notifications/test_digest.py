"""The daily digest: once a day at the user's hour, with the user's todos, and never twice."""

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


async def _subscribed_user(then: World, name: str = "Ana") -> tuple[Actor, ListId]:
    """Return a user who gets a digest at eight, and the user's list."""
    ana = await then.user(name)
    await then.run(edit_preferences, ana, ana.user_id, {}, digest=True)
    return ana, await then.list(ana, name="Home")


async def _add_todo(
    then: World, creator: Actor, list_id: ListId, title: str, **fields: Any
) -> None:
    await then.run(create_todo, creator, list_id, NewTodo(title=title, **fields), Placement())


async def _digest_days(then: World) -> list[str]:
    """Return the days of the digests that were added as jobs."""
    async with then.resources.begin_read() as read:
        rows = await read.connection.execute(
            select(JobRow.payload).where(JobRow.kind == "send_digest").order_by(JobRow.id)
        )
        return [row.payload["day"] for row in rows]


async def _make_jobs_due(then: World) -> None:
    """Make all jobs due. The database has its own clock, which tests cannot set."""
    async with then.resources.begin() as work:
        past = datetime(2026, 1, 1, tzinfo=UTC)
        await work.connection.execute(update(JobRow).values(run_at=past, fair_run_at=past))


async def test_the_digest_lists_todos_overdue_due_today_and_assigned_once_a_day(
    then: World, settings: Settings, smtp: SmtpServer, clock: ManualClock
) -> None:
    ana, home = await _subscribed_user(then)
    ben = await then.user("Ben")
    shared = await then.list(ben, (ana, Role.EDITOR), name="Garden")
    hidden = await then.list(ben, name="Ben's own")
    await _add_todo(then, ana, home, "Old bill", due=DueDate(date=date(2026, 11, 20)))
    await _add_todo(
        then, ana, home, "Call", due=DueTime(at="2026-11-24T23:30:00", zone="Europe/Berlin")
    )
    await _add_todo(then, ana, home, "Far away", due=DueDate(date=date(2026, 11, 26)))
    await _add_todo(then, ben, shared, "Plant tulips", assignees=(ana.user_id,))
    await _add_todo(then, ben, hidden, "Secret", due=DueDate(date=date(2026, 11, 24)))
    worker = WorkerHarness(then.resources, settings)

    assert await add_due(then.resources) == 0
    clock.advance(timedelta(minutes=1))
    assert [await add_due(then.resources) for _ in range(2)] == [1, 0]
    await _make_jobs_due(then)
    await worker.run_once()

    [mail] = [received for received in smtp.received if received.subject == "Your Tuesday"]
    text = mail.body("plain")
    offsets = [
        text.index(word)
        for word in ("Overdue", "Old bill", "Today", "Call", "Assigned to you", "tulips")
    ]
    assert offsets == sorted(offsets)
    assert "Far away" not in text + mail.body("html")
    assert "Secret" not in text + mail.body("html")
    assert "mails=digest" in mail.message["List-Unsubscribe"]


async def test_an_empty_digest_is_not_sent_and_neither_is_one_of_yesterday(
    then: World, settings: Settings, smtp: SmtpServer, clock: ManualClock
) -> None:
    ana, home = await _subscribed_user(then)
    worker = WorkerHarness(then.resources, settings)
    clock.advance(timedelta(minutes=1))
    await add_due(then.resources)
    await _make_jobs_due(then)
    await worker.run_once()
    await _add_todo(then, ana, home, "Call", due=DueDate(date=date(2026, 11, 24)))
    clock.advance(timedelta(days=1))
    await add_due(then.resources)
    clock.advance(timedelta(days=1))
    await _make_jobs_due(then)
    await worker.run_once()

    assert await _digest_days(then) == ["2026-11-24", "2026-11-25"]
    assert smtp.received == []
    async with then.resources.begin_read() as read:
        rows = await read.connection.execute(
            select(JobRow.state, JobRow.last_error).where(JobRow.kind == "send_digest")
        )
        assert {tuple(row) for row in rows} == {
            ("cancelled", "the digest is empty"), ("cancelled", "its day has passed"),
        }  # fmt: skip
        at = await read.connection.scalar(select(PreferencesRow.next_digest_at))
    assert at == datetime(2026, 11, 26, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours_away", "at_once", "later"),
    [
        (25, ["2026-11-25"], ["2026-11-25"]),  # back an hour after today's digest was due
        (44, [], ["2026-11-26"]),  # back in the night
    ],
)
async def test_after_an_outage_the_digest_is_todays_and_not_before_its_hour(
    then: World, clock: ManualClock, hours_away: int, at_once: list[str], later: list[str]
) -> None:
    await _subscribed_user(then)
    clock.advance(timedelta(hours=hours_away))

    await add_due(then.resources)
    days = [await _digest_days(then)]
    clock.advance(timedelta(hours=5))
    await add_due(then.resources)
    days.append(await _digest_days(then))

    assert days == [at_once, later]


async def test_a_user_in_an_unknown_time_zone_gets_the_digest_by_utc(
    then: World, clock: ManualClock
) -> None:
    ana, _ = await _subscribed_user(then)
    async with then.resources.begin() as work:
        await work.connection.execute(
            update(UserRow).where(UserRow.id == ana.user_id).values(time_zone="Mars/Olympus")
        )
    clock.advance(timedelta(hours=3))

    await add_due(then.resources)

    assert await _digest_days(then) == ["2026-11-24"]
    async with then.resources.begin_read() as read:
        at = await read.connection.scalar(select(PreferencesRow.next_digest_at))
    assert at == datetime(2026, 11, 25, 8, tzinfo=UTC)


async def test_one_sweep_adds_a_batch_of_digests_and_the_next_ones_add_the_rest(
    then: World, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digest, "BATCH", 2)
    for number in range(5):
        await _subscribed_user(then, f"U{number}")
    clock.advance(timedelta(minutes=1))
    scheduler = Scheduler()

    added = []
    for _ in range(4):
        await scheduler.add_digest_jobs(then.resources)
        added.append(len(await _digest_days(then)))

    assert added == [2, 4, 5, 5]


async def test_a_digest_in_doubt_is_not_sent_again(
    then: World, settings: Settings, smtp: SmtpServer, clock: ManualClock
) -> None:
    ana, home = await _subscribed_user(then)
    await _add_todo(then, ana, home, "Call", due=DueDate(date=date(2026, 11, 24)))
    clock.advance(timedelta(minutes=1))
    await add_due(then.resources)
    async with then.resources.begin() as work:
        await work.connection.execute(update(JobRow).values(in_doubt_count=1))
    await _make_jobs_due(then)

    await WorkerHarness(then.resources, settings).run_once()

    assert smtp.received == []
    async with then.resources.begin_read() as read:
        states = await read.connection.scalars(
            select(JobRow.state).where(JobRow.kind == "send_digest")
        )
        assert list(states) == ["dead"]


async def test_a_user_who_changes_the_time_zone_gets_one_digest_that_day(
    then: World, clock: ManualClock
) -> None:
    ana, _ = await _subscribed_user(then)
    clock.advance(timedelta(minutes=1))
    await add_due(then.resources)

    await then.run(edit_profile, ana, ProfileEdit(time_zone="America/New_York"))
    clock.advance(timedelta(hours=6))
    again = await add_due(then.resources)
    await then.run(edit_preferences, ana, ana.user_id, {}, digest=False)
    clock.advance(timedelta(days=2))
    stopped = await add_due(then.resources)

    assert (again, stopped) == (1, 0)
    assert await _digest_days(then) == ["2026-11-24"]


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
def test_the_next_digest_is_a_day_later_in_the_users_time_zone(
    now: str, zone: str, hour: int, at: str
) -> None:
    instant = datetime.fromisoformat(f"{now}+00:00")

    assert next_digest(instant, zone, hour) == datetime.fromisoformat(f"{at}+00:00")
