"""Make the first version of a todo, and the version after an edit. Pure: no I/O, no clock."""

from datetime import datetime
from typing import Any

import orjson

from shared.contract.base import construct
from shared.contract.shapes import OPEN, RepeatShape, TodoShape, TodoStatus
from shared.errors import Invalid
from shared.ids import TodoId, UserId
from shared.text import search_key
from shared.todos.rules.due import due_at
from shared.todos.rules.repeat_series import begin_series
from shared.todos.rules.todo_edits import NewTodo, TodoEdit

# A snapshot of this many is 20 pages. Those in the trash count: the table would grow without bound.
MAX_TODOS_PER_LIST = 10_000
# Subtasks move, go to the trash and come back with their parent, in one transaction.
MAX_SUBTASKS_PER_TODO = 100
# One transaction holds the locks of all their lists' streams. docs/protocol.md states this number.
MAX_TODOS_PER_BULK_EDIT = 100
# Every event of the todo carries them all; only a faulty program sends more.
MAX_ASSIGNEES_PER_TODO = 50
MAX_LABELS_PER_TODO = 50

# In the order of declaration, in which events name the changed fields.
_EDITABLE = tuple(TodoEdit.model_fields)


def new_todo(
    new: NewTodo,
    *,
    todo_id: TodoId,
    list_id: str,
    rank: str,
    author: UserId,
    now: datetime,
    completed_at: datetime | None = None,
    series: RepeatShape | None = None,
) -> TodoShape:
    """Return the first version of a todo, completed now unless at `completed_at`.

    `series` is one that has begun already, which `repeat` of the todo describes. Raise Invalid when its
    repeat rule has no date.
    """
    values = new.values()
    if series is not None:
        values["repeat"] = series
    elif new.repeat is not None:
        values["repeat"], values["due"] = begin_series(new.repeat, new.due)
    done = new.status is TodoStatus.COMPLETED
    return TodoShape(
        **values,
        id=todo_id,
        list_id=list_id,
        due_at=due_at(values["due"]),
        rank=rank,
        comment_count=0,
        attachment_count=0,
        completed_at=(completed_at or now) if done else None,
        completed_by=author if done else None,
        deleted_at=None,
        version=1,
        created_by=author,
        created_at=now,
        updated_at=now,
    )


def apply_edit(
    todo: TodoShape,
    edit: TodoEdit,
    editor: UserId,
    now: datetime,
    completed_at: datetime | None = None,
) -> tuple[TodoShape, tuple[str, ...]]:
    """Return the todo after the edit and which fields differ; the same object when none does.

    One that the edit completes was completed now unless at `completed_at`.
    """
    wanted = edit.values()
    if edit.names("due", "repeat"):
        _set_series(wanted, todo, edit)
    changes = {
        name: value
        for name, value in wanted.items()
        if not _is_same(name, getattr(todo, name), value)
    }
    if not changes:
        return todo, ()
    changed = tuple(name for name in _EDITABLE if name in changes)
    if "due" in changes:
        changes["due_at"] = due_at(changes["due"])
    if "status" in changes:
        done = changes["status"] is TodoStatus.COMPLETED
        changes["completed_at"] = (completed_at or now) if done else None
        changes["completed_by"] = editor if done else None
    return new_version(todo, now, **changes), changed


def _set_series(wanted: dict[str, Any], todo: TodoShape, edit: TodoEdit) -> None:
    """Replace `repeat` and `due` in `wanted` by the series that the edit begins, if any.

    A due date by itself moves the present occurrence, and nothing else of the series.
    """
    if edit.repeat is None:
        is_kept = todo.repeat is not None and not edit.names("repeat")
        if is_kept and edit.due is None:
            raise Invalid.field(
                "due", "repeats", "It repeats: clear `repeat` as well, or give it another date."
            )
        return
    is_moved = edit.names("due") and edit.due != todo.due
    if todo.repeat is not None and not is_moved and edit.repeat.matches(todo.repeat):
        del wanted["repeat"]
        return
    due = edit.due if edit.names("due") else todo.due
    wanted["repeat"], wanted["due"] = begin_series(edit.repeat, due, todo.repeat)


def new_version(todo: TodoShape, now: datetime, **changes: Any) -> TodoShape:
    """Return the next version of a todo."""
    next_version = {"version": todo.version + 1, "updated_at": now}
    return construct(type(todo), {**vars(todo), **changes, **next_version})


def copy_of(todo: TodoShape, author: UserId, now: datetime, **changes: Any) -> TodoShape:
    """Return the first version of an open todo with the fields of another one.

    A series counts from its present occurrence on. What shows a new user around does not do so twice.
    """
    metadata = {name: value for name, value in todo.metadata.items() if name != "example"}
    first = {
        "status": todo.status if todo.status in OPEN else TodoStatus.PENDING,
        "repeat": todo.repeat and todo.repeat.model_copy(update={"occurrence": 1}),
        "metadata": metadata,
        "comment_count": 0,
        "attachment_count": 0,
        "completed_at": None,
        "completed_by": None,
        "version": 1,
        "created_by": author,
        "created_at": now,
        "updated_at": now,
    }
    return construct(type(todo), {**vars(todo), **first, **changes})


def search_text(todo: TodoShape) -> str:
    """Return the text that searches compare their words with."""
    return search_key(f"{todo.title}\n{todo.description}")


def _is_same(name: str, present: Any, wanted: Any) -> bool:
    if name == "metadata":
        # Compare as JSON: in Python 1 equals True.
        sort = orjson.OPT_SORT_KEYS
        return orjson.dumps(present, option=sort) == orjson.dumps(wanted, option=sort)
    return bool(present == wanted)
