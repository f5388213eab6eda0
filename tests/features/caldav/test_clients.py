"""Programs of others against a server: caldav, its compatibility tests, vdirsyncer and todoman."""

import asyncio
import re
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.contract.shapes import Role
from shared.ids import list_stream
from shared.resources import Resources
from shared.settings import ROOT
from tests.support.api_server import InProcessNode
from tests.support.api_tokens import insert_api_token
from tests.support.caldav_programs import SyncedFolder, caldav, find_features
from tests.support.features.list_builder import ListBuilder
from tests.support.realtime.websocket_client import head_of, socket_of
from tests.support.world_builder import World

# What the programs send is the same for both databases.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
_ROW = re.compile(r"^\| `([a-z0-9.-]+)` \| (full|unsupported|ungraceful) \|", re.MULTILINE)


async def test_the_compatibility_tests_find_the_documented_features(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    token = await insert_api_token(resources, await world.user("Ana"))
    documented = dict(_ROW.findall((ROOT / "docs/caldav.md").read_text()))

    url = f"{server.url}/caldav/"
    found = await asyncio.to_thread(find_features, url, token.text, documented)

    assert len(documented) > 20
    assert found == documented


async def test_an_app_that_knows_only_the_host_finds_the_lists(
    server: InProcessNode, resources: Resources, builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    await builder.make_list({ana: Role.OWNER}, name="Home")
    token = await insert_api_token(resources, ana)

    def names() -> list[str]:
        client = caldav.DAVClient(url=f"{server.url}/", username="me", password=token.text)
        return [str(each.get_display_name()) for each in client.principal().calendars()]

    assert await asyncio.to_thread(names) == ["Home"]


async def test_a_browser_at_the_address_of_the_site_gets_the_page(
    client: httpx.AsyncClient,
) -> None:
    page, head = await client.get("/"), await client.head("/")

    assert (page.status_code, head.status_code) == (200, 200)
    assert page.headers["content-type"].startswith("text/html")


async def test_two_apps_and_a_browser_end_with_the_same_list(
    server: InProcessNode, resources: Resources, builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await builder.make_list({ana: Role.OWNER, ben: Role.EDITOR}, name="Home")
    tokens = [(await insert_api_token(resources, actor)).text for actor in (ana, ben)]

    def calendar(token: str) -> Any:
        client = caldav.DAVClient(url=f"{server.url}/caldav/", username="me", password=token)
        [found] = client.principal().calendars()
        assert (found.get_display_name(), found.get_supported_components()) == ("Home", ["VTODO"])
        return found

    def titles(each: Any) -> dict[str, str]:
        todos = each.todos(include_completed=True)
        return {
            str(todo.icalendar_component["SUMMARY"]): str(todo.icalendar_component["STATUS"])
            for todo in todos
        }

    def edit_in_apps() -> list[Any]:
        first, second = calendar(tokens[0]), calendar(tokens[1])
        milk = first.add_todo(summary="Milk", due=date(2099, 12, 24), categories=["shop"])
        seen = second.objects_by_sync_token(load_objects=True)
        second.todo_by_uid(milk.id).complete()
        second.add_todo(summary="Oats")
        stale = first.todo_by_uid(milk.id)
        assert str(stale.icalendar_component["STATUS"]) == "COMPLETED"
        return [first, second, seen]

    epoch, since = await head_of(resources, list_stream(list_id))
    async with socket_of(server.socket_url, resources, ben) as browser:
        await browser.follow((list_id, epoch), since=since)
        first, second, seen = await asyncio.to_thread(edit_in_apps)
        await builder.add_todo(ana, list_id, "Browser")
        items = (await builder.request(ana, "GET", f"/todos?list_id={list_id}")).json()["items"]
        oats = next(each for each in items if each["title"] == "Oats")
        await builder.request(ana, "PATCH", f"/todos/{oats['id']}", {"title": "Rye"})
        _, head = await head_of(resources, list_stream(list_id))
        received = await browser.receive_seq(list_id, head)
    changed, _ = await asyncio.to_thread(seen.sync)
    lists = [await asyncio.to_thread(titles, each) for each in (first, second)]
    snapshot = (await builder.request(ben, "GET", f"/lists/{list_id}/snapshot")).json()

    expected = {"Milk": "COMPLETED", "Rye": "NEEDS-ACTION", "Browser": "NEEDS-ACTION"}
    assert lists == [expected, expected]
    assert len(list(changed)) == 3
    names = {"pending": "NEEDS-ACTION", "completed": "COMPLETED"}
    assert {todo["title"]: names[todo["status"]] for todo in snapshot["todos"]} == expected
    # The label, three todos, the completion and the new title: each once, and in order.
    assert received == list(range(since + 1, since + 7))


async def test_vdirsyncer_and_todoman_work_in_both_directions(
    server: InProcessNode, resources: Resources, builder: ListBuilder, world: World, tmp_path: Path
) -> None:
    ana = await world.user("Ana")
    list_id = await builder.make_list({ana: Role.OWNER}, name="Home")
    token = await insert_api_token(resources, ana)
    kept = await builder.add_todo(ana, list_id, "Browser", due={"date": "2099-12-24"})
    gone = await builder.add_todo(ana, list_id, "Gone")
    folder = SyncedFolder(tmp_path / "synced", server.url, token.text)
    folder.write_configurations()

    await folder.discover()
    await folder.sync()
    shown = await folder.todo("list")
    await folder.todo("new", "--list", list_id, "Laptop")
    await builder.request(ana, "DELETE", f"/todos/{gone['id']}")
    number = re.search(r"(\d+)\s.*Browser", shown)
    assert number is not None, shown
    await folder.todo("done", number[1])
    await folder.sync()
    items = (await builder.request(ana, "GET", f"/todos?list_id={list_id}")).json()["items"]

    assert "Gone" in shown
    assert {each["title"]: each["status"] for each in items} == {
        "Browser": "completed",
        "Laptop": "pending",
    }
    files = [path.read_text() for path in (folder.lists / list_id).glob("*.ics")]
    assert len(files) == 2
    assert any(f"UID:{kept['id']}" in text for text in files)
