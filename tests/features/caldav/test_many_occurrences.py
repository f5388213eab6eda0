"""Apps that keep every occurrence of a todo as a part of its object, for years."""

from datetime import date, timedelta

import httpx

from shared.calendar_objects.decode import MAX_OCCURRENCES
from shared.contract.shapes import Role
from shared.ids import ListId
from shared.resources import Resources
from tests.support.caldav_client import CalDavClient, caldav_client, occurrence_part
from tests.support.features.list_builder import ListBuilder
from tests.support.world_builder import World


async def _app(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> tuple[CalDavClient, ListId]:
    ana = await world.user("Ana")
    list_id = await builder.make_list({ana: Role.OWNER})
    return await caldav_client(client, resources, ana), list_id


def _series(due: date) -> tuple[str, ...]:
    return ("SUMMARY:Water", "RRULE:FREQ=DAILY", f"DUE;VALUE=DATE:{due:%Y%m%d}")


def _part(day: date, status: str = "COMPLETED", *lines: str) -> tuple[str, ...]:
    return occurrence_part(f";VALUE=DATE:{day:%Y%m%d}", status, *lines)


def _whole_part(day: date) -> tuple[str, ...]:
    """Return a part with what apps write into each of them."""
    stamp = f"{day:%Y%m%d}T180000Z"
    return _part(
        day, "COMPLETED", f"COMPLETED:{stamp}", f"CREATED:{stamp}", f"LAST-MODIFIED:{stamp}",
        f"DTSTART;VALUE=DATE:{day:%Y%m%d}", f"DUE;VALUE=DATE:{day:%Y%m%d}", "PERCENT-COMPLETE:100",
        "PRIORITY:5", "CATEGORIES:Plants,Home", f"X-OF-APP:{day:%Y%m%d}", "X-COLOUR:#16A34A",
    )  # fmt: skip


async def _days(app: CalDavClient, list_id: ListId, name: str = "RECURRENCE-ID") -> list[str]:
    lines = (await app.get(list_id, "a1.ics")).text.splitlines()
    return [line.partition(":")[2] for line in lines if line.startswith(name)]


async def test_an_app_that_keeps_each_day_of_years_completes_the_next_one(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> None:
    app, list_id = await _app(client, resources, builder, world)
    today = resources.clock.now().date()
    days = [today - timedelta(days=ago) for ago in range(500, 0, -1)]
    past = [line for day in days for line in _whole_part(day)]
    created = await app.put(list_id, "a1.ics", *_series(today), *past)

    completed = await app.put(list_id, "a1.ics", *_series(today), *past, *_whole_part(today))
    kept = await _days(app, list_id)

    assert (created.status_code, completed.status_code) == (201, 204)
    assert 200 < len(kept) <= MAX_OCCURRENCES
    newest = [f"{day:%Y%m%d}" for day in [*days, today][-len(kept) :]]
    assert kept == newest
    # What is not known of those that are kept is given back.
    assert await _days(app, list_id, "X-OF-APP") == newest
    answer = await builder.request(app.actor, "GET", f"/todos?list_id={list_id}")
    [todo] = answer.json()["items"]
    assert todo["due"] == {"date": f"{today + timedelta(days=1):%Y-%m-%d}"}


async def test_parts_within_the_limit_are_all_kept(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> None:
    app, list_id = await _app(client, resources, builder, world)
    today = resources.clock.now().date()
    days = [today - timedelta(days=ago) for ago in range(MAX_OCCURRENCES, 0, -1)]

    await app.put(
        list_id, "a1.ics", *_series(today), *(line for day in days for line in _part(day))
    )

    assert await _days(app, list_id) == [f"{day:%Y%m%d}" for day in days]


async def test_parts_that_still_say_something_are_not_left_out(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> None:
    """The present occurrence, also one that is over, those to come, and those that are open."""
    app, list_id = await _app(client, resources, builder, world)
    today = resources.clock.now().date()
    late = today - timedelta(days=900)
    past = [today - timedelta(days=ago) for ago in range(800, 3, -1)]
    to_come = today + timedelta(days=5)
    telling = (*_part(late, "CANCELLED"), *_part(past[0], "IN-PROCESS"), *_part(to_come))

    many = [line for day in past[1:] for line in _part(day)]
    written = await app.put(list_id, "a1.ics", *_series(late), *telling, *many)
    kept = await _days(app, list_id)
    still_open = [line for day in past[:400] for line in _part(day, "IN-PROCESS")]
    refused = await app.put(list_id, "a1.ics", *_series(today), *still_open)

    assert written.status_code == 201
    assert kept[:3] == [f"{day:%Y%m%d}" for day in (late, past[0], to_come)]
    assert len(kept) == MAX_OCCURRENCES
    assert (refused.status_code, "occurrences differ" in refused.text) == (403, True)
