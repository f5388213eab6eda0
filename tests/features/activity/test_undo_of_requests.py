"""Undo of what one request changed, named by its idempotency key: also before its answer is known."""

import httpx
import pytest

from shared.activity import undo as undo_module
from shared.actor import Actor
from shared.ids import ListId
from tests.support.features.list_builder import API, EDITOR, OWNER, ListBuilder
from tests.support.share_links import make_guest, make_link
from tests.support.world_builder import World

KEY = "4f0c%_\"\\'"


@pytest.fixture
async def ana(world: World) -> Actor:
    return await world.user("Ana")


@pytest.fixture
async def ben(world: World) -> Actor:
    return await world.user("Ben")


@pytest.fixture
async def home(builder: ListBuilder, ana: Actor, ben: Actor) -> ListId:
    return await builder.make_list({ana: OWNER, ben: EDITOR})


async def undo(builder: ListBuilder, actor: Actor, list_id: ListId, key: str) -> httpx.Response:
    body = {"mutation": key}
    return await builder.request(actor, "POST", f"/lists/{list_id}/activity/undo", body)


async def test_a_moved_subtask_gets_back_all_that_the_move_took(
    builder: ListBuilder, ana: Actor, ben: Actor, home: ListId
) -> None:
    away = await builder.make_list({ana: OWNER})
    label = await builder.make_label(home, "Shop")
    parent = await builder.add_todo(ana, home, "Trip")
    todo = await builder.add_todo(
        ana, home, labels=[label], assignees=[ben.user_id], parent_id=parent["id"]
    )
    path = f"/todos/{todo['id']}"
    await builder.request(ana, "POST", f"{path}/move", {"list_id": away}, Idempotency_Key=KEY)

    undone = await undo(builder, ana, away, KEY)

    assert undone.status_code == 200, undone.text
    now = (await builder.request(ana, "GET", path)).json()
    kept = ("list_id", "rank", "labels", "assignees", "parent_id")
    assert {name: now[name] for name in kept} == {name: todo[name] for name in kept}


async def test_a_moved_todo_comes_back_with_its_subtasks(
    builder: ListBuilder, ana: Actor, ben: Actor, home: ListId
) -> None:
    away = await builder.make_list({ana: OWNER})
    parent = await builder.add_todo(ana, home, "Trip")
    child = await builder.add_todo(ana, home, parent_id=parent["id"], assignees=[ben.user_id])
    path = f"/todos/{parent['id']}/move"
    await builder.request(ana, "POST", path, {"list_id": away}, Idempotency_Key=KEY)

    undone = await undo(builder, ana, away, KEY)

    assert undone.status_code == 200, undone.text
    now = (await builder.request(ana, "GET", f"/todos/{child['id']}")).json()
    kept = ("list_id", "rank", "assignees", "parent_id")
    assert {name: now[name] for name in kept} == {name: child[name] for name in kept}


async def test_a_deleted_comment_has_its_text_again(
    builder: ListBuilder, ana: Actor, home: ListId
) -> None:
    todo = await builder.add_todo(ana, home)
    comments = f"/todos/{todo['id']}/comments"
    comment = (await builder.request(ana, "POST", comments, {"body": "Two litres"})).json()
    await builder.request(ana, "DELETE", f"{comments}/{comment['id']}", Idempotency_Key=KEY)

    assert (await undo(builder, ana, home, KEY)).status_code == 200

    [restored] = (await builder.request(ana, "GET", comments)).json()["items"]
    assert (restored["id"], restored["body"]) == (comment["id"], "Two litres")


async def test_a_guest_has_a_deleted_comment_again_and_reads_no_activity(
    builder: ListBuilder, ana: Actor, home: ListId
) -> None:
    todo = await builder.add_todo(ana, home)
    link = await make_link(builder.resources, ana, home)
    guest = await make_guest(builder.resources, link)
    comments, activity = f"{API}/todos/{todo['id']}/comments", f"{API}/lists/{home}/activity"
    client, headers = builder.client, guest.headers
    comment = await client.post(comments, json={"body": "Two litres"}, headers=headers)
    deletion = headers | {"Idempotency-Key": KEY}
    await client.delete(f"{comments}/{comment.json()['id']}", headers=deletion)

    undone = await client.post(f"{activity}/undo", json={"mutation": KEY}, headers=headers)
    by_entry = await client.post(f"{activity}/undo", json={"seqs": [1]}, headers=headers)

    assert undone.status_code == 200, undone.text
    assert by_entry.status_code == 403
    [restored] = (await client.get(comments, headers=headers)).json()["items"]
    assert restored["body"] == "Two litres"


async def test_only_the_request_of_that_key_is_undone(
    builder: ListBuilder, ana: Actor, ben: Actor, home: ListId
) -> None:
    todo = await builder.add_todo(ana, home, metadata={"mutation": "one"})
    path = f"/todos/{todo['id']}"
    await builder.request(ana, "PATCH", path, {"title": "Tea"}, Idempotency_Key="two")
    await builder.request(ben, "PATCH", path, {"priority": 3}, Idempotency_Key="one")
    await builder.request(ana, "PATCH", path, {"priority": 4}, Idempotency_Key="one")

    assert (await undo(builder, ben, home, "two")).status_code == 404
    assert (await undo(builder, ana, home, "three")).status_code == 404
    assert (await undo(builder, ana, home, "one")).status_code == 200

    now = (await builder.request(ana, "GET", path)).json()
    assert (now["title"], now["priority"]) == ("Tea", 3)


async def test_a_request_with_too_many_changes_is_not_undone_in_part(
    builder: ListBuilder, ana: Actor, home: ListId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undo_module, "MAX_UNDONE_OF_REQUEST", 2)
    todos = [(await builder.add_todo(ana, home, f"Todo {number}"))["id"] for number in range(3)]
    for ids in (todos[:2], todos):
        body = {"ids": ids, "changes": {"priority": len(ids)}}
        await builder.request(ana, "PATCH", "/todos/bulk", body, Idempotency_Key=f"of-{len(ids)}")

    refused = await undo(builder, ana, home, "of-3")
    now = [(await builder.request(ana, "GET", f"/todos/{todo}")).json() for todo in todos]

    assert (refused.status_code, refused.json()["code"]) == (409, "cannot_undo")
    assert [todo["priority"] for todo in now] == [3, 3, 3]


async def test_a_request_with_more_events_than_are_read_is_not_undone_in_part(
    builder: ListBuilder, ana: Actor, home: ListId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undo_module, "MAX_EVENTS_READ", 2)
    todos = [(await builder.add_todo(ana, home, f"Todo {number}"))["id"] for number in range(3)]
    body = {"ids": todos, "changes": {"priority": 3}}
    await builder.request(ana, "PATCH", "/todos/bulk", body, Idempotency_Key=KEY)

    refused = await undo(builder, ana, home, KEY)

    assert (refused.status_code, refused.json()["code"]) == (409, "cannot_undo")


@pytest.mark.parametrize("body", [{}, {"seqs": [1], "mutation": "one"}, {"mutation": "a b"}])
async def test_either_entries_or_a_request_are_named(
    builder: ListBuilder, ana: Actor, home: ListId, body: dict[str, object]
) -> None:
    answer = await builder.request(ana, "POST", f"/lists/{home}/activity/undo", body)

    assert answer.status_code == 422
