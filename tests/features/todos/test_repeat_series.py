"""A todo's series after one another, and people whose zone this machine does not know."""

from tests.support.features.list_builder import ListBuilder
from tests.support.features.repeat_series import (
    BIWEEKLY,
    day_in,
    past_of,
    plants,
    post,
    refused_post,
)
from tests.support.world_builder import World


async def test_a_series_set_again_counts_on_and_is_skipped_like_any_other(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    _, todo = await plants(builder, ana)
    path = f"/todos/{todo['id']}"
    await post(builder, ana, todo, "skip", 1)
    await builder.request(ana, "PATCH", path, {"repeat": None})
    again = (await builder.request(ana, "PATCH", path, {"repeat": BIWEEKLY})).json()

    for occurrence in (3, 4):
        skipped = await post(builder, ana, todo, "skip", occurrence)
        assert (await refused_post(builder, ana, todo, "complete", 1))["code"] == "superseded"
        assert skipped["repeat"]["occurrence"] == occurrence + 1

    assert again["repeat"]["occurrence"] == 3
    past = await past_of(builder, ana, todo)
    assert [one["occurrence"] for one in past["items"]] == [4, 3, 1]


async def test_who_completes_an_occurrence_of_a_series_since_cleared_completes_none_of_the_next(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    _, todo = await plants(builder, ana)
    path = f"/todos/{todo['id']}"

    numbers = [todo["repeat"]["occurrence"]]
    for ended in (False, True, True, False, False):
        if ended:
            await post(builder, ana, todo, "complete", numbers[-1])
            await post(builder, ana, todo, "reopen", numbers[-1])
        await builder.request(ana, "PATCH", path, {"repeat": None})
        again = (await builder.request(ana, "PATCH", path, {"repeat": BIWEEKLY})).json()
        for stale in numbers:
            assert (await refused_post(builder, ana, todo, "complete", stale))[
                "code"
            ] == "superseded"
        numbers.append(again["repeat"]["occurrence"])

    # Where one was taken back, the number after it had been seen too.
    assert numbers == [1, 2, 4, 6, 7, 8]


async def test_with_a_zone_this_machine_does_not_know_todos_repeat_and_reminders_wait_by_utc(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana", time_zone="Mars/Olympus_Mons")
    _, todo = await plants(builder, ana, due={"date": "2030-06-04"})
    path = f"/todos/{todo['id']}"

    past = await past_of(builder, ana, todo)
    second = await post(builder, ana, todo, "complete", 1)
    third = await post(builder, ana, todo, "skip", 2)
    reminder = await builder.request(ana, "POST", f"{path}/reminders", {"minutes_before": 0})
    put_off = f"{path}/reminders/{reminder.json()['id']}/snooze"
    snoozed = await builder.request(ana, "POST", put_off, {"tomorrow": True})

    days = ["2030-06-18", "2030-07-02"]
    assert [day_in(one) for one in past["upcoming"][:2]] == days
    assert [day_in(one) for one in (second, third)] == days
    assert reminder.json()["fires_at"] == "2030-07-02T09:00:00.000000Z"
    assert snoozed.json()["fires_at"].endswith("T09:00:00.000000Z")
