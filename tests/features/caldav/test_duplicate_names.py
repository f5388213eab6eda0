"""No two objects of a list have the same UID or name, however a todo came there."""

from typing import Any

import httpx
import pytest

from shared.contract.shapes import Role
from shared.ids import ListId
from shared.resources import Resources
from tests.support.caldav_client import CalDavClient, caldav_client
from tests.support.features.list_builder import ListBuilder
from tests.support.world_builder import World


async def _lists(builder: ListBuilder, world: World) -> tuple[Any, ListId, ListId]:
    ana = await world.user("Ana")
    first, second = [await builder.make_list({ana: Role.OWNER}, name=name) for name in ("A", "B")]
    return ana, first, second


async def _ids(builder: ListBuilder, app: CalDavClient, list_id: ListId) -> dict[str, str]:
    answer = await builder.request(app.actor, "GET", f"/todos?list_id={list_id}")
    return {each["title"]: each["id"] for each in answer.json()["items"]}


async def _assert_distinct(app: CalDavClient, list_id: ListId, titles: set[str]) -> None:
    names = (await app.sync(list_id)).names
    texts = [(await app.get(list_id, name)).text.splitlines() for name in names]
    uids = [line for text in texts for line in text if line.startswith("UID:")]
    shown = {line.removeprefix("SUMMARY:") for text in texts for line in text if "SUMMARY:" in line}
    assert len(set(names)) == len(set(uids)) == len(titles)
    assert shown == titles


@pytest.mark.parametrize("uid", ["a1", "other"])
async def test_a_todo_that_the_browser_moves_gets_another_name_where_its_own_is_used(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World, uid: str
) -> None:
    ana, first, second = await _lists(builder, world)
    app = await caldav_client(client, resources, ana)
    await app.put(first, "a1.ics", "SUMMARY:One")
    await app.put(second, "a1.ics" if uid == "other" else "b1.ics", "SUMMARY:Two", uid=uid)
    token = (await app.sync(first)).sync_token
    moved = (await _ids(builder, app, first))["One"]

    await builder.request(ana, "POST", f"/todos/{moved}/move", {"list_id": second})

    await _assert_distinct(app, second, {"One", "Two"})
    assert (await app.sync(first)).names == []
    # The app knows it by a name that is not known any more here.
    with pytest.raises(AssertionError, match="valid-sync-token"):
        await app.sync(first, token)


async def test_an_app_cannot_use_the_name_that_a_todo_of_another_list_will_have(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> None:
    ana, first, second = await _lists(builder, world)
    app = await caldav_client(client, resources, ana)
    parent = await builder.add_todo(ana, first, "Parent")
    child = await builder.add_todo(ana, first, "Child", parent_id=parent["id"])
    for each in (parent, child):
        await app.put(second, f"{each['id']}.ics", f"SUMMARY:Copy of {each['title']}")

    await builder.request(ana, "POST", f"/todos/{parent['id']}/move", {"list_id": second})

    await _assert_distinct(app, second, {"Parent", "Child", "Copy of Parent", "Copy of Child"})


async def test_a_restored_todo_gets_another_name_where_its_own_was_used_again(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> None:
    ana, first, _ = await _lists(builder, world)
    app = await caldav_client(client, resources, ana)
    deleted = []
    for number in range(3):
        # Of the second and third, each uses what the one before left.
        name = "a1.ics" if number < 2 else "c1.ics"
        await app.put(first, name, f"SUMMARY:{number}", uid="a1" if number != 1 else "b1")
        deleted += [(await _ids(builder, app, first))[f"{number}"]]
        await app.request("DELETE", app.object_path(first, name))
    await app.put(first, "a1.ics", "SUMMARY:Live", uid="new")

    body = {"ids": deleted, "changes": {"deleted": False}}
    answer = await builder.request(ana, "PATCH", "/todos/bulk", body)

    assert answer.status_code == 200, answer.text
    await _assert_distinct(app, first, {"0", "1", "2", "Live"})


async def test_a_todo_that_arrives_alone_keeps_its_name(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> None:
    ana, first, second = await _lists(builder, world)
    app = await caldav_client(client, resources, ana)
    await app.put(first, "a1.ics", "SUMMARY:One")
    await app.put(second, "a1.ics", "SUMMARY:Two", uid="b1")
    await app.request("DELETE", app.object_path(second, "a1.ics"))
    moved = (await _ids(builder, app, first))["One"]

    await builder.request(ana, "POST", f"/todos/{moved}/move", {"list_id": second})

    assert (await app.sync(second)).names == ["a1.ics"]
    assert "SUMMARY:One" in (await app.get(second, "a1.ics")).text
