"""Successive series of one todo, and users whose time zone this machine does not know."""

from tests.support.features.list_builder import ListBuilder
from tests.support.features.repeat_series import (
    BIWEEKLY,
    due_day,
    make_repeating_todo,
    post,
    post_refused,
    read_history,
)
from tests.support.world_builder import World


async def test_a_new_series_continues_the_numbering_and_can_be_skipped(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    _, todo = await make_repeating_todo(builder, ana)
    path = f"/todos/{todo['id']}"
    await post(builder, ana, todo, "skip", 1)
    await builder.request(ana, "PATCH", path, {"repeat": None})
    again = (await builder.request(ana, "PATCH", path, {"repeat": BIWEEKLY})).json()

    for occurrence in (3, 4):
        skipped = await post(builder, ana, todo, "skip", occurrence)
        assert (await post_refused(builder, ana, todo, "complete", 1))["code"] == "superseded"
        assert skipped["repeat"]["occurrence"] == occurrence + 1

    assert again["repeat"]["occurrence"] == 3
    history = await read_history(builder, ana, todo)
    assert [ended["occurrence"] for ended in history["items"]] == [4, 3, 1]


async def test_completing_an_occurrence_of_a_cleared_series_completes_none_of_the_next_series(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    _, todo = await make_repeating_todo(builder, ana)
    path = f"/todos/{todo['id']}"

    numbers = [todo["repeat"]["occurrence"]]
    for is_reopened in (False, True, True, False, False):
        if is_reopened:
            await post(builder, ana, todo, "complete", numbers[-1])
            await post(builder, ana, todo, "reopen", numbers[-1])
        await builder.request(ana, "PATCH", path, {"repeat": None})
        again = (await builder.request(ana, "PATCH", path, {"repeat": BIWEEKLY})).json()
        for stale in numbers:
            problem = await post_refused(builder, ana, todo, "complete", stale)
            assert problem["code"] == "superseded"
        numbers.append(again["repeat"]["occurrence"])

    # Where an occurrence was reopened, clients had seen the number after it too.
    assert numbers == [1, 2, 4, 6, 7, 8]


async def test_in_an_unknown_time_zone_todos_repeat_and_reminders_fire_by_utc(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana", time_zone="Mars/Olympus_Mons")
    _, todo = await make_repeating_todo(builder, ana, due={"date": "2030-06-04"})
    path = f"/todos/{todo['id']}"

    history = await read_history(builder, ana, todo)
    second = await post(builder, ana, todo, "complete", 1)
    third = await post(builder, ana, todo, "skip", 2)
    reminder = await builder.request(ana, "POST", f"{path}/reminders", {"minutes_before": 0})
    snooze_path = f"{path}/reminders/{reminder.json()['id']}/snooze"
    snoozed = await builder.request(ana, "POST", snooze_path, {"tomorrow": True})

    days = ["2030-06-18", "2030-07-02"]
    assert [due_day(date) for date in history["upcoming"][:2]] == days
    assert [due_day(date) for date in (second, third)] == days
    assert reminder.json()["fires_at"] == "2030-07-02T09:00:00.000000Z"
    assert snoozed.json()["fires_at"].endswith("T09:00:00.000000Z")
