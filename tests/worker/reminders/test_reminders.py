"""Reminders: fired once when due, mailed in the user's time zone, with a state that shows the outcome."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from shared.actor import Actor
from shared.reminders.rules import Due
from shared.resources import Resources, open_resources
from shared.settings import Settings
from shared.tables.accounts import UserRow
from shared.tables.jobs import JobRow
from shared.tables.lists import ListRow
from shared.tables.members import MemberRow
from shared.tables.reminders import ReminderRow
from shared.tables.todos import TodoRow
from shared.zones import zone_or_utc
from tests.support.clock import ManualClock
from tests.support.services.smtp import SmtpServer
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from worker.reminders.firing import BATCH, ReminderFiring
from worker.text_format import format_due

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


async def _due_reminder(builder: JobBuilder, user: Actor, **todo: Any) -> str:
    list_id = await builder.make_list(user)
    todo_id = await builder.add_todo(list_id, **todo)
    return await builder.add_reminder(todo_id, user.user_id, builder.now - timedelta(seconds=1))


async def test_a_due_reminder_is_mailed_once_with_an_event_for_each_state(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    ana = await world.user("Ana")
    reminder = await _due_reminder(builder, ana, title="Call the plumber")

    for _ in range(3):
        await worker.run_once()

    (mail,) = smtp.received
    assert mail.subject == "Reminder: Call the plumber"
    assert "Groceries" in mail.body()
    assert "/lists/" in mail.body()
    row = await builder.read_row(ReminderRow, reminder)
    assert row.state == "sent"
    assert row.sent_at is not None
    assert await builder.event_names(ana) == ["reminder.set", "reminder.sent"]


async def test_workers_that_fire_concurrently_fire_each_reminder_once(
    world: World, builder: JobBuilder, resources: Resources
) -> None:
    ana = await world.user()
    list_id = await builder.make_list(ana)
    for _ in range(20):
        todo_id = await builder.add_todo(list_id)
        await builder.add_reminder(todo_id, ana.user_id, builder.now - timedelta(seconds=1))

    counts = await asyncio.gather(*(ReminderFiring(resources).fire_due() for _ in range(5)))

    assert sum(counts) == 20
    async with resources.begin_read() as read:
        assert await read.connection.scalar(select(func.count()).select_from(JobRow)) == 20
    assert await builder.event_names(ana) == ["reminder.set"] * 20


async def _equal_reminders(builder: JobBuilder, user: Actor, count: int) -> list[str]:
    """Return the ids of due reminders on one todo at one instant."""
    todo_id = await builder.add_todo(await builder.make_list(user))
    at = builder.now - timedelta(seconds=1)
    return [await builder.add_reminder(todo_id, user.user_id, at) for _ in range(count)]


async def test_equal_reminders_of_a_user_are_one_mail_and_one_notification(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    ana = await world.user("Ana")
    reminders = await _equal_reminders(builder, ana, BATCH + 1)
    other = await _due_reminder(builder, await world.user("Ben"))

    for _ in range(4):
        await worker.run_once()

    rows = [await builder.read_row(ReminderRow, reminder) for reminder in (*reminders, other)]
    assert {row.state for row in rows} == {"sent"}
    assert len({row.sent_at for row in rows[:BATCH]}) == 1
    # More reminders than a batch holds need a second mail; nobody sets that many by hand.
    assert len(smtp.received) == 3


async def test_an_equal_reminder_is_mailed_although_the_first_was_deleted(
    world: World,
    builder: JobBuilder,
    worker: WorkerHarness,
    smtp: SmtpServer,
    resources: Resources,
) -> None:
    ana = await world.user("Ana")
    reminders = await _equal_reminders(builder, ana, 3)
    await ReminderFiring(resources).fire_due()
    async with resources.begin() as work:
        await work.connection.execute(delete(ReminderRow).where(ReminderRow.id == reminders[0]))

    await worker.run_once()

    assert len(smtp.received) == 1
    for reminder in reminders[1:]:
        assert (await builder.read_row(ReminderRow, reminder)).state == "sent"


async def test_equal_reminders_fail_together(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    ana = await world.user("Ana")
    reminders = await _equal_reminders(builder, ana, 2)
    smtp.reject_recipients("550 5.1.1 no such user")

    for _ in range(2):
        await worker.run_once()

    for reminder in reminders:
        assert (await builder.read_row(ReminderRow, reminder)).state == "failed"


async def test_a_reminder_that_is_not_due_stays_scheduled(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    ana = await world.user()
    todo_id = await builder.add_todo(await builder.make_list(ana))
    reminder = await builder.add_reminder(todo_id, ana.user_id, builder.now + timedelta(seconds=20))

    pause = await worker.sweeper.sweep()

    assert 0.5 < pause <= 1.0
    assert (await builder.read_row(ReminderRow, reminder)).state == "scheduled"


async def test_the_sweeper_sleeps_at_most_until_the_next_reminder(
    world: World, builder: JobBuilder, worker: WorkerHarness
) -> None:
    ana = await world.user()
    todo_id = await builder.add_todo(await builder.make_list(ana))
    # With wake-ups it would sleep some eight seconds.
    worker.executor.is_listening = True
    await builder.add_reminder(todo_id, ana.user_id, builder.now + timedelta(seconds=5))

    assert 0.02 <= await worker.sweeper.sweep() <= 5


@pytest.mark.parametrize(
    ("table", "change"),
    [
        (TodoRow, {"deleted_at": NOW}),
        (TodoRow, {"status": "completed", "completed_at": NOW}),
        (TodoRow, {"status": "cancelled"}),
        (ListRow, {"deleted_at": NOW}),
        (UserRow, {"status": "disabled"}),
        (MemberRow, {}),
    ],
    ids=["todo trashed", "todo done", "todo cancelled", "list trashed", "disabled", "removed"],
)
async def test_an_obsolete_reminder_is_cancelled(
    world: World,
    builder: JobBuilder,
    worker: WorkerHarness,
    smtp: SmtpServer,
    resources: Resources,
    table: Any,
    change: dict[str, Any],
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await builder.make_list(ana, ben)
    todo_id = await builder.add_todo(list_id)
    past = builder.now - timedelta(seconds=1)
    reminder = await builder.add_reminder(todo_id, ben.user_id, past)
    if table is MemberRow:
        async with resources.begin() as work:
            await work.connection.execute(delete(MemberRow).where(MemberRow.user_id == ben.user_id))
    else:
        ids = {TodoRow: todo_id, ListRow: list_id, UserRow: ben.user_id}
        await builder.update_row(table, ids[table], **change)

    await worker.run_once()

    row = await builder.read_row(ReminderRow, reminder)
    assert (row.state, row.sent_at) == ("cancelled", None)
    assert row.detail.startswith("Not sent: ")
    assert await builder.job_states() == ["cancelled"]
    assert await builder.event_names(ben) == ["reminder.set", "reminder.set"]
    assert smtp.received == []


async def test_a_reminder_rescheduled_while_it_was_being_sent_keeps_its_new_time(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer, resources: Resources
) -> None:
    ana = await world.user()
    reminder = await _due_reminder(builder, ana)
    await ReminderFiring(resources).fire_due()
    later = builder.now + timedelta(hours=1)
    await builder.update_row(
        ReminderRow, reminder, occurrence=2, state="scheduled", next_fire_at=later
    )

    await worker.run_once()

    row = await builder.read_row(ReminderRow, reminder)
    assert (row.state, row.next_fire_at) == ("scheduled", later)
    assert await builder.job_states() == ["cancelled"]
    assert smtp.received == []


async def test_a_reminder_shows_failed_attempts_and_the_final_failure(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    ana = await world.user()
    reminder = await _due_reminder(builder, ana)
    smtp.reject("451 later", "550 no")

    await worker.run_once()
    retrying = await builder.read_row(ReminderRow, reminder)
    await worker.run_once()
    failed = await builder.read_row(ReminderRow, reminder)

    assert retrying.state == "sending"
    assert retrying.detail == "Attempt 1 failed: the mail server answered 451."
    assert (failed.state, failed.detail) == ("failed", "Not sent: the mail server answered 550.")
    assert await builder.event_names(ana) == ["reminder.set", "reminder.set", "reminder.failed"]


@pytest.mark.parametrize(
    ("outage", "state", "event"),
    [
        (timedelta(hours=24) - timedelta(seconds=1), "sending", "reminder.set"),
        (timedelta(hours=24) + timedelta(seconds=1), "missed", "reminder.missed"),
        (timedelta(days=3), "missed", "reminder.missed"),
    ],
)
async def test_after_an_outage_reminders_of_the_last_day_are_sent_late_and_older_ones_missed(
    world: World, builder: JobBuilder, settings: Settings, outage: timedelta, state: str, event: str
) -> None:
    ana = await world.user()
    todo_id = await builder.add_todo(await builder.make_list(ana))
    reminder = await builder.add_reminder(todo_id, ana.user_id, NOW - outage)

    async with open_resources(settings, ManualClock(NOW)) as resources:
        await ReminderFiring(resources).fire_due()

    assert (await builder.read_row(ReminderRow, reminder)).state == state
    assert await builder.event_names(ana) == [event]


@pytest.mark.parametrize(
    ("later", "state", "mails"),
    [(timedelta(hours=23), "sent", 1), (timedelta(days=3), "missed", 0)],
)
async def test_a_reminder_that_fired_before_an_outage_is_mailed_within_a_day_or_missed(
    world: World,
    builder: JobBuilder,
    settings: Settings,
    smtp: SmtpServer,
    later: timedelta,
    state: str,
    mails: int,
) -> None:
    ana = await world.user()
    reminder = await _due_reminder(builder, ana)
    await ReminderFiring(builder.resources).fire_due()

    async with open_resources(settings, ManualClock(builder.now + later)) as resources:
        await WorkerHarness(resources, settings).run_once()

    row = await builder.read_row(ReminderRow, reminder)
    assert (row.state, len(smtp.received)) == (state, mails)
    assert (await builder.event_names(ana))[-1] == f"reminder.{state}"
    if state == "missed":
        assert row.detail == "Not sent: it could not be mailed within a day."


async def test_a_late_reminder_says_when_it_was_due(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    ana = await world.user(time_zone="Asia/Tokyo")
    todo_id = await builder.add_todo(await builder.make_list(ana))
    await builder.add_reminder(todo_id, ana.user_id, builder.now - timedelta(hours=2))

    await worker.run_once()

    assert "This comes late. It was meant for" in smtp.received[0].body()
    assert "(Asia/Tokyo)" in smtp.received[0].body()


async def test_the_mail_gives_the_due_time_in_the_users_time_zone(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    ana = await world.user(time_zone="America/New_York")
    due_at = (builder.now + timedelta(days=3)).replace(hour=14, minute=30)
    await _due_reminder(
        builder, ana, due_kind="fixed", due_zone="Europe/Berlin", due_at=due_at,
        due_local="2026-01-01T00:00:00",
    )  # fmt: skip

    await worker.run_once()

    local = due_at.astimezone(zone_or_utc("America/New_York"))
    assert f"Due {local:%A}, {local.day} {local:%B}" in smtp.received[0].body()
    assert f"at {local:%H:%M}" in smtp.received[0].body()


async def test_a_title_cannot_inject_a_header(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    ana = await world.user()
    await _due_reminder(builder, ana, title="Milk\r\nBcc: eve@example.com\x07 <b>now</b>")

    await worker.run_once()

    (mail,) = smtp.received
    assert mail.subject == "Reminder: Milk Bcc: eve@example.com <b>now</b>"
    assert mail.message["Bcc"] is None
    assert len(mail.recipients) == 1
    assert "&lt;b&gt;now&lt;/b&gt;" in mail.body("html")


@pytest.mark.parametrize(
    ("due", "zone", "text"),
    [
        (Due(None, None, None, None), "UTC", ""),
        (Due("date", "2026-11-21", None, None), "UTC", "today"),
        (Due("date", "2026-11-22", None, None), "UTC", "tomorrow"),
        (Due("date", "2026-11-20", None, None), "UTC", "yesterday"),
        (Due("date", "2026-11-27", None, None), "UTC", "Friday, 27 November"),
        (Due("date", "2027-01-04", None, None), "UTC", "Monday, 4 January 2027"),
        # At 10:00 UTC it is already the next day in Kiritimati.
        (Due("date", "2026-11-22", None, None), "Pacific/Kiritimati", "today"),
        (Due("floating", None, "2026-11-22T09:00:00", None), "Asia/Tokyo", "tomorrow at 09:00"),
        (Due("fixed", None, "x", NOW), "Europe/Berlin", "today at 11:00"),
        (Due("fixed", None, "x", NOW), "Pacific/Kiritimati", "today at 00:00"),
        (Due("fixed", None, "x", NOW), "No/Such_Zone", "today at 10:00"),
    ],
)
def test_due_dates_are_formatted_in_the_users_time_zone(due: Due, zone: str, text: str) -> None:
    assert format_due(due, zone, NOW) == text
