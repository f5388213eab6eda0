"""Reminders: permissions, timing, and how they follow due dates, time zones and moves."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from shared.actor import Actor
from shared.clock import as_rfc3339
from shared.ids import StreamId, list_stream, new_id, user_stream
from shared.reminders import queries, rescheduling
from shared.reminders.rescheduling import remove_reminders_of_member, reschedule_for_user
from shared.tables.accounts import UserRow
from shared.tables.reminders import ReminderRow
from shared.unit_of_work import UnitOfWork
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.features.list_builder import EDITOR, OWNER, VIEWER, ListBuilder
from tests.support.world_builder import World

FIXED = {"at": "2030-06-01T09:00:00", "zone": "Europe/Berlin"}
FLOATING = {"at": "2030-06-01T09:00:00"}
DAY = {"date": "2030-06-01"}


async def _add_reminder(builder: ListBuilder, user: Actor, todo: Any, **trigger: Any) -> Any:
    answer = await builder.request(user, "POST", f"/todos/{todo['id']}/reminders", trigger)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def _read_reminders(builder: ListBuilder, user: Actor, todo: Any) -> list[dict[str, Any]]:
    answer = await builder.request(user, "GET", f"/todos/{todo['id']}/reminders")
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def _read_events(builder: ListBuilder, user: Actor) -> list[tuple[str, Any]]:
    return [
        (event["event"], event["data"]) for event in await builder.events(user_stream(user.user_id))
    ]


async def _read_occurrence(builder: ListBuilder, reminder: Any) -> int | None:
    async with builder.resources.begin_read() as read:
        found: int | None = await read.connection.scalar(
            select(ReminderRow.occurrence).where(ReminderRow.id == reminder["id"])
        )
        return found


@pytest.mark.parametrize(
    ("due", "zone", "fires_at"),
    [
        (FIXED, "Asia/Tokyo", "2030-06-01T06:30:00.000000Z"),
        (FLOATING, "Europe/Berlin", "2030-06-01T06:30:00.000000Z"),
        (FLOATING, "Asia/Tokyo", "2030-05-31T23:30:00.000000Z"),
        (DAY, "Europe/Berlin", "2030-06-01T06:30:00.000000Z"),
        (None, "Europe/Berlin", None),
    ],
)
async def test_a_reminder_counts_from_the_due_time_in_the_right_zone(
    builder: ListBuilder, world: World, due: Any, zone: str, fires_at: str | None
) -> None:
    ana = await world.user("Ana", time_zone=zone)
    home = await builder.make_list({ana: OWNER})
    todo = await builder.add_todo(ana, home, due=due)

    reminder = await _add_reminder(builder, ana, todo, minutes_before=30)

    assert (reminder["fires_at"], reminder["state"]) == (fires_at, "scheduled")
    assert (reminder["todo_id"], reminder["list_id"]) == (todo["id"], home)
    assert await _read_events(builder, ana) == [("reminder.set", {"reminder": reminder})]
    assert await _read_reminders(builder, ana, todo) == [reminder]
    # The stream of the list carries no event about it.
    assert len(await builder.events(home)) == 1


async def test_a_reminder_at_an_instant_does_not_depend_on_the_due_date(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    todo = await builder.add_todo(ana, home)

    reminder = await _add_reminder(builder, ana, todo, at="2030-06-01T09:00:00+02:00")
    await builder.request(ana, "PATCH", f"/todos/{todo['id']}", {"due": FIXED})

    assert reminder["fires_at"] == reminder["at"] == "2030-06-01T07:00:00.000000Z"
    assert await _read_reminders(builder, ana, todo) == [reminder]


@pytest.mark.parametrize(
    "trigger",
    [{}, {"at": "2020-01-01T00:00:00Z"}, {"at": "2030-06-01T09:00:00"}, {"minutes_before": "5"},
     {"at": "2030-06-01T09:00:00Z", "minutes_before": 5}, {"minutes_before": 600_000},
     {"minutes_before": None}, {"user_id": "x", "minutes_before": 5},
     {"at": 1906700400}, {"at": "1906700400"}, {"at": "2030-06-01"}, {"at": "2030-06-01 09:00:00Z"},
     {"at": "2030-06-01T09:00Z"}, {"at": "20300601T090000Z"}, {"at": "2030-06-31T09:00:00Z"}],
)  # fmt: skip
async def test_an_invalid_reminder_is_refused(
    builder: ListBuilder, world: World, trigger: dict[str, Any]
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    todo = await builder.add_todo(ana, home)

    answer = await builder.request(ana, "POST", f"/todos/{todo['id']}/reminders", trigger)

    assert answer.status_code == 422


async def test_a_user_has_at_most_twenty_reminders_on_a_todo(
    builder: ListBuilder, world: World
) -> None:
    ana, dan = await world.user("Ana"), await world.user("Dan")
    home = await builder.make_list({ana: OWNER, dan: VIEWER})
    todo = await builder.add_todo(ana, home)
    for minutes in range(20):
        await _add_reminder(builder, ana, todo, minutes_before=minutes)

    one_more = await builder.request(
        ana, "POST", f"/todos/{todo['id']}/reminders", {"minutes_before": 60}
    )

    assert (one_more.status_code, one_more.json()["code"]) == (409, "too_many_reminders")
    await _add_reminder(builder, dan, todo, minutes_before=60)


async def test_only_their_user_reads_and_removes_reminders(
    builder: ListBuilder, world: World
) -> None:
    ana, dan, eve = [await world.user(name) for name in ("Ana", "Dan", "Eve")]
    home = await builder.make_list({ana: OWNER, dan: VIEWER})
    todo, other = await builder.add_todo(ana, home), await builder.add_todo(ana, home)
    reminder = await _add_reminder(builder, dan, todo, minutes_before=5)
    path = f"/todos/{todo['id']}/reminders/{reminder['id']}"

    assert await _read_reminders(builder, ana, todo) == []
    assert (await builder.request(ana, "DELETE", path)).status_code == 404
    wrong_todo = path.replace(todo["id"], other["id"])
    assert (await builder.request(dan, "DELETE", wrong_todo)).status_code == 404
    for method, where in (("GET", f"/todos/{todo['id']}/reminders"), ("DELETE", path)):
        assert (await builder.request(eve, method, where)).status_code == 404
    assert (await builder.request(dan, "DELETE", path)).status_code == 204
    assert (await builder.request(dan, "DELETE", path)).status_code == 404
    assert (await _read_events(builder, dan))[-1] == (
        "reminder.removed",
        {"reminder_id": reminder["id"]},
    )


async def test_a_new_due_date_reschedules_the_reminders_of_all_users(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana", time_zone="Europe/Berlin")
    dan = await world.user("Dan", time_zone="Asia/Tokyo")
    home = await builder.make_list({ana: OWNER, dan: VIEWER})
    todo = await builder.add_todo(ana, home, due=FIXED)
    anas = await _add_reminder(builder, ana, todo, minutes_before=0)
    dans = await _add_reminder(builder, dan, todo, minutes_before=0)
    path = f"/todos/{todo['id']}"

    moved = await builder.request(ana, "PATCH", path, {"due": {"date": "2030-07-01"}})
    times = [(await _read_reminders(builder, who, todo))[0]["fires_at"] for who in (ana, dan)]
    await builder.request(ana, "PATCH", path, {"due": None})
    cleared = [(await _read_reminders(builder, who, todo))[0] for who in (ana, dan)]

    assert times == ["2030-07-01T07:00:00.000000Z", "2030-07-01T00:00:00.000000Z"]
    # Only Ana's own stream and the list's: Dan's reminder must not be revealed to her.
    assert len(moved.headers["Livelist-Seq"].split(", ")) == 2
    assert dan.user_id not in moved.headers["Livelist-Seq"]
    assert cleared == [anas | {"fires_at": None}, dans | {"fires_at": None}]
    assert [await _read_occurrence(builder, reminder) for reminder in (anas, dans)] == [3, 3]
    assert (await _read_events(builder, dan))[-1] == ("reminder.set", {"reminder": cleared[1]})
    assert len(await _read_events(builder, dan)) == 3


async def test_other_edits_do_not_change_reminders(builder: ListBuilder, world: World) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    todo = await builder.add_todo(ana, home, due=FIXED)
    reminder = await _add_reminder(builder, ana, todo, minutes_before=5)
    path = f"/todos/{todo['id']}"

    await builder.request(ana, "PATCH", path, {"title": "Tea", "due": FIXED})
    await builder.request(ana, "POST", f"{path}/complete")
    await builder.request(ana, "PATCH", path, {"status": "pending"})
    await builder.request(ana, "DELETE", path)
    await builder.request(ana, "POST", f"{path}/restore")

    # The worker checks the todo before it fires: a todo reopened in time keeps its reminder.
    assert await _read_reminders(builder, ana, todo) == [reminder]
    assert await _read_occurrence(builder, reminder) == 1


async def test_a_reminder_that_fired_fires_again_for_a_later_due_date(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    todo = await builder.add_todo(ana, home, due=FIXED)
    reminder = await _add_reminder(builder, ana, todo, minutes_before=5)
    sent_at = datetime(2026, 11, 21, tzinfo=UTC)
    async with builder.resources.begin() as work:
        await work.connection.execute(
            update(ReminderRow).values(state="sent", sent_at=sent_at, next_fire_at=None)
        )

    shown = (await _read_reminders(builder, ana, todo))[0]
    await builder.request(ana, "PATCH", f"/todos/{todo['id']}", {"due": {"date": "2031-01-01"}})
    again = (await _read_reminders(builder, ana, todo))[0]

    assert (shown["state"], shown["fires_at"]) == ("sent", as_rfc3339(sent_at))
    assert (again["state"], again["fires_at"]) == ("scheduled", "2031-01-01T07:55:00.000000Z")
    assert await _read_occurrence(builder, reminder) == 2


async def test_a_new_zone_reschedules_what_depends_on_it(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana", time_zone="Europe/Berlin")
    home = await builder.make_list({ana: OWNER})
    todos = [await builder.add_todo(ana, home, due=due) for due in (FIXED, FLOATING, DAY, None)]
    before = [await _add_reminder(builder, ana, todo, minutes_before=0) for todo in todos]

    async with builder.resources.begin() as work:
        await work.lock_streams([user_stream(ana.user_id)])
        await work.connection.execute(update(UserRow).values(time_zone="America/New_York"))
        await reschedule_for_user(work, ana.user_id, "America/New_York")

    after = [(await _read_reminders(builder, ana, todo))[0] for todo in todos]
    assert (after[0], after[3]) == (before[0], before[3])
    assert [reminder["fires_at"] for reminder in after[1:3]] == ["2030-06-01T13:00:00.000000Z"] * 2
    assert await _read_events(builder, ana) == [
        ("reminder.set", {"reminder": reminder}) for reminder in [*before, *after[1:3]]
    ]


async def test_reminders_move_with_a_todo_unless_their_user_is_not_in_the_new_list(
    builder: ListBuilder, world: World
) -> None:
    ana, dan = await world.user("Ana"), await world.user("Dan")
    home = await builder.make_list({ana: OWNER, dan: VIEWER})
    work = await builder.make_list({ana: OWNER})
    parent = await builder.add_todo(ana, home, due=FIXED)
    child = await builder.add_todo(ana, home, "Child", parent_id=parent["id"], due=FIXED)
    anas = await _add_reminder(builder, ana, child, minutes_before=5)
    dans = [await _add_reminder(builder, dan, todo, minutes_before=5) for todo in (parent, child)]

    await builder.request(ana, "POST", f"/todos/{parent['id']}/move", {"list_id": work})

    assert await _read_reminders(builder, ana, child) == [anas | {"list_id": work}]
    assert (await _read_events(builder, ana))[-1][1]["reminder"]["list_id"] == work
    assert (await _read_events(builder, dan))[-2:] == [
        ("reminder.removed", {"reminder_id": reminder["id"]}) for reminder in dans
    ]
    async with builder.resources.begin_read() as read:
        assert await queries.find_reminders(read, ReminderRow.user_id == dan.user_id) == []


async def test_leaving_a_list_removes_the_users_reminders_there(
    builder: ListBuilder, world: World
) -> None:
    ana, dan = await world.user("Ana"), await world.user("Dan")
    home = await builder.make_list({ana: OWNER, dan: VIEWER})
    other = await builder.make_list({dan: OWNER})
    todo, kept = await builder.add_todo(ana, home), await builder.add_todo(dan, other)
    await _add_reminder(builder, ana, todo, minutes_before=5)
    gone = await _add_reminder(builder, dan, todo, minutes_before=5)
    stays = await _add_reminder(builder, dan, kept, minutes_before=5)

    async with builder.resources.begin() as work:
        await work.lock_streams([list_stream(home), user_stream(dan.user_id)])
        await remove_reminders_of_member(work, ana, home, dan.user_id)

    async with builder.resources.begin_read() as read:
        left = await queries.find_reminders(read, ReminderRow.user_id == dan.user_id)
        assert [reminder.id for reminder in left] == [stays["id"]]
        assert len(await queries.find_reminders(read, ReminderRow.user_id == ana.user_id)) == 1
    assert (await _read_events(builder, dan))[-1] == (
        "reminder.removed",
        {"reminder_id": gone["id"]},
    )


async def test_concurrent_changes_of_due_dates_and_zones_end_consistent(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = [await world.user(name, time_zone="UTC") for name in ("Ana", "Ben")]
    lists = [await builder.make_list({ana: OWNER, ben: EDITOR}) for _ in range(2)]
    todos = [await builder.add_todo(ana, list_id, due=DAY) for list_id in lists]
    for todo in todos:
        for user in (ana, ben):
            await _add_reminder(builder, user, todo, minutes_before=0)
    zones = ["Asia/Tokyo", "America/New_York", "UTC", "Europe/Berlin"]

    async def change_zone(user: Actor, zone: str) -> None:
        async with builder.resources.begin() as work:
            await work.lock_streams([user_stream(user.user_id)])
            of_user = update(UserRow).where(UserRow.id == user.user_id)
            await work.connection.execute(of_user.values(time_zone=zone))
            await reschedule_for_user(work, user.user_id, zone)

    async def postpone(user: Actor, todo: Any, day: int) -> None:
        due = {"due": {"date": f"2030-07-{day:02}"}}
        answer = await builder.request(user, "PATCH", f"/todos/{todo['id']}", due)
        assert answer.status_code == 200, answer.text

    writes = [change_zone(user, zone) for user in (ana, ben) for zone in zones]
    writes += [postpone(ana, todos[n % 2], n + 1) for n in range(6)]
    bulk = {"ids": [todo["id"] for todo in todos], "changes": {"due": DAY}}
    await asyncio.gather(*writes, builder.request(ben, "PATCH", "/todos/bulk", bulk))

    async with builder.resources.begin_read() as read:
        reminders = await queries.find_reminders(read)
    assert len(reminders) == 4
    for reminder in reminders:
        assert reminder.due.date is not None
        morning = datetime.fromisoformat(f"{reminder.due.date}T09:00:00")
        assert _agrees(reminder, morning)


def _agrees(reminder: queries.Reminder, morning: datetime) -> bool:
    hours = {"Asia/Tokyo": 9, "America/New_York": -4, "UTC": 0, "Europe/Berlin": 2}[reminder.zone]
    return reminder.timing.next_fire_at == morning.replace(tzinfo=UTC) - timedelta(hours=hours)


async def test_an_edit_that_waits_for_a_change_of_zone_uses_the_new_zone(
    builder: ListBuilder, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, ben = await world.user("Ana", time_zone="UTC"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: EDITOR})
    todo = await builder.add_todo(ana, home, due=DAY)
    await _add_reminder(builder, ana, todo, minutes_before=0)
    lock, waits = rescheduling.lock_reminded_users, asyncio.Event()

    async def about_to_wait(
        work: UnitOfWork, reminders: Sequence[queries.Reminder], also: Iterable[StreamId] = ()
    ) -> None:
        waits.set()
        await lock(work, reminders, also)

    monkeypatch.setattr(rescheduling, "lock_reminded_users", about_to_wait)
    async with (
        asyncio.timeout(DEADLINE_SECONDS),
        asyncio.TaskGroup() as group,
        builder.resources.begin() as work,
    ):
        await work.lock_streams([user_stream(ana.user_id)])
        of_user = update(UserRow).where(UserRow.id == ana.user_id)
        await work.connection.execute(of_user.values(time_zone="Asia/Tokyo"))
        await reschedule_for_user(work, ana.user_id, "Asia/Tokyo")
        due = {"due": {"date": "2030-07-01"}}
        group.create_task(builder.request(ben, "PATCH", f"/todos/{todo['id']}", due))
        # With one writer at a time the edit has not begun yet; otherwise it has read the old zone.
        if not builder.settings.database.is_sqlite:
            await waits.wait()

    assert (await _read_reminders(builder, ana, todo))[0][
        "fires_at"
    ] == "2030-07-01T00:00:00.000000Z"


async def test_a_reminder_on_an_unknown_todo_is_not_found(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")

    answer = await builder.request(
        ana, "POST", f"/todos/{new_id()}/reminders", {"minutes_before": 5}
    )

    assert answer.status_code == 404
