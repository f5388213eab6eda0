"""A todo and a list are duplicated with what is open in them."""

from typing import Any

import pytest

from shared.actor import Actor
from shared.contract.shapes import Role
from shared.ids import ListId
from tests.support.features.list_builder import ListBuilder, recorded_statements
from tests.support.world_builder import World

OWNER, EDITOR = Role.OWNER, Role.EDITOR
# What the copy of a todo has anew.
NEW = {"id", "rank", "parent_id", "version", "created_by", "created_at", "updated_at"}


def copied(todo: Any, *also: str) -> dict[str, Any]:
    return {name: value for name, value in todo.items() if name not in {*NEW, *also}}


async def todos_of(builder: ListBuilder, actor: Actor, list_id: str) -> list[Any]:
    answer = await builder.request(actor, "GET", f"/lists/{list_id}/snapshot")
    todos: list[Any] = answer.json()["todos"]
    return sorted(todos, key=lambda todo: (todo["rank"], todo["id"]))


async def test_a_todo_is_copied_after_itself_with_its_open_subtasks(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: EDITOR})
    label = await builder.make_label(home, "buy")
    fields = {
        "description": "By *train*", "priority": 4, "due": {"date": "2030-06-01"},
        "labels": [label], "assignees": [ben.user_id], "repeat": {"rule": "FREQ=DAILY"},
        "metadata": {"example": True, "kept": 1}, "status": "in_progress",
    }  # fmt: skip
    trip = await builder.add_todo(ana, home, "Trip", **fields)
    after = await builder.add_todo(ana, home, "After")
    for title in ("Pack", "Book"):
        await builder.add_todo(ana, home, title, parent_id=trip["id"])
    book = (await todos_of(builder, ana, home))[-1]
    await builder.request(ana, "POST", f"/todos/{book['id']}/complete")
    await builder.request(ana, "POST", f"/todos/{trip['id']}/comments", {"body": "Soon"})

    answer = await builder.request(ben, "POST", f"/todos/{trip['id']}/duplicate")

    copy = answer.json()
    assert answer.status_code == 201
    assert copied(copy, "metadata") == copied(trip, "metadata")
    assert (copy["metadata"], copy["version"], copy["created_by"]) == ({"kept": 1}, 1, ben.user_id)
    todos = await todos_of(builder, ana, home)
    assert [todo["title"] for todo in todos] == ["Trip", "Trip", "Pack", "After", "Pack", "Book"]
    assert (todos[1]["id"], todos[2]["parent_id"], todos[3]["id"]) == (
        copy["id"], copy["id"], after["id"],
    )  # fmt: skip
    created = [event for event in await builder.events(home) if event["event"] == "todo.created"]
    assert [event["data"]["todo"] for event in created[-2:]] == todos[1:3]


async def test_a_copy_of_a_finished_todo_is_open_and_a_subtask_stays_a_subtask(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    parent = await builder.add_todo(ana, home, "Parent")
    child = await builder.add_todo(ana, home, "Child", parent_id=parent["id"])
    await builder.request(ana, "POST", f"/todos/{child['id']}/complete")

    copy = (await builder.request(ana, "POST", f"/todos/{child['id']}/duplicate")).json()

    assert (copy["status"], copy["completed_at"], copy["completed_by"]) == ("pending", None, None)
    assert copy["parent_id"] == parent["id"]


async def test_a_copy_counts_against_the_limits(
    builder: ListBuilder, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    todo = await builder.add_todo(ana, home, "One")
    monkeypatch.setattr("shared.todos.persistence.ordering.MAX_TODOS_PER_LIST", 1)

    full = await builder.request(ana, "POST", f"/todos/{todo['id']}/duplicate")

    assert (full.status_code, full.json()["code"]) == (422, "list_full")
    assert len(await todos_of(builder, ana, home)) == 1


async def test_a_list_is_copied_without_its_members_and_finished_todos(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: Role.VIEWER}, name="Home")
    label = await builder.make_label(home, "buy")
    both = [ana.user_id, ben.user_id]
    trip = await builder.add_todo(ana, home, "Trip", labels=[label], assignees=sorted(both))
    await builder.add_todo(ana, home, "Pack", parent_id=trip["id"])
    done = await builder.add_todo(ana, home, "Done")
    await builder.add_todo(ana, home, "Left", parent_id=done["id"])
    await builder.request(ana, "POST", f"/todos/{done['id']}/complete")

    answer = await builder.request(ben, "POST", f"/lists/{home}/duplicate", {"name": "Home (copy)"})

    made = answer.json()
    assert (answer.status_code, made["name"], made["role"]) == (201, "Home (copy)", "owner")
    snapshot = (await builder.request(ben, "GET", f"/lists/{made['id']}/snapshot")).json()
    [copy_of_label] = snapshot["labels"]
    assert (copy_of_label["name"], copy_of_label["id"] == label) == ("buy", False)
    trip, pack, left = sorted(snapshot["todos"], key=lambda todo: todo["rank"])
    assert [trip["title"], pack["title"], left["title"]] == ["Trip", "Pack", "Left"]
    assert (trip["labels"], trip["assignees"]) == ([copy_of_label["id"]], [ben.user_id])
    assert (pack["parent_id"], left["parent_id"]) == (trip["id"], None)
    assert made["open_count"] == snapshot["list"]["open_count"] == 3
    assert [member["user"]["id"] for member in snapshot["members"]] == [ben.user_id]


async def test_a_list_is_copied_in_as_many_statements_whatever_its_size(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    counts = []
    for size in (2, 300):
        home = await builder.make_list({ana: OWNER})
        await builder.insert_todos(ListId(home), size)
        async with recorded_statements(builder.served) as statements:
            await builder.request(ana, "POST", f"/lists/{home}/duplicate", {"name": "Copy"})
        counts.append(len(statements))

    assert counts[0] == counts[1]


async def test_a_list_with_too_long_descriptions_is_not_copied(
    builder: ListBuilder, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.todos.commands.duplicate_list.MAX_COPIED_BYTES", 5)
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    await builder.add_todo(ana, home, "One", description="longer")

    refused = await builder.request(ana, "POST", f"/lists/{home}/duplicate", {"name": "Copy"})

    assert (refused.status_code, refused.json()["code"]) == (422, "list_too_large")
