"""PUT, DELETE and MOVE of objects, by the commands of todos."""

from typing import Any

import httpx
import pytest

from shared.contract.api_tokens import TokenScope
from shared.contract.shapes import Role
from shared.ids import ListId
from shared.resources import Resources
from tests.support.caldav_client import CalDavClient, caldav_client
from tests.support.features.list_builder import ListBuilder
from tests.support.world_builder import World

FULL = (
    "SUMMARY:Milk",
    "DESCRIPTION:two\\nlitres",
    "STATUS:IN-PROCESS",
    "PRIORITY:1",
    "DUE;TZID=Europe/Berlin:20991224T090000",
    "CATEGORIES:shop,Home",
    "X-APPLE-SORT-ORDER:7",
    "BEGIN:VALARM",
    "ACTION:DISPLAY",
    "TRIGGER;RELATED=END:-PT15M",
    "END:VALARM",
)


async def _todos(builder: ListBuilder, app: CalDavClient, list_id: ListId) -> list[Any]:
    answer = await builder.request(app.actor, "GET", f"/todos?list_id={list_id}")
    return list(answer.json()["items"])


async def _names(builder: ListBuilder, list_id: ListId) -> list[str]:
    return [each["event"] for each in await builder.events(list_id)]


async def test_a_put_makes_a_todo_with_labels_and_reminders(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    list_id = await builder.make_list({ana: Role.OWNER})
    await builder.make_label(list_id, "home")
    app = await caldav_client(client, resources, ana)

    answer = await app.put(list_id, "a1.ics", *FULL, if_none_match="*")
    [todo] = await _todos(builder, app, list_id)
    reminders = await builder.request(ana, "GET", f"/todos/{todo['id']}/reminders")
    labels = (await builder.request(ana, "GET", f"/lists/{list_id}/labels")).json()["items"]
    text = (await app.get(list_id, "a1.ics")).text

    assert (answer.status_code, "etag" in answer.headers) == (201, False)
    assert (todo["title"], todo["description"]) == ("Milk", "two\nlitres")
    assert (todo["status"], todo["priority"]) == ("in_progress", 5)
    assert todo["due"] == {"at": "2099-12-24T09:00:00", "zone": "Europe/Berlin"}
    assert [label["name"] for label in labels] == ["home", "shop"]
    assert sorted(label["id"] for label in labels) == todo["labels"]
    assert [each["minutes_before"] for each in reminders.json()["items"]] == [15]
    assert {"UID:a1", "X-APPLE-SORT-ORDER:7", "CATEGORIES:home,shop"} <= set(text.splitlines())


async def test_a_put_that_changes_nothing_makes_no_event(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    list_id = await builder.make_list({ana: Role.OWNER})
    app = await caldav_client(client, resources, ana)
    await app.put(list_id, "a1.ics", *FULL)
    before, events = await app.get(list_id, "a1.ics"), await _names(builder, list_id)

    again = await app.put(list_id, "a1.ics", *FULL)
    own = await app.request(
        "PUT", app.object_path(list_id, "a1.ics"), before.content,
        if_match=before.headers["etag"], content_type="text/calendar; charset=utf-8",
    )  # fmt: skip

    assert (again.status_code, own.status_code) == (204, 204)
    assert await _names(builder, list_id) == events
    assert (await app.get(list_id, "a1.ics")).content == before.content


async def test_a_property_without_a_field_is_kept_when_the_browser_edits(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    list_id = await builder.make_list({ana: Role.OWNER})
    app = await caldav_client(client, resources, ana)
    await app.put(list_id, "a1.ics", "SUMMARY:Milk", "X-ODD;X-P=1:value", "PERCENT-COMPLETE:30")
    [todo] = await _todos(builder, app, list_id)
    tag = (await app.get(list_id, "a1.ics")).headers["etag"]

    await builder.request(ana, "PATCH", f"/todos/{todo['id']}", {"title": "Oats"})
    after = await app.get(list_id, "a1.ics")
    stale = await app.put(list_id, "a1.ics", "SUMMARY:Beer", if_match=tag)

    assert {"SUMMARY:Oats", "X-ODD;X-P=1:value", "PERCENT-COMPLETE:30"} <= set(
        after.text.splitlines()
    )
    assert stale.status_code == 412
    assert (await _todos(builder, app, list_id))[0]["title"] == "Oats"


async def test_a_change_of_kept_properties_reaches_other_apps(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    list_id = await builder.make_list({ana: Role.OWNER})
    app = await caldav_client(client, resources, ana)
    await app.put(list_id, "a1.ics", "SUMMARY:Milk", "X-ODD:1")
    token = (await app.sync(list_id)).sync_token

    await app.put(list_id, "a1.ics", "SUMMARY:Milk", "X-ODD:2")

    assert (await app.sync(list_id, token)).names == ["a1.ics"]


async def test_conditions_hold(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    list_id = await builder.make_list({ana: Role.OWNER})
    app = await caldav_client(client, resources, ana)
    path = app.object_path(list_id, "a1.ics")

    assert (await app.put(list_id, "a1.ics", "SUMMARY:A", if_match='"1-x"')).status_code == 412
    assert (await app.put(list_id, "a1.ics", "SUMMARY:A", if_match="*")).status_code == 412
    assert (await app.put(list_id, "a1.ics", "SUMMARY:A", if_none_match="*")).status_code == 201
    assert (await app.put(list_id, "a1.ics", "SUMMARY:B", if_none_match="*")).status_code == 412
    tag = (await app.get(list_id, "a1.ics")).headers["etag"]
    assert (
        await app.put(list_id, "a1.ics", "SUMMARY:B", if_match=f'"0", {tag}')
    ).status_code == 204
    assert (await app.request("DELETE", path, if_match=tag)).status_code == 412
    assert (await app.request("DELETE", path)).status_code == 204
    assert (await app.request("DELETE", path)).status_code == 404
    assert (await app.get(list_id, "a1.ics")).status_code == 404


async def test_a_deleted_object_that_is_put_again_is_restored(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    list_id = await builder.make_list({ana: Role.OWNER})
    app = await caldav_client(client, resources, ana)
    await app.put(list_id, "a1.ics", "SUMMARY:A")
    [first] = await _todos(builder, app, list_id)
    await app.request("DELETE", app.object_path(list_id, "a1.ics"))

    again = await app.put(list_id, "a1.ics", "SUMMARY:B", if_none_match="*")
    [todo] = await _todos(builder, app, list_id)

    assert again.status_code in (201, 204)
    assert (todo["id"], todo["title"]) == (first["id"], "B")


async def test_one_uid_is_one_object_of_a_list(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    list_id, other = [await builder.make_list({ana: Role.OWNER}) for _ in range(2)]
    app = await caldav_client(client, resources, ana)
    await app.put(list_id, "a1.ics", "SUMMARY:A")

    same = await app.put(list_id, "b1.ics", "SUMMARY:A", uid="a1")
    changed = await app.put(list_id, "a1.ics", "SUMMARY:A", uid="other")
    elsewhere = await app.put(other, "b1.ics", "SUMMARY:A", uid="a1")

    assert same.status_code == 409
    assert "no-uid-conflict" in same.text
    assert app.object_path(list_id, "a1.ics") in same.text
    assert (changed.status_code, elsewhere.status_code) == (409, 201)


async def test_subtasks_may_come_before_their_parent(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    list_id = await builder.make_list({ana: Role.OWNER})
    app = await caldav_client(client, resources, ana)

    await app.put(list_id, "child.ics", "SUMMARY:Child", "RELATED-TO:parent")
    waiting = (await app.get(list_id, "child.ics")).text
    await app.put(list_id, "parent.ics", "SUMMARY:Parent")
    await app.put(list_id, "late.ics", "SUMMARY:Late", "RELATED-TO;RELTYPE=PARENT:parent")
    await app.put(list_id, "deep.ics", "SUMMARY:Deep", "RELATED-TO:child")
    todos = {todo["title"]: todo for todo in await _todos(builder, app, list_id)}

    assert "RELATED-TO;RELTYPE=PARENT:parent" in waiting
    parent = todos["Parent"]["id"]
    assert {title: todo["parent_id"] for title, todo in todos.items()} == {
        "Parent": None, "Child": parent, "Late": parent, "Deep": parent,
    }  # fmt: skip
    assert "RELATED-TO;RELTYPE=PARENT:parent" in (await app.get(list_id, "child.ics")).text


@pytest.mark.parametrize("by", ["status", "date"])
async def test_a_repeating_todo_is_completed_by_its_status_or_by_its_next_date(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World, by: str
) -> None:
    ana = await world.user("Ana")
    list_id = await builder.make_list({ana: Role.OWNER})
    app = await caldav_client(client, resources, ana)
    daily = ("SUMMARY:Water", "RRULE:FREQ=DAILY", "DTSTART;VALUE=DATE:20990101")
    await app.put(list_id, "a1.ics", *daily, "DUE;VALUE=DATE:20990101")

    if by == "status":
        await app.put(list_id, "a1.ics", *daily, "DUE;VALUE=DATE:20990101", "STATUS:COMPLETED")
    else:
        following = (*daily[:2], "DTSTART;VALUE=DATE:20990102", "DUE;VALUE=DATE:20990102")
        await app.put(list_id, "a1.ics", *following, "STATUS:NEEDS-ACTION")
    [todo] = await _todos(builder, app, list_id)

    assert (todo["status"], todo["due"]) == ("pending", {"date": "2099-01-02"})
    assert (todo["repeat"]["occurrence"], todo["repeat"]["day"]) == (2, "2099-01-02")


async def test_a_todo_moves_to_another_list(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    list_id, target = [await builder.make_list({ana: Role.OWNER}) for _ in range(2)]
    app = await caldav_client(client, resources, ana)
    await app.put(list_id, "a1.ics", "SUMMARY:A")
    token = (await app.sync(list_id)).sync_token
    path = app.object_path(list_id, "a1.ics")

    renamed = await app.request("MOVE", path, destination=app.object_path(target, "b1.ics"))
    moved = await app.request(
        "MOVE", path, destination="http://localhost:8000" + app.object_path(target, "a1.ics")
    )

    foreign = await app.request(
        "MOVE", path, destination="https://other.example" + app.object_path(target, "a1.ics")
    )

    assert (renamed.status_code, moved.status_code, foreign.status_code) == (403, 201, 502)
    assert (await app.sync(list_id, token)).gone == ["a1.ics"]
    assert (await app.get(target, "a1.ics")).status_code == 200


async def test_a_move_overwrites_no_object(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    list_id, target = [await builder.make_list({ana: Role.OWNER}) for _ in range(2)]
    app = await caldav_client(client, resources, ana)
    await app.put(list_id, "a1.ics", "SUMMARY:A")
    await app.put(target, "a1.ics", "SUMMARY:There")
    path, there = app.object_path(list_id, "a1.ics"), app.object_path(target, "a1.ics")

    answers = [
        await app.request("MOVE", path, destination=there, overwrite=overwrite)
        for overwrite in ("F", "T")
    ]

    assert [answer.status_code for answer in answers] == [412, 412]
    assert "SUMMARY:There" in (await app.get(target, "a1.ics")).text


@pytest.mark.parametrize(
    "sent",
    [
        {"content_encoding": "gzip"},
        {"content_type": "text/calendar; charset=iso-8859-1"},
        {"content_type": 'text/calendar;charset="UTF-16"'},
    ],
)
async def test_a_body_that_is_compressed_or_no_utf_8_is_415(
    client: httpx.AsyncClient,
    resources: Resources,
    builder: ListBuilder,
    world: World,
    sent: dict[str, str],
) -> None:
    ana = await world.user("Ana")
    list_id = await builder.make_list({ana: Role.OWNER})
    app = await caldav_client(client, resources, ana)

    answer = await app.request("PUT", app.object_path(list_id, "a1.ics"), "x", **sent)

    assert answer.status_code == 415
    assert (await app.get(list_id, "a1.ics")).status_code == 404


ROLES = {
    "owner": (Role.OWNER, TokenScope.WRITE, 201),
    "editor": (Role.EDITOR, TokenScope.WRITE, 201),
    "commenter": (Role.COMMENTER, TokenScope.WRITE, 403),
    "viewer": (Role.VIEWER, TokenScope.WRITE, 403),
    "read_token": (Role.OWNER, TokenScope.READ, 403),
    "stranger": (None, TokenScope.WRITE, 404),
}


@pytest.mark.parametrize("caller", ROLES)
async def test_writes_need_the_role_of_an_editor(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World, caller: str
) -> None:
    role, scope, status = ROLES[caller]
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await builder.make_list({ana: Role.OWNER} | ({ben: role} if role else {}))
    owner, app = (
        await caldav_client(client, resources, ana),
        await caldav_client(client, resources, ben, scope),
    )
    await owner.put(list_id, "old.ics", "SUMMARY:Old")
    reads = 404 if role is None else 200

    put = await app.put(list_id, "a1.ics", "SUMMARY:A")
    changed = await app.put(list_id, "old.ics", "SUMMARY:New")
    deleted = await app.request("DELETE", app.object_path(list_id, "old.ics"))

    assert put.status_code == status
    assert changed.status_code == deleted.status_code == (204 if status == 201 else status)
    if status == 403 and scope is TokenScope.WRITE:
        assert "need-privileges" in put.text
    if status != 201:
        assert (await app.get(list_id, "old.ics")).status_code == reads


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b"", "valid-calendar-data"),
        (b"no calendar", "valid-calendar-data"),
        (b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
         "supported-calendar-component"),
        (b"\xff\xfe", "valid-calendar-data"),
        (b"BEGIN:VCALENDAR\r\n" + b"X:" + b"a" * 600_000, "max-resource-size"),
    ],
)  # fmt: skip
# Refused before the database is asked.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_is_no_todo_is_refused_with_the_reason(
    client: httpx.AsyncClient, resources: Resources, world: World, body: bytes, name: str
) -> None:
    ana = await world.user("Ana")
    list_id = await world.list(ana)
    app = await caldav_client(client, resources, ana)

    answer = await app.request("PUT", app.object_path(list_id, "a1.ics"), body)

    assert answer.status_code == 403
    assert name in answer.text
    assert "<l:message" in answer.text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_refusal_is_in_the_language_of_the_app(
    client: httpx.AsyncClient, resources: Resources, world: World
) -> None:
    ana = await world.user("Ana")
    list_id = await world.list(ana)
    app = await caldav_client(client, resources, ana)
    path = app.object_path(list_id, "a1.ics")

    answer = await app.request("PUT", path, b"x" * 600_000, accept_language="de-AT")

    assert "Eine Aufgabe hat höchstens" in answer.text
    assert answer.headers["vary"] == "Accept-Language"
