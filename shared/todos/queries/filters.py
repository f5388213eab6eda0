"""Conditions on todos, in lists that the reader may read: a statement's part and its values apart.

The statement of a set of conditions is built once. Their values are parameters, except statuses and
priorities, of which there are few.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, bindparam, literal_column, select

from shared.access import gate
from shared.actor import Actor
from shared.contract.shapes import TodoStatus
from shared.database.json_text import contains
from shared.errors import Invalid
from shared.ids import LabelId, ListId, PersonalLabelId, TodoId, UserId
from shared.languages.texts import message, sentence_of
from shared.tables.labels import TodoPersonalLabelRow
from shared.tables.todos import AssigneeRow, TodoLabelRow, TodoRow
from shared.text import NotAcceptableError, clean, search_key
from shared.todos.queries.due_scale import DUE_AFTER, DUE_BEFORE, due_parameters

# Each word is a scan of the text, and a user types fewer.
MAX_SEARCH_WORDS = 10


@dataclass(frozen=True)
class TodoFilter:
    """Conditions that must all hold. None or empty: any. `due_before` itself is not included."""

    list_id: ListId | None = None
    statuses: tuple[TodoStatus, ...] = ()
    priorities: tuple[int, ...] = ()
    assignee: UserId | None = None
    label: LabelId | None = None
    # Of the reader.
    personal_label: PersonalLabelId | None = None
    parent_id: TodoId | None = None
    due_after: datetime | None = None
    due_before: datetime | None = None
    # True: only todos without a due date.
    undated: Literal[True] | None = None
    search: str = ""
    trash: bool = False
    # Of the reader: in which days begin and floating times are meant.
    zone: str = "UTC"


@dataclass(frozen=True)
class Conditions:
    """Which conditions there are, without their values: equal ones have the same statement."""

    in_list: bool
    trash: bool
    statuses: tuple[TodoStatus, ...]
    priorities: tuple[int, ...]
    # The names of the other conditions, which are also those of their parameters.
    names: tuple[str, ...]
    words: int

    @property
    def names_todos(self) -> bool:
        """Return True if a condition finds its todos by itself, in whatever lists."""
        return not {"assignee", "label", "personal_label", "parent_id"}.isdisjoint(self.names)

    @property
    def is_dated(self) -> bool:
        """Return True if only todos with a due date can match."""
        return "due_after" in self.names or "due_before" in self.names

    def where(self) -> list[ColumnElement[bool]]:
        """Return the conditions on `todos`, except the one on the lists."""
        deleted_at = TodoRow.deleted_at
        where: list[ColumnElement[bool]] = [
            deleted_at.is_not(None) if self.trash else deleted_at.is_(None)
        ]
        if self.statuses:
            # The values of an enum, and numbers, so they are safe as text.
            where.append(TodoRow.status.in_([literal_column(f"'{s}'") for s in self.statuses]))
        if self.priorities:
            where.append(TodoRow.priority.in_([literal_column(str(p)) for p in self.priorities]))
        where += [_CONDITIONS[name] for name in self.names]
        words = [
            bindparam(f"word_{number}", type_=TodoRow.search_text.type)
            for number in range(self.words)
        ]
        return where + [contains(TodoRow.search_text, word) for word in words]


_CONDITIONS: dict[str, ColumnElement[bool]] = {
    "parent_id": TodoRow.parent_id == bindparam("parent_id"),
    "assignee": TodoRow.id.in_(
        select(AssigneeRow.todo_id).where(AssigneeRow.user_id == bindparam("assignee"))
    ),
    "label": TodoRow.id.in_(
        select(TodoLabelRow.todo_id).where(TodoLabelRow.label_id == bindparam("label"))
    ),
    "personal_label": TodoRow.id.in_(
        select(TodoPersonalLabelRow.todo_id).where(
            TodoPersonalLabelRow.label_id == bindparam("personal_label"),
            TodoPersonalLabelRow.user_id == bindparam("reader"),
        )
    ),
    "due_after": DUE_AFTER,
    "due_before": DUE_BEFORE,
    "undated": TodoRow.due_sort.is_(None),
}


def split_filter(actor: Actor, chosen: TodoFilter) -> tuple[Conditions, dict[str, Any]]:
    """Return the conditions of a filter and the values of their parameters. Raise Invalid."""
    words = search_words(chosen.search)
    values: dict[str, Any] = {name: getattr(chosen, name) for name in _CONDITIONS}
    values = {name: value for name, value in values.items() if value is not None}
    conditions = Conditions(
        in_list=chosen.list_id is not None,
        trash=chosen.trash,
        statuses=tuple(sorted(set(chosen.statuses))),
        priorities=tuple(sorted(set(chosen.priorities))),
        names=tuple(values),
        words=len(words),
    )
    values |= due_parameters(chosen.zone, chosen.due_after, chosen.due_before)
    values |= {f"word_{number}": word for number, word in enumerate(words)}
    values |= gate.reader(actor)
    if chosen.list_id is not None:
        values["list_id"] = chosen.list_id
    return conditions, values


def search_words(search: str, field: str = "search") -> list[str]:
    """Return the words that must all occur, each folded like the text in which it is found.

    Raise Invalid, which names the field.
    """
    try:
        words = search_key(clean(search)).split()
    except NotAcceptableError as error:
        raise Invalid.field(
            field, "text", message("The text is refused: {error}.", error=sentence_of(error))
        ) from None
    if len(words) > MAX_SEARCH_WORDS:
        raise Invalid.field(
            field, "too_many", message("At most {limit} words.", limit=MAX_SEARCH_WORDS)
        )
    return words
