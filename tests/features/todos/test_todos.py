"""Create and complete todos over HTTP: fields, order, references and permissions."""

import asyncio
from typing import Any

import pytest

from shared.ids import new_id
from tests.support.features.list_builder import (
    COMMENTER,
    EDITOR,
    FULL_TODO,
    OWNER,
    VIEWER,
    ListBuilder,
)
from tests.support.world_builder import World


async def test_a_new_todo_has_every_field_and_an_event_with_the_same_shape(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: EDITOR})
    label = await builder.make_label(home, "Shop")
    parent = await builder.add_todo(ana, home, "Groceries")

    links = {"assignees": [ben.user_id], "labels": [label], "parent_id": parent["id"]}
    answer = await builder.request(
        ben, "POST", "/todos", {**FULL_TODO, **links, "list_id": home}, Idempotency_Key="k1"
    )

    assert answer.status_code == 201
    todo = answer.json()
    assert {name: todo[name] for name in links} == links
    assert todo["due"] == {"at": "2026-12-24T09:00:00", "zone": "Europe/Berlin"}
    assert todo["due_at"] == "2026-12-24T08:00:00.000000Z"
    assert (todo["metadata"], todo["description"]) == ({"shop": {"aisle": 3}}, "two litres")
    assert (todo["created_by"], todo["version"]) == (ben.user_id, 1)
    event = (await builder.events(home))[-1]
    assert (event["event"], event["data"], event["mutation"]) == (
        "todo.created",
        {"todo": todo},
        "k1",
    )
    assert answer.headers["ETag"] == '"1"'
    assert answer.headers["Livelist-Seq"].endswith(f":{event['seq']}")
    assert (await builder.request(ana, "GET", f"/todos/{todo['id']}")).json() == todo


async def test_a_todo_without_a_list_goes_to_the_inbox(builder: ListBuilder, world: World) -> None:
    ana = await world.user("Ana")
    inbox = await builder.make_list({ana: OWNER}, inbox_of=ana)

    answer = await builder.request(ana, "POST", "/todos", {"title": "Think"})

    assert answer.json()["list_id"] == inbox


async def test_todos_are_in_the_order_in_which_they_were_added(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})

    added = [(await builder.add_todo(ana, home, f"Number {number}"))["id"] for number in range(5)]

    listed = (await builder.request(ana, "GET", f"/todos?list_id={home}")).json()
    assert [todo["id"] for todo in listed["items"]] == added


async def test_todos_added_concurrently_at_one_placement_have_distinct_ranks(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    first, last = (
        await builder.add_todo(ana, home, "First"),
        await builder.add_todo(ana, home, "Last"),
    )

    added = await asyncio.gather(
        *(builder.add_todo(ana, home, f"Number {n}", after_id=first["id"]) for n in range(8))
    )

    ranks = [todo["rank"] for todo in added]
    assert len(set(ranks)) == 8
    assert all(first["rank"] < rank < last["rank"] for rank in ranks)


async def test_completing_sets_when_and_who_and_repeating_it_changes_nothing(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: EDITOR})
    todo = await builder.add_todo(ana, home)

    first = (await builder.request(ben, "POST", f"/todos/{todo['id']}/complete")).json()
    second = (await builder.request(ana, "POST", f"/todos/{todo['id']}/complete")).json()

    assert (first["status"], first["completed_by"]) == ("completed", ben.user_id)
    assert first["completed_at"] is not None
    assert second == first
    assert [event["event"] for event in await builder.events(home)] == [
        "todo.created",
        "todo.edited",
    ]


async def test_references_of_a_todo_must_belong_to_its_list(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER})
    other = await builder.make_list({ana: OWNER, ben: EDITOR})
    elsewhere, label = await builder.add_todo(ana, other), await builder.make_label(other, "Shop")
    todo = await builder.add_todo(ana, home)
    invalid: list[dict[str, Any]] = [
        {"assignees": [ben.user_id]},
        {"assignees": [new_id()]},
        {"assignees": [ana.user_id, ben.user_id]},
        {"labels": [label]},
        {"labels": [new_id()]},
        {"parent_id": elsewhere["id"]},
        {"parent_id": new_id()},
    ]

    for change in invalid:
        edited = await builder.request(ana, "PATCH", f"/todos/{todo['id']}", change)
        created = await builder.request(
            ana, "POST", "/todos", {"list_id": home, "title": "Milk"} | change
        )
        assert [edited.status_code, created.status_code] == [422, 422]
        assert [error["field"] for error in edited.json()["errors"]] == list(change)
    placements = ({"before_id": elsewhere["id"]}, {"after_id": new_id()})
    for placement in placements:
        refused = await builder.request(ana, "POST", f"/todos/{todo['id']}/move", placement)
        assert refused.status_code == 422
    assert len(await builder.events(home)) == 1


async def test_subtasks_are_one_level_deep_and_never_their_own_parents(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    parent = await builder.add_todo(ana, home, "Parent")
    child = await builder.add_todo(ana, home, "Child", parent_id=parent["id"])
    other = await builder.add_todo(ana, home, "Other")

    async def set_parent(todo: Any, parent: Any) -> int:
        change = {"parent_id": parent["id"]}
        return (await builder.request(ana, "PATCH", f"/todos/{todo['id']}", change)).status_code

    assert await set_parent(parent, parent) == 422
    assert await set_parent(parent, child) == 422
    assert await set_parent(parent, other) == 422
    assert await set_parent(other, child) == 422
    assert await set_parent(other, parent) == 200
    assert await set_parent(child, parent) == 200


async def test_only_editors_can_write_and_strangers_get_not_found(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    cleo, dan, eve = [await world.user(name) for name in ("Cleo", "Dan", "Eve")]
    home = await builder.make_list({ana: OWNER, cleo: COMMENTER, dan: VIEWER})
    todo = await builder.add_todo(ana, home)
    path = f"/todos/{todo['id']}"
    writes: list[tuple[str, str, Any]] = [
        ("PATCH", path, {"title": "Tea"}),
        ("DELETE", path, None),
        ("POST", f"{path}/move", {}),
        ("POST", f"{path}/complete", None),
        ("POST", f"{path}/restore", None),
        ("DELETE", f"{path}?forever=true", None),
        ("POST", "/todos", {"title": "Tea", "list_id": home}),
        ("PATCH", "/todos/bulk", {"ids": [todo["id"]], "changes": {"priority": 1}}),
    ]

    for method, where, body in writes:
        for reader in (cleo, dan):
            assert (await builder.request(reader, method, where, body)).status_code == 403
        stranger = await builder.request(eve, method, where, body)
        invented = where.replace(todo["id"], new_id()).replace(home, new_id())
        missing = await builder.request(
            ana, method, invented, _replace_ids(body, {todo["id"]: new_id(), home: new_id()})
        )
        assert stranger.status_code == missing.status_code == 404
        assert _without_request_id(stranger.json()) == _without_request_id(missing.json())
    assert (await builder.request(dan, "GET", path)).status_code == 200
    assert (await builder.request(eve, "GET", path)).status_code == 404
    assert len(await builder.events(home)) == 1


async def test_a_full_list_accepts_no_more_todos(
    builder: ListBuilder, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    monkeypatch.setattr("shared.todos.persistence.ordering.MAX_TODOS_PER_LIST", 2)
    for _ in range(2):
        await builder.add_todo(ana, home)

    answer = await builder.request(ana, "POST", "/todos", {"title": "One more", "list_id": home})

    assert (answer.status_code, answer.json()["code"]) == (422, "list_full")


def _replace_ids(body: Any, ids: dict[str, str]) -> Any:
    if isinstance(body, dict):
        return {name: _replace_ids(value, ids) for name, value in body.items()}
    if isinstance(body, list):
        return [_replace_ids(value, ids) for value in body]
    return ids.get(body, body)


def _without_request_id(problem: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in problem.items() if name != "request_id"}
