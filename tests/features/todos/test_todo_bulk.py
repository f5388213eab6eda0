"""Bulk edits: all todos or none, across lists."""

from typing import Any

import pytest

from api.http.command_runner import MAX_POSITIONS
from shared.ids import new_id
from tests.support.features.list_builder import (
    EDITOR,
    OWNER,
    VIEWER,
    ListBuilder,
    recorded_statements,
)
from tests.support.world_builder import World


async def _bulk(builder: ListBuilder, actor: Any, ids: list[str], **changes: Any) -> Any:
    return await builder.request(actor, "PATCH", "/todos/bulk", {"ids": ids, "changes": changes})


async def test_todos_of_several_lists_change_together(builder: ListBuilder, world: World) -> None:
    ana = await world.user("Ana")
    lists = [await builder.make_list({ana: OWNER}) for _ in range(3)]
    todos = [await builder.add_todo(ana, list_id) for list_id in lists for _ in range(2)]
    ids = [todo["id"] for todo in reversed(todos)]

    answer = await _bulk(builder, ana, ids, priority=3, status="completed")

    items = answer.json()["items"]
    assert [todo["id"] for todo in items] == ids
    assert {(todo["priority"], todo["status"], todo["version"]) for todo in items} == {
        (3, "completed", 2)
    }
    for list_id in lists:
        edited = (await builder.events(list_id))[-2:]
        assert [event["event"] for event in edited] == ["todo.edited"] * 2
    assert len(answer.headers["Livelist-Seq"].split(", ")) == 3


async def test_todos_that_do_not_change_have_no_event(builder: ListBuilder, world: World) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    first, second = await builder.add_todo(ana, home, priority=3), await builder.add_todo(ana, home)

    answer = await _bulk(builder, ana, [first["id"], second["id"]], priority=3)

    assert [todo["version"] for todo in answer.json()["items"]] == [1, 2]
    assert len(await builder.events(home)) == 3


async def test_one_forbidden_todo_prevents_the_whole_bulk_edit(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER})
    read_only = await builder.make_list({ben: OWNER, ana: VIEWER})
    secret = await builder.make_list({ben: OWNER})
    mine, seen = await builder.add_todo(ana, home), await builder.add_todo(ben, read_only)
    hidden, trashed = await builder.add_todo(ben, secret), await builder.add_todo(ana, home)
    await builder.request(ana, "DELETE", f"/todos/{trashed['id']}")

    cases = ((seen["id"], 403), (hidden["id"], 404), (new_id(), 404), (trashed["id"], 409))
    for other, status in cases:
        answer = await _bulk(builder, ana, [mine["id"], other], priority=3)
        assert answer.status_code == status

    assert (await builder.request(ana, "GET", f"/todos/{mine['id']}")).json() == mine


async def test_a_label_or_parent_cannot_be_given_to_todos_of_two_lists(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: EDITOR})
    work = await builder.make_list({ana: OWNER})
    label, parent = (
        await builder.make_label(home, "Shop"),
        await builder.add_todo(ana, home, "Parent"),
    )
    ids = [(await builder.add_todo(ana, list_id))["id"] for list_id in (home, work)]

    assert (await _bulk(builder, ana, ids, labels=[label])).status_code == 422
    assert (await _bulk(builder, ana, ids, parent_id=parent["id"])).status_code == 422
    assert (await _bulk(builder, ana, ids, assignees=[ben.user_id])).status_code == 422
    assert (await _bulk(builder, ana, ids, assignees=[ana.user_id])).status_code == 200
    assert (await _bulk(builder, ana, ids[:1], labels=[label])).status_code == 200


async def test_todos_are_deleted_and_restored_in_bulk(builder: ListBuilder, world: World) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    parent = await builder.add_todo(ana, home, "Parent")
    child = await builder.add_todo(ana, home, "Child", parent_id=parent["id"])
    ids = [child["id"], parent["id"]]

    deleted = await _bulk(builder, ana, ids, deleted=True, priority=2)
    restored = await _bulk(builder, ana, ids, deleted=False, title="Back")

    assert all(todo["deleted_at"] for todo in deleted.json()["items"])
    assert [
        (todo["title"], todo["priority"], todo["deleted_at"], todo["parent_id"])
        for todo in restored.json()["items"]
    ] == [("Back", 2, None, parent["id"]), ("Back", 2, None, None)]


@pytest.mark.parametrize("ids", [[], ["nonsense"], [new_id() for _ in range(101)]])
async def test_a_bulk_edit_takes_one_to_a_hundred_todos(
    builder: ListBuilder, world: World, ids: list[str]
) -> None:
    ana = await world.user("Ana")

    assert (await _bulk(builder, ana, ids, priority=3)).status_code == 422


async def test_a_hundred_todos_take_as_many_statements_as_two(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    label = await builder.make_label(home, "Shop")
    ids = await builder.insert_todos(home, 102)
    changes: dict[str, Any] = {
        "priority": 3,
        "labels": [label],
        "assignees": [ana.user_id],
        "due": {"date": "2026-12-24"},
    }

    counts = []
    for some in (ids[:2], ids[2:]):
        async with recorded_statements(builder.served) as statements:
            assert (await _bulk(builder, ana, some, **changes)).status_code == 200
        counts.append(len(statements))

    assert counts[0] == counts[1]


async def test_the_positions_of_an_answer_fit_into_a_header_that_proxies_accept(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    ids = []
    for _ in range(70):
        ids += await builder.insert_todos(await builder.make_list({ana: OWNER}), 1)
    body = {"ids": ids, "changes": {"priority": 1}}

    answer = await builder.request(ana, "PATCH", "/todos/bulk", body, Idempotency_Key="once")
    again = await builder.request(ana, "PATCH", "/todos/bulk", body, Idempotency_Key="once")

    assert answer.status_code == 200, answer.text
    assert len(answer.headers["Livelist-Seq"].split(", ")) == MAX_POSITIONS
    assert again.headers["Livelist-Seq"] == answer.headers["Livelist-Seq"]
