"""The pages of a preview, as they are stored, and the todos that they stand for. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.contract.shapes import CountsFrom, DueDate, DueTime
from shared.ids import LabelId, TodoId, UserId
from shared.text import name_key
from shared.todos.rules.due import parse_due_date, parse_due_time
from shared.todos.rules.repeat_rule import parse_rule
from shared.todos.rules.repeat_series import RepeatSpec
from shared.todos.rules.todo_edits import NewTodo


@dataclass(frozen=True)
class PageTodo:
    """A todo as the preview stored it. `key` and `parent` are source keys."""

    key: str
    parent: str | None
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class ImportPage:
    """Todos of one list of the file. `target`, if the user chose it, takes them instead."""

    list_key: str
    list_name: str
    colour: str | None
    label_colours: Mapping[str, str]
    archived: bool
    is_last: bool
    todos: Sequence[PageTodo]


def new_todo_of(
    todo: PageTodo,
    labels: Mapping[str, LabelId],
    members: frozenset[str],
    parent: TodoId | None,
    live: frozenset[str],
) -> NewTodo:
    """Return the todo to create, with what exists of its labels, assignees and parent."""
    fields = todo.fields
    rule = fields.get("repeat")
    due = _due(fields.get("due"))
    repeat = None
    if rule:
        repeat = RepeatSpec(
            parse_rule(rule), CountsFrom(fields["counts_from"]), _due(fields.get("anchor"))
        )
    return NewTodo(
        title=fields["title"],
        description=fields["description"],
        status=fields["status"],
        priority=fields["priority"],
        metadata=fields["metadata"],
        due=due,
        repeat=repeat,
        labels=tuple({labels[key] for key in map(name_key, fields["labels"]) if key in labels}),
        assignees=tuple(UserId(user) for user in fields["assignees"] if user in members),
        parent_id=parent if parent in live else None,
    )


def _due(value: Any) -> DueDate | DueTime | None:
    if value is None:
        return None
    if "date" in value:
        return parse_due_date(value["date"])
    return parse_due_time(value["at"], value["zone"])


def instant_of(value: str | None, now: datetime) -> datetime | None:
    """Return the instant, or now if that is earlier."""
    return None if value is None else min(datetime.fromisoformat(value), now)
