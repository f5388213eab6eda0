"""Optimistic writes: what the user changed and the server has not confirmed yet. No I/O.

    shown = confirmed + pending writes replayed over it, oldest first

`key` of a write is its Idempotency-Key, and the `mutation` of the event that it causes. A write is dropped
when that event was applied, or when the cursors have reached the positions that its REST answer named:
whichever the network brings first.
"""

import asyncio
import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, cast

from livelist_client.live.cursors import Cursors
from livelist_client.live.ranks import rank_between
from livelist_client.live.state import ListContent, State
from livelist_client.rest.requests import WrittenAt, new_key
from livelist_client.shapes import TodoShape

# These cause several events, perhaps in two streams: dropping one at its first event would show the
# todo in its old place for a moment. Their REST answer names all positions.
MANY_EVENTS = frozenset({"move", "delete"})


@dataclass(eq=False)
class PendingWrite:
    """One write. Await `confirmed()` for its result."""

    kind: str
    todo_id: str
    list_id: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    # When it was made, as the server writes instants.
    at: str = ""
    key: str = field(default_factory=new_key)
    # Set by the answer.
    positions: tuple[WrittenAt, ...] | None = None
    result: "asyncio.Future[Any]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    async def confirmed(self) -> Any:
        """Return the server's answer, such as the todo. Raise ProblemError if the server refused it."""
        return await asyncio.shield(self.result)

    def rename(self, provisional: str, real: str) -> None:
        """Replace a provisional id by the real one."""
        if self.todo_id == provisional:
            self.todo_id = real
        for name, value in self.fields.items():
            if value == provisional:
                self.fields[name] = real

    def names(self, todo_id: str) -> bool:
        return self.todo_id == todo_id or todo_id in self.fields.values()

    def is_settled(self, cursors: Cursors, applied_keys: set[str]) -> bool:
        """Return True if what it did is part of the confirmed state."""
        if self.key in applied_keys and self.kind not in MANY_EVENTS:
            return True
        if self.positions is None:
            return False
        return all(cursors.has_reached(*position) for position in self.positions)


def replay(confirmed: State, writes: Iterable[PendingWrite]) -> State:
    """Return the confirmed state with the writes over it. `confirmed` stays as it is."""
    shown = dataclasses.replace(
        confirmed,
        lists=dict(confirmed.lists),
        contents={
            list_id: ListContent(
                content.members,
                content.labels,
                dict(content.todos),
                content.comments,
                content.attachments,
            )
            for list_id, content in confirmed.contents.items()
        },
    )
    for write in writes:
        _EFFECTS[write.kind](shown, write)
    return shown


def _add(state: State, write: PendingWrite) -> None:
    content = state.contents.get(write.list_id)
    if content is None or write.todo_id in content.todos:
        return
    todo = {
        "id": write.todo_id, "list_id": write.list_id, "parent_id": None, "title": "",
        "description": "", "status": "pending", "priority": 0, "due": None, "due_at": None,
        "repeat": None, "metadata": {}, "rank": _rank(content, write), "assignees": [], "labels": [],
        "comment_count": 0, "attachment_count": 0, "completed_at": None, "completed_by": None,
        "deleted_at": None,
        "version": 0, "created_by": state.account and state.account["id"], "created_at": write.at,
        "updated_at": write.at,
    } | _shown_fields(write)  # fmt: skip
    state.put_todo(write.list_id, write.todo_id, cast("TodoShape", todo))


def _shown_fields(write: PendingWrite) -> dict[str, Any]:
    """Return the fields that show at once: `repeat` and `due_date` are computed by the server."""
    hidden = ("repeat", "due_date", "list_id", "before_id", "after_id", "base_seq")
    return {name: value for name, value in write.fields.items() if name not in hidden}


def _edit(state: State, write: PendingWrite) -> None:
    todo = state.find_todo(write.todo_id)
    if todo is not None:
        edited: Any = {**todo, **_shown_fields(write)}
        if edited["status"] != "completed":
            edited |= {"completed_at": None, "completed_by": None}
        state.put_todo(todo["list_id"], todo["id"], edited)


def _complete(state: State, write: PendingWrite) -> None:
    todo = state.find_todo(write.todo_id)
    # The server alone knows the next date of a repeating todo.
    if todo is None or todo["status"] == "completed" or todo["repeat"] is not None:
        return
    completed: TodoShape = {
        **todo,
        "status": "completed",
        "completed_at": write.at,
        "completed_by": state.account["id"] if state.account else None,
    }
    state.put_todo(todo["list_id"], todo["id"], completed)


def _reopen(state: State, write: PendingWrite) -> None:
    todo = state.find_todo(write.todo_id)
    if todo is not None and todo["repeat"] is None:
        opened: TodoShape = {
            **todo,
            "status": "pending",
            "completed_at": None,
            "completed_by": None,
        }
        state.put_todo(todo["list_id"], todo["id"], opened)


def _delete(state: State, write: PendingWrite) -> None:
    todo = state.find_todo(write.todo_id)
    if todo is None:
        return
    todos = state.contents[todo["list_id"]].todos
    for other in [*todos.values()]:
        if write.todo_id in (other["id"], other["parent_id"]):
            state.put_todo(todo["list_id"], other["id"], None)


def _move(state: State, write: PendingWrite) -> None:
    todo = state.find_todo(write.todo_id)
    if todo is None:
        return
    list_id = write.fields.get("list_id") or todo["list_id"]
    content = state.contents.get(list_id)
    state.put_todo(todo["list_id"], todo["id"], None)
    if content is None:
        return
    moved: TodoShape = {**todo, "list_id": list_id, "rank": _rank(content, write)}
    if list_id != todo["list_id"]:
        # Labels and members belong to a list: those that the other list does not have are dropped.
        assignees = [user for user in todo["assignees"] if user in content.members]
        moved = {**moved, "labels": [], "parent_id": None, "assignees": assignees}
    state.put_todo(list_id, todo["id"], moved)


def _rank(content: ListContent, write: PendingWrite) -> str:
    """Return a rank before or after the neighbour that the write names; else at the end."""
    others = [todo for todo in content.sorted_todos() if todo["id"] != write.todo_id]
    at = len(others)
    for index, todo in enumerate(others):
        if todo["id"] == write.fields.get("before_id"):
            at = index
        elif todo["id"] == write.fields.get("after_id"):
            at = index + 1
    before = others[at - 1]["rank"] if at else None
    after = others[at]["rank"] if at < len(others) else None
    return rank_between(before, after)


_EFFECTS: dict[str, Callable[[State, PendingWrite], None]] = {
    "add": _add,
    "edit": _edit,
    "complete": _complete,
    "reopen": _reopen,
    "delete": _delete,
    "move": _move,
}
