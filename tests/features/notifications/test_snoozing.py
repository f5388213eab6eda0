"""Reminders that are put off, and the test of one's own."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from shared.actor import Actor
from shared.clock import as_rfc3339
from shared.contract.shapes import ReminderState
from shared.ids import user_stream
from shared.reminders.rules import Snooze, Timing, retimed, snoozed
from shared.tables.reminders import ReminderRow
from shared.zones import instant_of
from tests.support.features.list_builder import OWNER, VIEWER, Scene
from tests.support.world_builder import World

DAILY: dict[str, Any] = {"due": {"at": "2030-06-04T09:00:00"}, "repeat": {"rule": "FREQ=DAILY"}}


async def _reminder(scene: Scene, who: Actor, todo: Any, **wish: Any) -> Any:
    answer = await scene.as_(who, "POST", f"/todos/{todo['id']}/reminders", wish)
    return answer.json()


async def _snooze(scene: Scene, who: Actor, reminder: Any, **body: Any) -> Any:
    path = f"/todos/{reminder['todo_id']}/reminders/{reminder['id']}/snooze"
    return await scene.as_(who, "POST", path, body)


async def _sent(scene: Scene, reminder: Any) -> None:
    async with scene.resources.begin() as work:
        mine = update(ReminderRow).where(ReminderRow.id == reminder["id"])
        await work.connection.execute(mine.values(state="sent", sent_at=work.now, occurrence=3))


async def test_a_reminder_that_was_sent_comes_again_in_ten_minutes(
    scene: Scene, world: World
) -> None:
    ana = await world.person("Ana")
    home = await scene.shared_list({ana: OWNER})
    reminder = await _reminder(scene, ana, await scene.add(ana, home, **DAILY), minutes_before=5)
    await _sent(scene, reminder)
    before = scene.resources.clock.now()

    answer = await _snooze(scene, ana, reminder, minutes=10)

    again = answer.json()
    wait = datetime.fromisoformat(again["fires_at"]) - before
    assert timedelta(minutes=10) <= wait < timedelta(minutes=11)
    assert (again["state"], again["snoozed_until"]) == ("scheduled", again["fires_at"])
    *_, event = await scene.events(user_stream(ana.user_id))
    assert (event["event"], event["data"]) == ("reminder.set", {"reminder": again})


async def test_tomorrow_is_nine_o_clock_where_the_person_is(scene: Scene, world: World) -> None:
    zone = "Pacific/Kiritimati"
    ana = await world.person("Ana", time_zone=zone)
    home = await scene.shared_list({ana: OWNER})
    reminder = await _reminder(scene, ana, await scene.add(ana, home, **DAILY), minutes_before=5)

    again = (await _snooze(scene, ana, reminder, tomorrow=True)).json()

    there = (scene.resources.clock.now() + timedelta(hours=14)).date() + timedelta(days=1)
    right = instant_of(datetime.fromisoformat(f"{there}T09:00:00"), zone)
    assert datetime.fromisoformat(again["fires_at"]) == right


async def test_a_snooze_outlives_a_change_of_zone_and_ends_with_its_occurrence(
    scene: Scene, world: World
) -> None:
    ana = await world.person("Ana", time_zone="Europe/Berlin")
    home = await scene.shared_list({ana: OWNER})
    todo = await scene.add(ana, home, **DAILY)
    off, plain = [await _reminder(scene, ana, todo, minutes_before=one) for one in (5, 60)]
    in_a_month = as_rfc3339(scene.resources.clock.now() + timedelta(days=30))
    until = (await _snooze(scene, ana, off, until=in_a_month)).json()["fires_at"]

    async def fires() -> list[str]:
        path = f"/todos/{todo['id']}/reminders"
        items = (await scene.as_(ana, "GET", path)).json()["items"]
        return [one["fires_at"][:16] for one in items]

    await scene.as_(ana, "PATCH", "/users/me", {"time_zone": "America/New_York"})
    # What is to come moved with her, the snooze did not.
    assert await fires() == [until[:16], "2030-06-04T12:00"]
    await scene.as_(ana, "POST", f"/todos/{todo['id']}/complete", {"occurrence": 1})
    assert await fires() == ["2030-06-05T12:55", "2030-06-05T12:00"]
    assert plain["snoozed_until"] is None


@pytest.mark.parametrize(
    "body",
    [{}, {"minutes": 0}, {"minutes": 10, "tomorrow": True}, {"until": "2020-01-01T00:00:00Z"},
     {"until": "2199-01-01T00:00:00Z"}, {"minutes": 10_000_000}, {"minutes": "10"}],
)  # fmt: skip
async def test_what_is_no_snooze_is_refused(
    scene: Scene, world: World, body: dict[str, Any]
) -> None:
    ana = await world.person("Ana")
    home = await scene.shared_list({ana: OWNER})
    reminder = await _reminder(scene, ana, await scene.add(ana, home, **DAILY), minutes_before=5)

    answer = await _snooze(scene, ana, reminder, **body)

    assert answer.status_code == 422


async def test_nobody_puts_off_anothers_reminder(scene: Scene, world: World) -> None:
    ana, ben, eve = [await world.person(name) for name in ("Ana", "Ben", "Eve")]
    home = await scene.shared_list({ana: OWNER, ben: VIEWER})
    reminder = await _reminder(scene, ana, await scene.add(ana, home, **DAILY), minutes_before=5)

    answers = [await _snooze(scene, who, reminder, minutes=10) for who in (ben, eve)]

    assert [answer.status_code for answer in answers] == [404, 404]


def test_every_snooze_is_a_firing_of_its_own() -> None:
    now = datetime.fromisoformat("2026-11-21T12:00:00+00:00")
    sent = Timing(now, ReminderState.SENT, 4)

    again = snoozed(sent, Snooze(minutes=10), "UTC", now)

    assert again.occurrence == 5
    assert retimed(again, now, now, revive=False) is again
    assert retimed(again, None, now, revive=True).snoozed_until is None


async def test_a_test_of_reminders_is_a_job_and_its_news_is_live(
    scene: Scene, world: World
) -> None:
    ana = await world.person("Ana")

    answer = await scene.as_(ana, "POST", "/users/me/reminder-test")

    test = answer.json()
    assert (answer.status_code, test["state"]) == (202, "sending")
    [event] = await scene.events(user_stream(ana.user_id))
    assert (event["event"], event["data"]) == ("reminder.tested", {"test": test})
