"""What a todo may be, and what an edit makes of one. Pure: no I/O, no clock."""

from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import Enum
from typing import Any, Final, Literal

import orjson

from shared.contract.shapes import DueDate, DueTime, TodoShape, TodoStatus
from shared.errors import Invalid
from shared.ids import LabelId, TodoId, UserId
from shared.text import search_key
from shared.todos.rules.due import due_at
from shared.todos.rules.repeat_series import Repetition, begin

# A snapshot of this many is 20 pages; those in the trash count, or it would grow without bound.
TODOS_A_LIST = 10_000
# They move, go to the trash and come back with their parent, in one transaction.
SUBTASKS_A_TODO = 100
# One transaction under the locks of all their lists; also the protocol's number.
TODOS_A_BULK = 100
# More are a sign of a program gone wrong; every event of the todo carries them all.
ASSIGNEES_A_TODO = 50
LABELS_A_TODO = 50
# Every event of the todo carries it, and frames above 8 KiB no longer ride on the doorbell.
METADATA_BYTES = 16 * 1024
METADATA_DEPTH = 8
# What every database and every client's language can hold as a number.
LARGEST_NUMBER = 2**63 - 1


class Absence(Enum):
    """What a field of an edit is when the sender did not name it; None means "clear"."""

    ABSENT = "absent"


ABSENT: Final = Absence.ABSENT
Absent = Literal[Absence.ABSENT]


@dataclass(frozen=True)
class TodoEdit:
    """What to change. Each field is as TodoShape has it, or ABSENT: leave it."""

    title: str | Absent = ABSENT
    notes: str | Absent = ABSENT
    status: TodoStatus | Absent = ABSENT
    priority: int | Absent = ABSENT
    due: DueDate | DueTime | Absent | None = ABSENT
    repeat: Repetition | Absent | None = ABSENT
    metadata: dict[str, Any] | Absent = ABSENT
    assignees: tuple[UserId, ...] | Absent = ABSENT
    labels: tuple[LabelId, ...] | Absent = ABSENT
    parent_id: TodoId | Absent | None = ABSENT

    @property
    def is_empty(self) -> bool:
        return all(getattr(self, one.name) is ABSENT for one in fields(self))


@dataclass(frozen=True)
class NewTodo:
    title: str
    notes: str = ""
    status: TodoStatus = TodoStatus.PENDING
    priority: int = 0
    due: DueDate | DueTime | None = None
    repeat: Repetition | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    assignees: tuple[UserId, ...] = ()
    labels: tuple[LabelId, ...] = ()
    parent_id: TodoId | None = None


@dataclass(frozen=True)
class Spot:
    """Beside which todo of the list; at its end when neither is given."""

    before_id: TodoId | None = None
    after_id: TodoId | None = None

    def __post_init__(self) -> None:
        if self.before_id is not None and self.after_id is not None:
            raise Invalid.field("after_id", "one_of", "Give before_id or after_id, not both.")


def new_shape(
    new: NewTodo, *, todo_id: TodoId, list_id: str, rank: str, author: UserId, now: datetime
) -> TodoShape:
    """Returns the todo as it begins."""
    done = new.status is TodoStatus.COMPLETED
    repeat, due = begin(new.repeat, new.due) if new.repeat else (None, new.due)
    return TodoShape(
        id=todo_id,
        list_id=list_id,
        parent_id=new.parent_id,
        title=new.title,
        notes=new.notes,
        status=new.status,
        priority=new.priority,
        due=due,
        due_at=due_at(due),
        repeat=repeat,
        metadata=new.metadata,
        rank=rank,
        assignees=sorted(set(new.assignees)),
        labels=sorted(set(new.labels)),
        comment_count=0,
        completed_at=now if done else None,
        completed_by=author if done else None,
        deleted_at=None,
        version=1,
        created_by=author,
        created_at=now,
        updated_at=now,
    )


def apply_edit(
    todo: TodoShape, edit: TodoEdit, editor: UserId, now: datetime
) -> tuple[TodoShape, tuple[str, ...]]:
    """Returns the todo after the edit and which fields differ; the same object when none does."""
    wanted = {one.name: getattr(edit, one.name) for one in fields(edit)} | _series(todo, edit)
    for name in ("assignees", "labels"):
        if wanted[name] is not ABSENT:
            wanted[name] = sorted(set(wanted[name]))
    changes = {
        name: value
        for name, value in wanted.items()
        if value is not ABSENT and not _same(name, getattr(todo, name), value)
    }
    if not changes:
        return todo, ()
    changed = tuple(changes)
    if "due" in changes:
        changes["due_at"] = due_at(changes["due"])
    if "status" in changes:
        done = changes["status"] is TodoStatus.COMPLETED
        changes |= {"completed_at": now if done else None, "completed_by": editor if done else None}
    return revised(todo, now, **changes), changed


def _series(todo: TodoShape, edit: TodoEdit) -> dict[str, Any]:
    """Returns the fields that make the todo repeat as the edit says.

    A due date by itself moves the present occurrence, and nothing else of the series.
    """
    if edit.repeat is None or edit.repeat is ABSENT:
        if edit.due is None and edit.repeat is ABSENT and todo.repeat is not None:
            raise Invalid.field(
                "due", "repeats", "It repeats: clear `repeat` as well, or give it another date."
            )
        return {}
    moved = edit.due is not ABSENT and edit.due != todo.due
    if todo.repeat is not None and not moved and edit.repeat.is_that_of(todo.repeat):
        return {"repeat": ABSENT}
    due = todo.due if edit.due is ABSENT else edit.due
    repeat, due = begin(edit.repeat, due, todo.repeat)
    return {"repeat": repeat, "due": due}


def revised(todo: TodoShape, now: datetime, **changes: Any) -> TodoShape:
    """Returns the next version of a todo."""
    return todo.model_copy(update={**changes, "version": todo.version + 1, "updated_at": now})


def search_text(todo: TodoShape) -> str:
    """Returns what searches compare their words with."""
    return search_key(f"{todo.title}\n{todo.notes}")


def check_metadata(metadata: dict[str, Any]) -> None:
    """Raises Invalid unless both databases keep it and give it back as it is."""
    _check_value(metadata, 1)
    if len(orjson.dumps(metadata)) > METADATA_BYTES:
        raise _bad_metadata("too_large", f"must not exceed {METADATA_BYTES} bytes as JSON")


def _check_value(value: Any, depth: int) -> None:
    if isinstance(value, dict | list):
        if depth > METADATA_DEPTH:
            raise _bad_metadata("too_deep", f"must not nest deeper than {METADATA_DEPTH}")
        for inner in value.values() if isinstance(value, dict) else value:
            _check_value(inner, depth + 1)
        for key in value if isinstance(value, dict) else ():
            _check_text(key)
    elif isinstance(value, str):
        _check_text(value)
    elif isinstance(value, float | int) and not abs(value) <= LARGEST_NUMBER:
        raise _bad_metadata("number", "must not hold numbers beyond 2⁶³, NaN or infinity")


def _check_text(text: str) -> None:
    # Postgres keeps no NUL in JSON; a lone surrogate is not UTF-8.
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise _bad_metadata("text", "must not hold NUL or lone surrogates")


def _bad_metadata(code: str, rule: str) -> Invalid:
    return Invalid.field("metadata", code, f"Metadata {rule}.")


def _same(name: str, present: Any, wanted: Any) -> bool:
    if name == "metadata":
        # Compared as JSON: in Python 1 equals True.
        sort = orjson.OPT_SORT_KEYS
        return orjson.dumps(present, option=sort) == orjson.dumps(wanted, option=sort)
    return bool(present == wanted)
