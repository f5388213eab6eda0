"""What the fake server of the browser tests answers to writes of todos."""

from typing import Any

from tests.support.web.fake_entities import Json, stamp
from tests.support.web.fake_world import FakeWorld

# Status, body and Livelist-Seq of a write.
Answer = tuple[int, Any, str]


def create_todo(world: FakeWorld, body: Json, key: str | None) -> Answer:
    before = world.todos.get(body.pop("before_id", ""))
    after = world.todos.get(body.pop("after_id", ""))
    todo = world.add_todo(body.pop("list_id"), body.pop("title"), **body)
    set_rank(todo, before, after)
    seq = world.record(todo["list_id"], "todo.created", {"todo": dict(todo)}, mutation=key)
    return 201, todo, seq


def edit_todo(world: FakeWorld, body: Json, key: str | None, todo_id: str) -> Answer:
    body.pop("base_seq", None)
    if body.get("repeat"):
        body["repeat"] |= {"anchor": body["due"], "day": "", "occurrence": 1, "left": None}
    seq = world.edit(todo_id, by="Ana Ruiz", mutation=key, **body)
    return 200, world.todos[todo_id], seq


def edit_todos(world: FakeWorld, body: Json, key: str | None) -> Answer:
    deleted = body["changes"].pop("deleted", None)
    seqs = []
    for todo_id in body["ids"]:
        if deleted is None:
            _, _, seq = edit_todo(world, dict(body["changes"]), key, todo_id)
        else:
            change = delete_todo if deleted else restore_todo
            _, _, seq = change(world, {}, key, todo_id)
        seqs.append(seq)
    return 200, {"items": [world.todos[todo_id] for todo_id in body["ids"]]}, ", ".join(seqs)


def complete_todo(world: FakeWorld, body: Json, key: str | None, todo_id: str) -> Answer:
    return edit_todo(world, {"status": "completed"}, key, todo_id)


def delete_todo(world: FakeWorld, body: Json, key: str | None, todo_id: str) -> Answer:
    todo = world.todos[todo_id]
    todo["deleted_at"] = stamp()
    data = {"todo_id": todo_id, "deleted_at": todo["deleted_at"]}
    return 204, None, world.record(todo["list_id"], "todo.deleted", data, mutation=key)


def restore_todo(world: FakeWorld, body: Json, key: str | None, todo_id: str) -> Answer:
    todo = world.todos[todo_id]
    todo["deleted_at"] = None
    seq = world.record(todo["list_id"], "todo.restored", {"todo": dict(todo)}, mutation=key)
    return 200, todo, seq


def move_todo(world: FakeWorld, body: Json, key: str | None, todo_id: str) -> Answer:
    todo = world.todos[todo_id]
    before = world.todos.get(body.get("before_id", ""))
    after = world.todos.get(body.get("after_id", ""))
    set_rank(todo, before, after)
    if body.get("list_id") in (None, todo["list_id"]):
        return 200, todo, world.edit(todo["id"], by="Ana Ruiz", mutation=key)
    out = world.record(todo["list_id"], "todo.moved_out", {"todo_id": todo["id"]}, mutation=key)
    todo.update(list_id=body["list_id"], labels=[])
    into = world.record(todo["list_id"], "todo.moved_in", {"todo": dict(todo)}, mutation=key)
    return 200, todo, f"{out}, {into}"


def undo_move(world: FakeWorld, body: Json, key: str | None, list_id: str) -> Answer:
    """Move back the todo that the request with that key moved."""
    [moved] = [
        frame
        for frames in world.log.values()
        for frame in frames
        if frame["mutation"] == body["mutation"] and frame["event"] == "todo.moved_out"
    ]
    return move_todo(world, {"list_id": moved["list"]}, key, moved["data"]["todo_id"])


def set_rank(todo: Json, before: Json | None, after: Json | None) -> None:
    """Rank the todo just before `before`, or just after `after`."""
    if before:
        todo["rank"] = before["rank"][:-1] + chr(ord(before["rank"][-1]) - 1) + "V"
    elif after:
        todo["rank"] = after["rank"] + "V"


def duplicate_todo(world: FakeWorld, body: Json, key: str | None, todo_id: str) -> Answer:
    todo = world.todos[todo_id]
    copy = {**todo, "id": world.new_id(), "version": 1, "comment_count": 0}
    set_rank(copy, None, todo)
    world.todos[copy["id"]] = copy
    return 201, copy, world.record(todo["list_id"], "todo.created", {"todo": copy}, mutation=key)
