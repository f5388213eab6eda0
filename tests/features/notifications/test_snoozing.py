"""Snoozed reminders, and the test reminder."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from shared.actor import Actor
from shared.clock import as_rfc3339
from shared.contract.shapes import ReminderState
from shared.ids import user_stream
from shared.reminders.rules import Snooze, Timing, rescheduled, snoozed
from shared.tables.reminders import ReminderRow
from shared.zones import instant_of
from tests.support.features.list_builder import OWNER, VIEWER, ListBuilder
from tests.support.world_builder import World

DAILY: dict[str, Any] = {"due": {"at": "2030-06-04T09:00:00"}, "repeat": {"rule": "FREQ=DAILY"}}


async def _add_reminder(builder: ListBuilder, user: Actor, todo: Any, **trigger: Any) -> Any:
    answer = await builder.request(user, "POST", f"/todos/{todo['id']}/reminders", trigger)
    return answer.json()


async def _snooze(builder: ListBuilder, user: Actor, reminder: Any, **body: Any) -> Any:
    path = f"/todos/{reminder['todo_id']}/reminders/{reminder['id']}/snooze"
    return await builder.request(user, "POST", path, body)


async def _mark_sent(builder: ListBuilder, reminder: Any) -> None:
    async with builder.resources.begin() as work:
        of_reminder = update(ReminderRow).where(ReminderRow.id == reminder["id"])
        await work.connection.execute(
            of_reminder.values(state="sent", sent_at=work.now, occurrence=3)
        )


async def test_a_snoozed_reminder_fires_again_in_ten_minutes(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    reminder = await _add_reminder(
        builder, ana, await builder.add_todo(ana, home, **DAILY), minutes_before=5
    )
    await _mark_sent(builder, reminder)
    before = builder.resources.clock.now()

    answer = await _snooze(builder, ana, reminder, minutes=10)

    again = answer.json()
    wait = datetime.fromisoformat(again["fires_at"]) - before
    assert timedelta(minutes=10) <= wait < timedelta(minutes=11)
    assert (again["state"], again["snoozed_until"]) == ("scheduled", again["fires_at"])
    *_, event = await builder.events(user_stream(ana.user_id))
    assert (event["event"], event["data"]) == ("reminder.set", {"reminder": again})


async def test_snoozing_until_tomorrow_means_nine_in_the_users_zone(
    builder: ListBuilder, world: World
) -> None:
    zone = "Pacific/Kiritimati"
    ana = await world.user("Ana", time_zone=zone)
    home = await builder.make_list({ana: OWNER})
    reminder = await _add_reminder(
        builder, ana, await builder.add_todo(ana, home, **DAILY), minutes_before=5
    )

    again = (await _snooze(builder, ana, reminder, tomorrow=True)).json()

    there = (builder.resources.clock.now() + timedelta(hours=14)).date() + timedelta(days=1)
    right = instant_of(datetime.fromisoformat(f"{there}T09:00:00"), zone)
    assert datetime.fromisoformat(again["fires_at"]) == right


async def test_a_snooze_outlives_a_change_of_zone_and_ends_with_its_occurrence(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana", time_zone="Europe/Berlin")
    home = await builder.make_list({ana: OWNER})
    todo = await builder.add_todo(ana, home, **DAILY)
    off, plain = [
        await _add_reminder(builder, ana, todo, minutes_before=minutes) for minutes in (5, 60)
    ]
    in_a_month = as_rfc3339(builder.resources.clock.now() + timedelta(days=30))
    until = (await _snooze(builder, ana, off, until=in_a_month)).json()["fires_at"]

    async def fires() -> list[str]:
        path = f"/todos/{todo['id']}/reminders"
        items = (await builder.request(ana, "GET", path)).json()["items"]
        return [item["fires_at"][:16] for item in items]

    await builder.request(ana, "PATCH", "/users/me", {"time_zone": "America/New_York"})
    # The plain reminder moved with the zone, the snoozed one did not.
    assert await fires() == [until[:16], "2030-06-04T12:00"]
    await builder.request(ana, "POST", f"/todos/{todo['id']}/complete", {"occurrence": 1})
    assert await fires() == ["2030-06-05T12:55", "2030-06-05T12:00"]
    assert plain["snoozed_until"] is None


@pytest.mark.parametrize(
    "body",
    [{}, {"minutes": 0}, {"minutes": 10, "tomorrow": True}, {"until": "2020-01-01T00:00:00Z"},
     {"until": "2199-01-01T00:00:00Z"}, {"minutes": 10_000_000}, {"minutes": "10"}],
)  # fmt: skip
async def test_an_invalid_snooze_is_refused(
    builder: ListBuilder, world: World, body: dict[str, Any]
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    reminder = await _add_reminder(
        builder, ana, await builder.add_todo(ana, home, **DAILY), minutes_before=5
    )

    answer = await _snooze(builder, ana, reminder, **body)

    assert answer.status_code == 422


async def test_a_reminder_of_another_user_cannot_be_snoozed(
    builder: ListBuilder, world: World
) -> None:
    ana, ben, eve = [await world.user(name) for name in ("Ana", "Ben", "Eve")]
    home = await builder.make_list({ana: OWNER, ben: VIEWER})
    reminder = await _add_reminder(
        builder, ana, await builder.add_todo(ana, home, **DAILY), minutes_before=5
    )

    answers = [await _snooze(builder, user, reminder, minutes=10) for user in (ben, eve)]

    assert [answer.status_code for answer in answers] == [404, 404]


def test_every_snooze_is_an_occurrence_of_its_own() -> None:
    now = datetime.fromisoformat("2026-11-21T12:00:00+00:00")
    sent = Timing(now, ReminderState.SENT, 4)

    again = snoozed(sent, Snooze(minutes=10), "UTC", now)

    assert again.occurrence == 5
    assert rescheduled(again, now, now, reactivate=False) is again
    assert rescheduled(again, None, now, reactivate=True).snoozed_until is None


async def test_a_test_reminder_is_a_job_and_an_event(builder: ListBuilder, world: World) -> None:
    ana = await world.user("Ana")

    answer = await builder.request(ana, "POST", "/users/me/reminder-test")

    test = answer.json()
    assert (answer.status_code, test["state"]) == (202, "sending")
    [event] = await builder.events(user_stream(ana.user_id))
    assert (event["event"], event["data"]) == ("reminder.tested", {"test": test})
