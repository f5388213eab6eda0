"""Todos that apps and browsers complete and reopen: the percentage, the instant, and occurrences."""

from typing import Any

import httpx
import pytest

from shared.contract.shapes import Role
from shared.ids import ListId
from shared.resources import Resources
from tests.support.caldav_client import CalDavClient, caldav_client
from tests.support.features.list_builder import ListBuilder
from tests.support.world_builder import World

DAILY = ("SUMMARY:Water", "RRULE:FREQ=DAILY", "DTSTART;VALUE=DATE:20990101", "DUE;VALUE=DATE:20990101")


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
