"""The database statements of an edit, and that the events alone reproduce the tables."""

import random
from typing import Any

import pytest

from shared.actor import Actor
from shared.ids import ListId
from tests.support.features.list_builder import EDITOR, OWNER, ListBuilder, recorded_statements
from tests.support.realtime.snapshots import read_list
from tests.support.world_builder import World

# In the order in which they are sent: all of them, with those of the transaction.
PATCH_ROUND_TRIPS = [
    "BEGIN",
    "SELECT todos.id, todos.list_id",
    "WITH write_0 AS (UPDATE todos",
    "COMMIT",
]
# SQLite executes the same statements, BEGIN with the first and all after it with COMMIT.
WRITES = ["UPDATE todos", "INSERT INTO idempotency_keys", "INSERT INTO events", "UPDATE streams"]


async def test_an_edit_takes_four_round_trips_however_many_todos_and_lists_there_are(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    todo = await builder.add_todo(ana, home)
    await builder.insert_todos(home, 1000)

    async with recorded_statements(builder.served, with_boundaries=True) as statements:
        answer = await builder.request(
            ana, "PATCH", f"/todos/{todo['id']}", {"title": "Tea"}, Idempotency_Key="one"
        )

    assert answer.status_code == 200
    expected = PATCH_ROUND_TRIPS
    if builder.resources.settings.database.is_sqlite:
        expected = [*PATCH_ROUND_TRIPS[:2], *WRITES, "COMMIT"]
    assert len(statements) == len(expected)
    for statement, beginning in zip(statements, expected, strict=True):
        assert statement.startswith(beginning)
    assert all(write in "".join(statements) for write in WRITES)


async def test_a_due_date_takes_three_more_statements_when_there_are_reminders(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: EDITOR})
    plain, reminded = await builder.add_todo(ana, home), await builder.add_todo(ana, home)
    for user in (ana, ben):
        for minutes in range(5):
            path = f"/todos/{reminded['id']}/reminders"
            await builder.request(user, "POST", path, {"minutes_before": minutes})

    counts = []
    for todo in (plain, reminded):
        async with recorded_statements(builder.served) as statements:
            due = {"due": {"date": "2030-06-01"}}
            await builder.request(ana, "PATCH", f"/todos/{todo['id']}", due)
        counts.append(len(statements))

    # The reminders' users; their streams; the reminders again under the lock; the new times. One
    # statement raises the heads of all three streams, the list's and two users'.
    assert counts == ([5, 8] if builder.resources.settings.database.is_sqlite else [4, 8])


def apply(todos: dict[str, Any], event: dict[str, Any]) -> None:
    """Apply an event to the todos as a client does."""
    name, data = event["event"], event["data"]
    if "todo" in data:
        todos[data["todo"]["id"]] = data["todo"]
    elif name in ("todo.deleted", "todo.purged", "todo.moved_out"):
        todos.pop(data["todo_id"], None)
    elif name in ("comment.added", "comment.deleted"):
        todo_id = data.get("todo_id") or data["comment"]["todo_id"]
        todos[todo_id] = todos[todo_id] | {"comment_count": data["comment_count"]}


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_all_events_applied_in_order_give_the_snapshot(
    builder: ListBuilder, world: World, seed: int
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    lists = [await builder.make_list({ana: OWNER, ben: EDITOR}) for _ in range(2)]
    chooser = random.Random(seed)
    ids = [(await builder.add_todo(ana, chooser.choice(lists), str(n)))["id"] for n in range(6)]

    accepted = 0
    for _ in range(80):
        method, path, body = _random_request(chooser, ids, lists)
        answer = await builder.request(chooser.choice([ana, ben]), method, path, body)
        assert answer.status_code < 500, answer.text
        accepted += answer.status_code < 300

    assert accepted > 20
    for list_id in lists:
        todos: dict[str, Any] = {}
        for event in await builder.events(list_id):
            apply(todos, event)
        assert todos == await _snapshot(builder, ana, list_id)


def _random_request(
    chooser: random.Random, ids: list[str], lists: list[ListId]
) -> tuple[str, str, Any]:
    todo, other = chooser.choice(ids), chooser.choice(ids)
    edits: list[Any] = [
        {"title": str(chooser.random())},
        {"parent_id": other},
        {"parent_id": None},
        {"status": chooser.choice(["pending", "completed"])},
        {"due": {"date": f"2030-06-{chooser.randint(1, 28)}"}},
    ]
    wishes: list[tuple[str, str, Any]] = [
        ("PATCH", f"/todos/{todo}", chooser.choice(edits)),
        ("DELETE", f"/todos/{todo}", None),
        ("POST", f"/todos/{todo}/restore", None),
        ("POST", f"/todos/{todo}/move", {"after_id": other}),
        ("POST", f"/todos/{todo}/move", {"list_id": chooser.choice(lists)}),
        ("POST", f"/todos/{todo}/comments", {"body": "Hello"}),
        ("PATCH", "/todos/bulk", {"ids": [todo, other], "changes": chooser.choice(edits)}),
        (
            "PATCH",
            "/todos/bulk",
            {"ids": [todo, other], "changes": {"deleted": chooser.random() < 0.4}},
        ),
    ]
    return chooser.choice(wishes)


async def _snapshot(builder: ListBuilder, actor: Actor, list_id: ListId) -> dict[str, Any]:
    async with builder.resources.begin_read() as read:
        snapshot = await read_list(read, actor, list_id)
    return {todo.id: todo.model_dump(mode="json") for todo in snapshot.todos}
