"""Move todos: within a list, to another list, and concurrently."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import Executable

from shared.ids import list_stream
from shared.unit_of_work import UnitOfWork
from tests.support.features.list_builder import EDITOR, OWNER, VIEWER, ListBuilder
from tests.support.world_builder import World


async def _order(builder: ListBuilder, actor: Any, list_id: str) -> list[str]:
    listed = await builder.request(actor, "GET", f"/todos?list_id={list_id}&limit=100")
    return [todo["title"] for todo in listed.json()["items"]]


async def test_a_todo_moves_before_after_and_to_the_end(builder: ListBuilder, world: World) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    todos = {name: await builder.add_todo(ana, home, name) for name in "ABCD"}

    async def move(name: str, **placement: str) -> list[str]:
        named = {key: todos[other]["id"] for key, other in placement.items()}
        answer = await builder.request(ana, "POST", f"/todos/{todos[name]['id']}/move", named)
        assert answer.status_code == 200, answer.text
        return await _order(builder, ana, home)

    assert await move("D", before_id="A") == ["D", "A", "B", "C"]
    assert await move("D", after_id="B") == ["A", "B", "D", "C"]
    assert await move("A") == ["B", "D", "C", "A"]
    event = (await builder.events(home))[-1]
    assert (event["event"], event["data"]["changed"]) == ("todo.edited", ["rank"])


async def test_moving_a_todo_to_where_it_is_records_nothing(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    first, second = (
        await builder.add_todo(ana, home, "One"),
        await builder.add_todo(ana, home, "Two"),
    )

    for todo, placement in (
        (second, {"after_id": first["id"]}),
        (first, {"before_id": second["id"]}),
        (second, {}),
    ):
        answer = await builder.request(ana, "POST", f"/todos/{todo['id']}/move", placement)
        assert answer.json() == todo

    assert len(await builder.events(home)) == 2


async def test_a_todo_cannot_be_placed_beside_itself_or_a_todo_in_the_trash(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    first, second = (
        await builder.add_todo(ana, home, "One"),
        await builder.add_todo(ana, home, "Two"),
    )
    await builder.request(ana, "DELETE", f"/todos/{second['id']}")

    for placement in ({"after_id": first["id"]}, {"before_id": second["id"]}):
        answer = await builder.request(ana, "POST", f"/todos/{first['id']}/move", placement)
        assert answer.status_code == 422
    both = {"before_id": first["id"], "after_id": second["id"]}
    assert (
        await builder.request(ana, "POST", f"/todos/{first['id']}/move", both)
    ).status_code == 422


async def test_a_move_to_another_list_keeps_everything_that_exists_there(
    builder: ListBuilder, world: World
) -> None:
    ana, ben, cleo = [await world.user(name) for name in ("Ana", "Ben", "Cleo")]
    home = await builder.make_list({ana: OWNER, ben: EDITOR})
    work = await builder.make_list({ana: EDITOR, cleo: OWNER})
    shop, shop_at_work = (
        await builder.make_label(home, "Shop"),
        await builder.make_label(work, "SHOP"),
    )
    only_at_home = await builder.make_label(home, "Only at home")
    links = {"assignees": [ana.user_id, ben.user_id], "labels": [shop, only_at_home]}
    todo = await builder.add_todo(ana, home, "Parent", **links)
    child = await builder.add_todo(
        ana, home, "Child", parent_id=todo["id"], assignees=[ben.user_id]
    )
    already = await builder.add_todo(cleo, work, "Already there")
    await builder.request(ben, "POST", f"/todos/{todo['id']}/comments", {"body": "Hello"})

    placement = {"list_id": work, "before_id": already["id"]}
    answer = await builder.request(ana, "POST", f"/todos/{todo['id']}/move", placement)

    moved = answer.json()
    assert (moved["id"], moved["list_id"], moved["comment_count"]) == (todo["id"], work, 1)
    assert (moved["assignees"], moved["labels"]) == ([ana.user_id], [shop_at_work])
    subtask = (await builder.request(ana, "GET", f"/todos/{child['id']}")).json()
    assert (subtask["list_id"], subtask["parent_id"]) == (work, todo["id"])
    assert subtask["assignees"] == []
    assert await _order(builder, cleo, work) == ["Parent", "Child", "Already there"]
    assert (await builder.request(ben, "GET", f"/todos/{todo['id']}")).status_code == 404
    left, arrived = (await builder.events(home))[-2:], (await builder.events(work))[-2:]
    assert [(event["event"], event["data"]["todo_id"]) for event in left] == [
        ("todo.moved_out", child["id"]),
        ("todo.moved_out", todo["id"]),
    ]
    assert [(event["event"], event["data"]["todo"]) for event in arrived] == [
        ("todo.moved_in", moved),
        ("todo.moved_in", subtask),
    ]
    assert len(answer.headers["Livelist-Seq"].split(", ")) == 2


async def test_a_subtask_that_moves_to_another_list_leaves_its_parent(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    home, work = await builder.make_list({ana: OWNER}), await builder.make_list({ana: OWNER})
    parent = await builder.add_todo(ana, home, "Parent")
    child = await builder.add_todo(ana, home, "Child", parent_id=parent["id"])

    moved = await builder.request(ana, "POST", f"/todos/{child['id']}/move", {"list_id": work})

    assert (moved.json()["list_id"], moved.json()["parent_id"]) == (work, None)


async def test_subtasks_in_the_trash_stay_in_the_trash_of_their_list(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    home, work = await builder.make_list({ana: OWNER}), await builder.make_list({ana: OWNER})
    parent = await builder.add_todo(ana, home, "Parent")
    child = await builder.add_todo(ana, home, "Child", parent_id=parent["id"])
    await builder.request(ana, "DELETE", f"/todos/{child['id']}")

    await builder.request(ana, "POST", f"/todos/{parent['id']}/move", {"list_id": work})

    restored = (await builder.request(ana, "POST", f"/todos/{child['id']}/restore")).json()
    assert (restored["list_id"], restored["parent_id"]) == (home, None)


async def test_a_move_needs_the_right_to_edit_both_lists(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: VIEWER})
    work = await builder.make_list({ana: VIEWER, ben: OWNER})
    secret = await builder.make_list({ben: OWNER})
    todo = await builder.add_todo(ana, home)
    path = f"/todos/{todo['id']}/move"

    assert (await builder.request(ana, "POST", path, {"list_id": work})).status_code == 403
    assert (await builder.request(ben, "POST", path, {"list_id": work})).status_code == 403
    assert (await builder.request(ana, "POST", path, {"list_id": secret})).status_code == 404
    assert len(await builder.events(home)) == 1
    assert await builder.events(work) == await builder.events(secret) == []


async def test_an_edit_concurrent_with_a_move_follows_the_todo(
    builder: ListBuilder, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await world.user("Ana")
    home, work = await builder.make_list({ana: OWNER}), await builder.make_list({ana: OWNER})
    todo = await builder.add_todo(ana, home)
    await builder.request(ana, "POST", f"/todos/{todo['id']}/move", {"list_id": work})
    lock_present_list, stale = UnitOfWork.lock_with, [home]

    async def as_before_the_move(work: UnitOfWork, statement: Executable, values: Any) -> Any:
        if not stale:
            return await lock_present_list(work, statement, values)
        await work.lock_streams([list_stream(stale.pop())])
        return (await work.connection.execute(statement, values)).one()

    monkeypatch.setattr(UnitOfWork, "lock_with", as_before_the_move)
    answer = await builder.request(ana, "PATCH", f"/todos/{todo['id']}", {"title": "Tea"})

    assert (answer.status_code, answer.json()["list_id"]) == (200, work)
    assert [event["event"] for event in await builder.events(work)] == [
        "todo.moved_in",
        "todo.edited",
    ]
    stale[:] = [home] * 3
    refused = await builder.request(ana, "PATCH", f"/todos/{todo['id']}", {"title": "Milk"})
    assert (refused.status_code, refused.json()["code"]) == (409, "moved")


async def test_moves_back_and_forth_at_once_neither_deadlock_nor_lose_a_todo(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    lists = [await builder.make_list({ana: OWNER}) for _ in range(2)]
    todos = [await builder.add_todo(ana, lists[number % 2], str(number)) for number in range(4)]

    async def move_or_edit(todo: Any, number: int) -> int:
        path = f"/todos/{todo['id']}"
        if number % 3 == 2:
            return (await builder.request(ana, "PATCH", path, {"title": f"{number}"})).status_code
        body = {"list_id": lists[number % 2]}
        return (await builder.request(ana, "POST", f"{path}/move", body)).status_code

    statuses = await asyncio.gather(*(move_or_edit(todos[n % 4], n // 4) for n in range(40)))

    # A request whose todo moves three times while it retries gets a 409.
    assert set(statuses) <= {200, 409}
    assert statuses.count(200) >= 30
    titles = [await _order(builder, ana, list_id) for list_id in lists]
    assert len(titles[0]) + len(titles[1]) == 4


async def test_long_ranks_are_respaced_with_an_event_each(
    builder: ListBuilder, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    await builder.insert_todos(home, 100)
    listed = (await builder.request(ana, "GET", f"/todos?list_id={home}&limit=100")).json()["items"]
    anchor = listed[50]["id"]
    monkeypatch.setattr("shared.todos.persistence.ordering.MAX_LENGTH", 12)
    before = await _order(builder, ana, home)

    for number in range(40):
        await builder.add_todo(ana, home, f"New {number}", after_id=anchor)

    shown = await builder.request(ana, "GET", f"/todos?list_id={home}&limit=100")
    rest = await builder.request(
        ana, "GET", f"/todos?list_id={home}&limit=100&cursor={shown.json()['next_cursor']}"
    )
    todos = shown.json()["items"] + rest.json()["items"]
    new = [f"New {number}" for number in reversed(range(40))]
    assert [todo["title"] for todo in todos] == before[:51] + new + before[51:]
    assert max(len(todo["rank"]) for todo in todos) <= 12
    ranks = {todo["id"]: todo["rank"] for todo in listed}
    events = await builder.events(home)
    for event in events:
        ranks[event["data"]["todo"]["id"]] = event["data"]["todo"]["rank"]
    assert ranks == {todo["id"]: todo["rank"] for todo in todos}
    # Only the todos around the gap, and not at each insertion.
    assert 40 < len(events) < 40 + 8 * 34
