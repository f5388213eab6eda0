"""The pages of a preview, as they are stored, and the todos that they stand for. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from shared.contract.shapes import CountsFrom, DueDate, DueTime, RepeatShape
from shared.ids import LabelId, TodoId, UserId
from shared.reminders.rules import ReminderTrigger
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
    # Where it begins in the file; 0 in a preview of an earlier release.
    line: int = 0


@dataclass(frozen=True)
class PageDetail:
    """A comment, a past occurrence or a file of the todo with the source key `todo`."""

    todo: str
    line: int
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class ImportPage:
    """Todos of one list of the file; or comments, past occurrences or files of todos of pages before it.

    A list that the user chose takes them instead.
    """

    list_key: str
    list_name: str
    colour: str | None
    label_colours: Mapping[str, str]
    archived: bool
    is_last: bool
    todos: Sequence[PageTodo]
    comments: Sequence[PageDetail] = ()
    occurrences: Sequence[PageDetail] = ()
    files: Sequence[PageDetail] = ()
    # Absent in a page that a release before stored.
    icon: str = ""
    folder: str = ""


def new_todo_of(
    todo: PageTodo,
    labels: Mapping[str, LabelId],
    members: frozenset[str],
    parent: TodoId | None,
) -> NewTodo:
    """Return the todo to create, with what exists of its labels and assignees."""
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
        parent_id=parent,
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


def series_of(fields: Mapping[str, Any]) -> RepeatShape | None:
    """Return the series of a todo that was in the middle of it; None for one that begins."""
    if not fields.get("repeat") or not fields.get("occurrence"):
        return None
    anchor, rule = _due(fields["anchor"]), parse_rule(fields["repeat"])
    assert anchor is not None
    return RepeatShape(
        rule=rule.text,
        counts_from=CountsFrom(fields["counts_from"]),
        anchor=anchor,
        occurrence=fields["occurrence"],
        day=date.fromisoformat(fields["day"]),
        left=rule.count,
    )


def triggers_of(fields: Mapping[str, Any]) -> list[ReminderTrigger]:
    """Return the reminders of a todo, each once."""
    return list(
        dict.fromkeys(
            ReminderTrigger(
                datetime.fromisoformat(each["at"]) if each.get("at") else None,
                each.get("minutes_before"),
            )
            for each in fields.get("reminders", ())
        )
    )
