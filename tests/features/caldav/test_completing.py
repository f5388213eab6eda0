"""Todos that apps and browsers complete and reopen: the percentage, the instant, and occurrences."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from shared.contract.shapes import Role
from shared.ids import ListId
from shared.resources import Resources
from shared.tables.todos import TodoRow
from tests.support.caldav_client import CalDavClient, caldav_client, occurrence_part
from tests.support.features.list_builder import ListBuilder
from tests.support.world_builder import World

DAILY = (
    "SUMMARY:Water", "RRULE:FREQ=DAILY", "DTSTART;VALUE=DATE:20990101", "DUE;VALUE=DATE:20990101",
)  # fmt: skip


async def _app(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> tuple[CalDavClient, ListId]:
    ana = await world.user("Ana")
    list_id = await builder.make_list({ana: Role.OWNER})
    return await caldav_client(client, resources, ana), list_id


async def _todo(builder: ListBuilder, app: CalDavClient, list_id: ListId) -> dict[str, Any]:
    answer = await builder.request(app.actor, "GET", f"/todos?list_id={list_id}")
    [todo] = answer.json()["items"]
    return dict(todo)


async def _lines(app: CalDavClient, list_id: ListId) -> list[str]:
    return (await app.get(list_id, "a1.ics")).text.splitlines()


async def _percent(app: CalDavClient, list_id: ListId) -> list[str]:
    name = "PERCENT-COMPLETE:"
    lines = await _lines(app, list_id)
    return [line.removeprefix(name) for line in lines if line.startswith(name)]


@pytest.mark.parametrize("sent", [(), ("PERCENT-COMPLETE:100",), ("PERCENT-COMPLETE:40",)])
async def test_a_completed_todo_is_at_a_hundred_percent_and_a_reopened_one_is_not(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World, sent: Any
) -> None:
    app, list_id = await _app(client, resources, builder, world)
    await app.put(list_id, "a1.ics", "SUMMARY:Milk", "STATUS:COMPLETED", *sent)
    todo = await _todo(builder, app, list_id)

    completed = await _percent(app, list_id)
    await builder.request(app.actor, "POST", f"/todos/{todo['id']}/reopen")
    lines = await _lines(app, list_id)

    assert completed == ["100"]
    assert "STATUS:NEEDS-ACTION" in lines
    assert await _percent(app, list_id) == []


async def test_the_percentage_of_an_open_todo_is_kept_and_a_hundred_is_left_out(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> None:
    app, list_id = await _app(client, resources, builder, world)
    shown = []
    for percent in (40, 100):
        lines = ("SUMMARY:Milk", "STATUS:IN-PROCESS", f"PERCENT-COMPLETE:{percent}")
        await app.put(list_id, "a1.ics", *lines)
        shown.append(await _percent(app, list_id))

    assert shown == [["40"], []]


@pytest.mark.parametrize("by", ["app", "browser"])
async def test_the_next_occurrence_has_no_percentage_of_the_one_before(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World, by: str
) -> None:
    app, list_id = await _app(client, resources, builder, world)
    await app.put(list_id, "a1.ics", *DAILY, "STATUS:IN-PROCESS", "PERCENT-COMPLETE:40")
    before = await _percent(app, list_id)
    if by == "app":
        await app.put(list_id, "a1.ics", *DAILY, "STATUS:COMPLETED", "PERCENT-COMPLETE:100")
    else:
        todo = await _todo(builder, app, list_id)
        await builder.request(app.actor, "POST", f"/todos/{todo['id']}/complete")

    after = await _todo(builder, app, list_id)

    assert before == ["40"]
    assert (after["status"], after["due"]) == ("pending", {"date": "2099-01-02"})
    assert await _percent(app, list_id) == []


async def test_an_app_that_sends_back_what_it_read_changes_nothing(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> None:
    app, list_id = await _app(client, resources, builder, world)
    await app.put(list_id, "a1.ics", "SUMMARY:Milk", "STATUS:COMPLETED")
    before, events = await app.get(list_id, "a1.ics"), await builder.events(list_id)

    path = app.object_path(list_id, "a1.ics")
    await app.request("PUT", path, before.content, content_type="text/calendar")

    assert await builder.events(list_id) == events
    assert (await app.get(list_id, "a1.ics")).headers["etag"] == before.headers["etag"]


MONDAY = "COMPLETED:20260105T180000Z"


async def _completed_at(builder: ListBuilder, app: CalDavClient, list_id: ListId) -> str | None:
    todo = await _todo(builder, app, list_id)
    assert todo["status"] == "completed"
    return todo["completed_at"][:19] if todo["completed_at"] else None


@pytest.mark.parametrize("is_new", [True, False])
async def test_the_instant_at_which_an_app_completed_a_todo_offline_is_kept(
    client: httpx.AsyncClient,
    resources: Resources,
    builder: ListBuilder,
    world: World,
    is_new: bool,
) -> None:
    app, list_id = await _app(client, resources, builder, world)
    if not is_new:
        await app.put(list_id, "a1.ics", "SUMMARY:Milk")

    await app.put(list_id, "a1.ics", "SUMMARY:Milk", "STATUS:COMPLETED", MONDAY)

    assert await _completed_at(builder, app, list_id) == "2026-01-05T18:00:00"
    assert MONDAY in await _lines(app, list_id)


@pytest.mark.parametrize("sent", ["29990105T180000Z", "16010101T000000Z", "19700101T000000Z"])
async def test_an_instant_to_come_or_of_an_impossible_year_means_now(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World, sent: str
) -> None:
    app, list_id = await _app(client, resources, builder, world)
    await app.put(list_id, "a1.ics", "SUMMARY:Milk")

    answer = await app.put(list_id, "a1.ics", "SUMMARY:Milk", f"COMPLETED:{sent}")
    todo = await _todo(builder, app, list_id)

    assert answer.status_code == 204
    assert todo["completed_at"] == todo["updated_at"]


async def test_a_todo_that_is_restored_as_completed_keeps_the_instant(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> None:
    app, list_id = await _app(client, resources, builder, world)
    await app.put(list_id, "a1.ics", "SUMMARY:Milk")
    await app.request("DELETE", app.object_path(list_id, "a1.ics"))

    await app.put(list_id, "a1.ics", "SUMMARY:Milk", "STATUS:COMPLETED", MONDAY)

    assert await _completed_at(builder, app, list_id) == "2026-01-05T18:00:00"


@pytest.mark.parametrize("count", [1, 2])
async def test_the_instant_of_a_completed_occurrence_is_kept(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World, count: int
) -> None:
    app, list_id = await _app(client, resources, builder, world)
    rule = f"RRULE:FREQ=DAILY;COUNT={count}"
    lines = ("SUMMARY:Water", rule, "DUE;VALUE=DATE:20990101")
    await app.put(list_id, "a1.ics", *lines)

    await app.put(list_id, "a1.ics", *lines, "STATUS:COMPLETED", MONDAY)
    todo = await _todo(builder, app, list_id)
    [ended] = await _ended(builder, app, todo)

    assert (ended["outcome"], ended["at"][:19]) == ("completed", "2026-01-05T18:00:00")
    if count == 1:
        assert await _completed_at(builder, app, list_id) == "2026-01-05T18:00:00"


async def test_a_series_by_completion_counts_from_the_day_on_which_the_app_completed_it(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> None:
    app, list_id = await _app(client, resources, builder, world)
    lines = (
        "SUMMARY:Water", "DUE;VALUE=DATE:20260103", "RRULE:FREQ=DAILY;INTERVAL=3",
        "X-LIVELIST-COUNTS-FROM:COMPLETION",
    )  # fmt: skip
    await app.put(list_id, "a1.ics", *lines)
    await _create_before(resources, list_id)

    await app.put(list_id, "a1.ics", *lines, "STATUS:COMPLETED", MONDAY)

    assert (await _todo(builder, app, list_id))["due"] == {"date": "2026-01-08"}


async def _create_before(resources: Resources, list_id: ListId) -> None:
    """Let the todos of the list have been created before MONDAY."""
    created_at = datetime(2026, 1, 2, tzinfo=UTC)
    async with resources.begin() as work:
        await work.connection.execute(
            update(TodoRow).where(TodoRow.list_id == list_id).values(created_at=created_at)
        )


async def _ended(builder: ListBuilder, app: CalDavClient, todo: dict[str, Any]) -> list[Any]:
    answer = await builder.request(app.actor, "GET", f"/todos/{todo['id']}/occurrences")
    return list(answer.json()["items"])


ZONED = "TZID=Europe/Berlin:209901{}T090000"
SERIES = {
    "of days": ("DUE;VALUE=DATE:20990101", ";VALUE=DATE:20990101", ";VALUE=DATE:20990102"),
    "of times": (
        f"DUE;{ZONED.format('01')}", f";{ZONED.format('01')}", f";{ZONED.format('02')}",
    ),
    "of times, in UTC": (f"DUE;{ZONED.format('01')}", ":20990101T080000Z", ":20990102T080000Z"),
    "with a start": (
        f"DUE;{ZONED.format('03')}\r\nDTSTART;{ZONED.format('01')}",
        f";{ZONED.format('01')}", f";{ZONED.format('02')}",
    ),
}  # fmt: skip


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize("is_new", [True, False])
async def test_parts_that_complete_or_cancel_the_present_occurrence_end_it(
    client: httpx.AsyncClient,
    resources: Resources,
    builder: ListBuilder,
    world: World,
    series: str,
    is_new: bool,
) -> None:
    app, list_id = await _app(client, resources, builder, world)
    due, first, second = SERIES[series]
    daily = ("SUMMARY:Water", "RRULE:FREQ=DAILY", due)
    completed, cancelled = (
        occurrence_part(first, "COMPLETED", MONDAY),
        occurrence_part(second, "CANCELLED"),
    )

    if is_new:
        await app.put(list_id, "a1.ics", *daily, *completed, *cancelled)
    else:
        await app.put(list_id, "a1.ics", *daily)
        for part in (completed, cancelled):
            text = "\r\n".join([*await _lines(app, list_id)][:-2])
            whole = "\r\n".join([text, *part, "END:VTODO", "END:VCALENDAR", ""])
            await app.request("PUT", app.object_path(list_id, "a1.ics"), whole)
    todo = await _todo(builder, app, list_id)
    ended = await _ended(builder, app, todo)

    assert (todo["status"], todo["repeat"]["occurrence"]) == ("pending", 3)
    assert [each["outcome"] for each in ended] == ["skipped", "completed"]
    assert ended[1]["at"].startswith("2026-01-05T18:00:00")
    lines = await _lines(app, list_id)
    assert sum(line.startswith("RECURRENCE-ID") for line in lines) == 2
    if series == "with a start":
        assert {f"DTSTART;{ZONED.format('03')}", f"DUE;{ZONED.format('05')}"} <= set(lines)


async def test_an_occurrence_that_the_browser_reopened_is_open_in_the_app(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> None:
    app, list_id = await _app(client, resources, builder, world)
    await app.put(list_id, "a1.ics", *DAILY)
    await app.put(list_id, "a1.ics", *DAILY, *occurrence_part(";VALUE=DATE:20990101", "COMPLETED"))
    todo = await _todo(builder, app, list_id)
    again = {"occurrence": 1}
    await builder.request(app.actor, "POST", f"/todos/{todo['id']}/reopen", again)

    read = (await app.get(list_id, "a1.ics")).text
    await app.request("PUT", app.object_path(list_id, "a1.ics"), read.replace("Water", "Tea"))
    todo = await _todo(builder, app, list_id)

    assert "RECURRENCE-ID" not in read
    assert (todo["title"], todo["repeat"]["occurrence"]) == ("Tea", 1)


@pytest.mark.parametrize("date", ["20981231", "20990105"])
async def test_parts_of_other_occurrences_and_open_ones_are_kept_and_end_nothing(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World, date: str
) -> None:
    app, list_id = await _app(client, resources, builder, world)
    other = occurrence_part(f";VALUE=DATE:{date}", "COMPLETED")
    still_open = occurrence_part(";VALUE=DATE:20990101", "IN-PROCESS")
    await app.put(list_id, "a1.ics", *DAILY)

    await app.put(list_id, "a1.ics", *DAILY, *other, *still_open)
    lines = await _lines(app, list_id)

    assert (await _todo(builder, app, list_id))["repeat"]["occurrence"] == 1
    assert [line for line in lines if line.startswith("RECURRENCE-ID")] == [
        f"RECURRENCE-ID;VALUE=DATE:{date}", "RECURRENCE-ID;VALUE=DATE:20990101",
    ]  # fmt: skip


async def test_a_start_one_interval_before_names_the_occurrence_that_begins_there(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> None:
    app, list_id = await _app(client, resources, builder, world)
    weekly = (
        "SUMMARY:Water", "RRULE:FREQ=WEEKLY", "DTSTART;VALUE=DATE:20990101", "DUE;VALUE=DATE:20990108",
    )  # fmt: skip
    await app.put(list_id, "a1.ics", *weekly)

    # That of the next occurrence, which is due on the 15th.
    await app.put(list_id, "a1.ics", *weekly, *occurrence_part(";VALUE=DATE:20990108", "COMPLETED"))
    other = await _todo(builder, app, list_id)
    await app.put(list_id, "a1.ics", *weekly, *occurrence_part(";VALUE=DATE:20990101", "CANCELLED"))
    present = await _todo(builder, app, list_id)

    assert other["repeat"]["occurrence"] == 1
    assert present["repeat"]["occurrence"] == 2


BY_COMPLETION = (
    "SUMMARY:Water", "RRULE:FREQ=DAILY", "X-LIVELIST-COUNTS-FROM:COMPLETION", "DUE;VALUE=DATE:20260106",
)  # fmt: skip


async def test_a_part_ends_one_occurrence_of_a_series_by_completion(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> None:
    app, list_id = await _app(client, resources, builder, world)
    other = occurrence_part(";VALUE=DATE:20200101", "CANCELLED")
    completed = occurrence_part(";VALUE=DATE:20260106", "COMPLETED", MONDAY)
    await app.put(list_id, "a1.ics", *BY_COMPLETION)
    await _create_before(resources, list_id)

    numbers = []
    for _ in range(2):
        await app.put(list_id, "a1.ics", *BY_COMPLETION, *completed, *other)
        numbers.append((await _todo(builder, app, list_id))["repeat"]["occurrence"])

    # Completed on the 5th, the next one is due on the 6th again.
    assert numbers == [2, 2]


async def test_an_instant_before_the_last_end_does_not_move_the_series_back(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> None:
    app, list_id = await _app(client, resources, builder, world)
    await app.put(list_id, "a1.ics", *BY_COMPLETION)
    await _create_before(resources, list_id)
    await app.put(list_id, "a1.ics", *BY_COMPLETION, "STATUS:COMPLETED", MONDAY)
    before = "COMPLETED:20200101T180000Z"

    await app.put(list_id, "a1.ics", *BY_COMPLETION, "STATUS:COMPLETED", before)
    todo = await _todo(builder, app, list_id)
    ended = await _ended(builder, app, todo)

    assert todo["due"]["date"] > todo["updated_at"][:10]
    assert [each["at"][:10] for each in ended] == ["2020-01-01", "2026-01-05"]


async def test_an_instant_before_the_todo_was_created_does_not_move_the_series_back(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> None:
    app, list_id = await _app(client, resources, builder, world)
    await app.put(list_id, "a1.ics", *BY_COMPLETION)

    await app.put(list_id, "a1.ics", *BY_COMPLETION, "STATUS:COMPLETED", MONDAY)
    todo = await _todo(builder, app, list_id)
    [ended] = await _ended(builder, app, todo)

    assert todo["due"]["date"] > todo["created_at"][:10]
    assert ended["at"].startswith("2026-01-05T18:00:00")
