"""Apps that end an occurrence before the series of its todo reaches it (parts with a RECURRENCE-ID)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, update

from shared.actor import Actor
from shared.contract.shapes import Role
from shared.ids import ListId
from shared.resources import Resources
from shared.tables.accounts import UserRow
from shared.tables.interop.calendar_objects import CalendarObjectRow
from tests.support.caldav_client import CalDavClient, caldav_client, occurrence_part
from tests.support.features.list_builder import ListBuilder
from tests.support.world_builder import World

MONDAY = "COMPLETED:20260105T180000Z"
DAILY = ("SUMMARY:Water", "RRULE:FREQ=DAILY", "DUE;VALUE=DATE:20990101")


@dataclass
class Series:
    """A todo that the app of a user made, as it and the browser of another member see it."""

    app: CalDavClient
    browser: Actor
    builder: ListBuilder
    list_id: ListId

    async def put(self, *lines: str) -> None:
        answer = await self.app.put(self.list_id, "a1.ics", *lines)
        assert answer.is_success, answer.text

    async def lines(self) -> list[str]:
        return (await self.app.get(self.list_id, "a1.ics")).text.splitlines()

    async def todo(self) -> dict[str, Any]:
        answer = await self.builder.request(self.browser, "GET", f"/todos?list_id={self.list_id}")
        [todo] = answer.json()["items"]
        return dict(todo)

    async def post(self, verb: str, occurrence: int | None = None) -> dict[str, Any]:
        todo = await self.todo()
        body = {"occurrence": occurrence or todo["repeat"]["occurrence"]}
        path = f"/todos/{todo['id']}/{verb}"
        answer = await self.builder.request(self.browser, "POST", path, body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def read(self) -> dict[str, Any]:
        path = f"/todos/{(await self.todo())['id']}/occurrences"
        return dict((await self.builder.request(self.browser, "GET", path)).json())

    async def history(self) -> list[tuple[int, str, str]]:
        """Return the occurrences that ended: their numbers, days and outcomes, the newest first."""
        items = (await self.read())["items"]
        return [(each["occurrence"], each["day"][-2:], each["outcome"]) for each in items]


@pytest.fixture
async def series(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> Series:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await builder.make_list({ana: Role.OWNER, ben: Role.EDITOR})
    app = await caldav_client(client, resources, ana)
    return Series(app, ben, builder, list_id)


def _part(day: int, status: str = "COMPLETED", *lines: str) -> tuple[str, ...]:
    return occurrence_part(f";VALUE=DATE:209901{day:02}", status, *lines)


async def _advance(series: Series, by: str) -> None:
    """End the present occurrence by the browser or an app."""
    todo = await series.todo()
    request, path = series.builder.request, f"/todos/{todo['id']}"
    completed = {"status": "completed"}
    text = "\r\n".join(await series.lines())
    match by:
        case "complete" | "skip":
            await series.post(by)
        case "edit":
            await request(series.browser, "PATCH", path, completed)
        case "bulk":
            body = {"ids": [todo["id"]], "changes": completed}
            await request(series.browser, "PATCH", "/todos/bulk", body)
        case "app, by status":
            await _put_text(series, text.replace("STATUS:NEEDS-ACTION", "STATUS:COMPLETED", 1))
        case "app, by the next date":
            day = int(todo["due"]["date"][-2:])
            text = text.replace(
                f"DUE;VALUE=DATE:209901{day:02}", f"DUE;VALUE=DATE:209901{day + 1:02}"
            )
            text = text.replace(
                f"DTSTART;VALUE=DATE:209901{day:02}", f"DTSTART;VALUE=DATE:209901{day + 1:02}"
            )
            await _put_text(series, text)


async def _put_text(series: Series, text: str) -> None:
    path = series.app.object_path(series.list_id, "a1.ics")
    answer = await series.app.request("PUT", path, text + "\r\n", content_type="text/calendar")
    assert answer.status_code == 204, answer.text


@pytest.mark.parametrize(
    "by", ["complete", "skip", "edit", "bulk", "app, by status", "app, by the next date"]
)
async def test_a_series_passes_the_occurrences_that_an_app_ended_whoever_advances_it(
    series: Series, by: str
) -> None:
    await series.put(*DAILY, *_part(3, "COMPLETED", MONDAY), *_part(4, "CANCELLED"))
    assert (await series.todo())["repeat"]["occurrence"] == 1

    await _advance(series, by)
    second = await series.todo()
    await _advance(series, by)
    fifth = await series.todo()

    assert (second["due"], second["repeat"]["occurrence"]) == ({"date": "2099-01-02"}, 2)
    assert (fifth["due"], fifth["repeat"]["occurrence"]) == ({"date": "2099-01-05"}, 5)
    assert (fifth["status"], fifth["repeat"]["day"]) == ("pending", "2099-01-05")
    items = {each["occurrence"]: each for each in (await series.read())["items"]}
    outcome = "skipped" if by == "skip" else "completed"
    assert [items[number]["outcome"] for number in (1, 2, 3, 4)] == [
        outcome, outcome, "completed", "skipped",
    ]  # fmt: skip
    assert items[3]["at"].startswith("2026-01-05T18:00:00")
    assert items[3]["by"] == items[4]["by"] == series.app.actor.user_id
    assert [line for line in await series.lines() if line.startswith("RECURRENCE-ID")] == [
        "RECURRENCE-ID;VALUE=DATE:20990103", "RECURRENCE-ID;VALUE=DATE:20990104",
    ]  # fmt: skip


ZONED = "TZID=Europe/Berlin:209901{}T090000"
NAMED = {
    "of times": (f"DUE;{ZONED.format('01')}", f";{ZONED.format('02')}"),
    "of times, in UTC": (f"DUE;{ZONED.format('01')}", ":20990102T080000Z"),
    "of a late time, in UTC": (
        "DUE;TZID=America/New_York:20990101T220000", ":20990103T030000Z",
    ),
    "with a start": (
        f"DUE;{ZONED.format('03')}\r\nDTSTART;{ZONED.format('01')}", f";{ZONED.format('02')}",
    ),
}  # fmt: skip


@pytest.mark.parametrize("named", NAMED)
async def test_an_occurrence_is_named_by_its_date_or_its_start(series: Series, named: str) -> None:
    due, second = NAMED[named]
    await series.put(
        "SUMMARY:Water", "RRULE:FREQ=DAILY", due, *occurrence_part(second, "COMPLETED")
    )

    after = await series.post("complete")

    assert after["repeat"]["occurrence"] == 3


@pytest.mark.parametrize("other", [":20990102T090000Z", ";VALUE=DATE:20990102"])
async def test_a_part_at_another_time_of_the_day_is_about_no_occurrence(
    series: Series, other: str
) -> None:
    due = f"DUE;{ZONED.format('01')}"
    await series.put("SUMMARY:Water", "RRULE:FREQ=DAILY", due, *occurrence_part(other, "COMPLETED"))

    assert (await series.post("complete"))["repeat"]["occurrence"] == 2


async def test_a_start_one_interval_before_names_the_occurrence_that_begins_there(
    series: Series,
) -> None:
    weekly = ("SUMMARY:Water", "RRULE:FREQ=WEEKLY", "DTSTART;VALUE=DATE:20990101")
    await series.put(*weekly, "DUE;VALUE=DATE:20990108", *_part(15))

    days = [(await series.post("complete"))["due"]["date"] for _ in range(2)]

    assert days == ["2099-01-15", "2099-01-29"]


async def test_reopening_brings_back_what_was_passed_and_completing_passes_it_again(
    series: Series,
) -> None:
    await series.put(*DAILY, *_part(2))
    await series.post("complete")
    assert await series.history() == [(1, "01", "completed"), (2, "02", "completed")]

    opened = await series.post("reopen", 1)
    history = await series.history()
    again = await series.post("complete", 1)

    assert (opened["due"], history) == ({"date": "2099-01-01"}, [])
    assert (again["due"], again["repeat"]["occurrence"]) == ({"date": "2099-01-03"}, 3)


async def test_completing_or_skipping_twice_ends_one_occurrence(series: Series) -> None:
    await series.put(*DAILY, *_part(2), *_part(4))

    completed = [await series.post("complete", 1) for _ in range(2)]
    skipped = [await series.post("skip", 3) for _ in range(2)]
    again = await series.post("complete", 2)

    assert completed[0] == completed[1]
    assert skipped == [again, again]
    assert (await series.todo())["due"] == {"date": "2099-01-05"}


async def test_the_last_occurrence_was_ended_and_the_series_is_over_before_it(
    series: Series,
) -> None:
    counted = ("SUMMARY:Water", "RRULE:FREQ=DAILY;COUNT=2", "DUE;VALUE=DATE:20990101")
    await series.put(*counted, *_part(2))

    over = await series.post("complete")
    history = await series.history()
    todo = await series.todo()
    path = f"/todos/{todo['id']}"
    answer = await series.builder.request(series.browser, "PATCH", path, {"status": "pending"})

    assert (over["status"], over["due"]) == ("completed", {"date": "2099-01-01"})
    assert history == [(1, "01", "completed"), (2, "02", "completed")]
    assert (answer.json()["status"], await series.history()) == ("pending", [])


async def test_a_series_passes_as_many_fewer_as_it_has(series: Series) -> None:
    counted = ("SUMMARY:Water", "RRULE:FREQ=DAILY;COUNT=3", "DUE;VALUE=DATE:20990101")
    await series.put(*counted, *_part(2))

    assert (await series.post("complete"))["repeat"]["left"] == 1


async def test_dates_to_come_are_shown_without_those_that_ended(series: Series) -> None:
    await series.put(*DAILY, *_part(2), *_part(4))

    upcoming = (await series.read())["upcoming"]

    days = [each["due"]["date"][-2:] for each in upcoming]
    assert days == ["03", "05", "06", "07", "08"]


@pytest.mark.parametrize("status", ["NEEDS-ACTION", "COMPLETED"])
async def test_an_app_that_opens_a_later_occurrence_again_is_followed(
    series: Series, status: str
) -> None:
    await series.put(*DAILY, *_part(2))

    await series.put(*DAILY, f"STATUS:{status}", *_part(2, "IN-PROCESS"))
    if status == "NEEDS-ACTION":
        await series.post("complete")

    assert (await series.todo())["due"] == {"date": "2099-01-02"}
    assert await series.history() == [(1, "01", "completed")]


async def test_later_writes_of_an_app_keep_who_ended_an_occurrence_and_when(
    series: Series, resources: Resources, client: httpx.AsyncClient
) -> None:
    await series.put(*DAILY, *_part(2, "CANCELLED"), *_part(3, "COMPLETED"))
    of_ben = await caldav_client(client, resources, series.browser)

    for title in ("Tea", "Milk"):
        text = (await series.app.get(series.list_id, "a1.ics")).text
        path = of_ben.object_path(series.list_id, "a1.ics")
        text = text.replace("SUMMARY:Water", f"SUMMARY:{title}", 1)
        assert (await of_ben.request("PUT", path, text)).status_code == 204
    await of_ben.put(series.list_id, "a1.ics", *DAILY, *_part(2, "CANCELLED"), *_part(3), *_part(4))
    await series.post("complete")

    items = {each["occurrence"]: each for each in (await series.read())["items"]}
    ana, ben = series.app.actor.user_id, series.browser.user_id
    assert [items[number]["by"] for number in (2, 3, 4)] == [ana, ana, ben]


@pytest.mark.parametrize("is_completed", [False, True])
async def test_endings_of_a_series_do_not_count_for_the_one_that_replaces_it(
    series: Series, is_completed: bool
) -> None:
    await series.put(*DAILY, *_part(3), *_part(5))
    path = f"/todos/{(await series.todo())['id']}"
    edit: dict[str, Any] = {"repeat": {"rule": "FREQ=DAILY;INTERVAL=2"}}
    if is_completed:
        edit["status"] = "completed"

    answer = await series.builder.request(series.browser, "PATCH", path, edit)
    if not is_completed:
        await series.post("complete")

    assert answer.status_code == 200, answer.text
    assert (await series.todo())["due"] == {"date": "2099-01-03"}


async def test_an_edit_of_the_title_keeps_the_endings(series: Series) -> None:
    await series.put(*DAILY, *_part(2))
    todo = await series.todo()
    edit = {"title": "Tea", "repeat": {"rule": todo["repeat"]["rule"]}}

    await series.builder.request(series.browser, "PATCH", f"/todos/{todo['id']}", edit)

    assert (await series.post("complete"))["due"] == {"date": "2099-01-03"}


async def test_endings_that_an_earlier_release_did_not_store_count_once_the_app_writes_again(
    series: Series, resources: Resources
) -> None:
    await series.put(*DAILY, *_part(2))
    async with resources.begin() as work:
        await work.connection.execute(update(CalendarObjectRow).values(ended_in_advance=None))

    await series.put(*DAILY, *_part(2))

    assert (await series.post("complete"))["due"] == {"date": "2099-01-03"}


async def test_an_occurrence_that_a_deleted_account_ended_is_passed(
    series: Series, resources: Resources, client: httpx.AsyncClient, world: World
) -> None:
    cleo = await world.user("Cleo")
    list_id = await series.builder.make_list({series.browser: Role.OWNER, cleo: Role.EDITOR})
    series.list_id, app = list_id, await caldav_client(client, resources, cleo)
    await app.put(list_id, "a1.ics", *DAILY, *_part(2))
    async with resources.begin() as work:
        await work.connection.execute(delete(UserRow).where(UserRow.id == cleo.user_id))

    await series.post("complete")

    items = (await series.read())["items"]
    assert [each["by"] for each in items] == [series.browser.user_id, None]


async def test_a_series_by_completion_passes_nothing(series: Series, resources: Resources) -> None:
    """Its days to come depend on when the occurrences before them are completed."""
    days = [resources.clock.now() + timedelta(days=ahead) for ahead in range(4)]
    parts = [
        line
        for day in days
        for line in occurrence_part(f";VALUE=DATE:{day:%Y%m%d}", "COMPLETED", MONDAY)
    ]
    lines = ("SUMMARY:Water", "RRULE:FREQ=DAILY", "X-LIVELIST-COUNTS-FROM:COMPLETION")
    await series.put(*lines, "DUE;VALUE=DATE:20990101", *parts)

    todo = await series.post("complete")

    assert todo["due"]["date"] in {f"{day:%Y-%m-%d}" for day in days}
    assert todo["repeat"]["occurrence"] == 2
