"""Listing todos: filters, words, orders and pages. Only of lists the actor may read.

A cursor names the sort key and id of the last todo of a page, so pages neither repeat nor skip a
todo that stays where it is, whatever happens around it. Two statements a page, whatever its size.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from shared.access import gate
from shared.access.policy import Action
from shared.actor import Actor
from shared.clock import as_rfc3339
from shared.contract.shapes import TodoShape, TodoStatus
from shared.errors import Invalid
from shared.ids import LabelId, ListId, TodoId, UserId, is_id
from shared.tables.todos import AssigneeRow, TodoLabelRow, TodoRow
from shared.text import clean, like_pattern, search_key
from shared.todos.queries import shapes
from shared.unit_of_work import ReadTransaction

# Each word is a scan of the text; nobody types more.
WORDS = 10


class Order(StrEnum):
    RANK = "rank"
    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    DUE = "due"
    PRIORITY = "priority"


_KEYS: dict[Order, InstrumentedAttribute[Any]] = {
    Order.RANK: TodoRow.rank,
    Order.CREATED_AT: TodoRow.created_at,
    Order.UPDATED_AT: TodoRow.updated_at,
    Order.DUE: TodoRow.due_sort,
    Order.PRIORITY: TodoRow.priority,
}


@dataclass(frozen=True)
class Filter:
    """What to list; None or empty: do not care. `due_before` itself is not included."""

    list_id: ListId | None = None
    statuses: tuple[TodoStatus, ...] = ()
    priorities: tuple[int, ...] = ()
    assignee: UserId | None = None
    label: LabelId | None = None
    parent_id: TodoId | None = None
    due_after: datetime | None = None
    due_before: datetime | None = None
    search: str = ""
    trash: bool = False


@dataclass(frozen=True)
class Sorting:
    order: Order = Order.RANK
    descending: bool = False

    @classmethod
    def parse(cls, text: str) -> "Sorting":
        """Returns the sorting `text` names; a leading - is descending. Raises Invalid."""
        try:
            return cls(Order(text.removeprefix("-")), text.startswith("-"))
        except ValueError:
            names = ", ".join(Order)
            raise Invalid.field("sort", "sort", f"Sort by one of {names}; - reverses.") from None


@dataclass(frozen=True)
class Found:
    todos: list[TodoShape]
    total: int
    next_cursor: str | None


async def find_todos(
    read: ReadTransaction,
    actor: Actor,
    wanted: Filter,
    sorting: Sorting,
    *,
    limit: int,
    cursor: str | None = None,
    offset: int = 0,
) -> Found:
    """Returns a page of what matches, and how many match in all. Raises NotFound, Invalid."""
    if wanted.list_id is not None:
        await gate.authorize_read(read, actor, wanted.list_id, Action.READ_LIST)
    conditions = _conditions(actor, wanted)
    total = await read.connection.scalar(
        select(func.count()).select_from(TodoRow).where(*conditions)
    )
    page = shapes.select_shapes().add_columns(TodoRow.due_sort).where(*conditions)
    if cursor is not None:
        page = page.where(_after(sorting, cursor))
    # One more than asked for tells whether there is a next page.
    page = _ordered(page, sorting).limit(limit + 1).offset(offset)
    rows = (await read.connection.execute(page)).all()
    following = _cursor(sorting, rows[limit - 1]) if len(rows) > limit else None
    return Found([shapes.shape_of(row) for row in rows[:limit]], total or 0, following)


def _conditions(actor: Actor, wanted: Filter) -> list[ColumnElement[bool]]:
    found = [_in_lists(actor, wanted.list_id)]
    found.append(TodoRow.deleted_at.is_not(None) if wanted.trash else TodoRow.deleted_at.is_(None))
    if wanted.statuses:
        found.append(TodoRow.status.in_([status.value for status in wanted.statuses]))
    if wanted.priorities:
        found.append(TodoRow.priority.in_(wanted.priorities))
    if wanted.parent_id is not None:
        found.append(TodoRow.parent_id == wanted.parent_id)
    if wanted.assignee is not None:
        assigned = select(AssigneeRow.todo_id).where(AssigneeRow.user_id == wanted.assignee)
        found.append(TodoRow.id.in_(assigned))
    if wanted.label is not None:
        marked = select(TodoLabelRow.todo_id).where(TodoLabelRow.label_id == wanted.label)
        found.append(TodoRow.id.in_(marked))
    if wanted.due_after is not None:
        found.append(TodoRow.due_sort >= wanted.due_after)
    if wanted.due_before is not None:
        found.append(TodoRow.due_sort < wanted.due_before)
    words = map(like_pattern, _words(wanted.search))
    return found + [TodoRow.search_text.like(word, escape="\\") for word in words]


def _in_lists(actor: Actor, list_id: ListId | None) -> ColumnElement[bool]:
    if list_id is not None:
        return TodoRow.list_id == list_id
    return TodoRow.list_id.in_(gate.readable_lists(actor))


def _words(search: str) -> list[str]:
    """Returns what must all occur, each taken literally."""
    try:
        words = search_key(clean(search)).split()
    except ValueError as error:
        raise Invalid.field("search", "text", f"The text is refused: {error}.") from None
    if len(words) > WORDS:
        raise Invalid.field("search", "too_many", f"At most {WORDS} words.")
    return words


def _ordered(page: Select[*tuple[Any, ...]], sorting: Sorting) -> Select[*tuple[Any, ...]]:
    key = _KEYS[sorting.order]
    columns: list[ColumnElement[Any]] = []
    if sorting.order is Order.DUE:
        # Without a due date: last, in both directions and on both databases.
        columns.append(TodoRow.due_sort.is_(None))
    both = (key.desc(), TodoRow.id.desc()) if sorting.descending else (key.asc(), TodoRow.id.asc())
    return page.order_by(*columns, *both)


def _after(sorting: Sorting, cursor: str) -> ColumnElement[bool]:
    value, last_id = _parsed(sorting, cursor)
    key = _KEYS[sorting.order]
    further_id = TodoRow.id < last_id if sorting.descending else TodoRow.id > last_id
    if value is None:
        return and_(key.is_(None), further_id)
    further = key < value if sorting.descending else key > value
    following = or_(further, and_(key == value, further_id))
    return or_(following, key.is_(None)) if sorting.order is Order.DUE else following


def _cursor(sorting: Sorting, row: Any) -> str:
    value = row.due_sort if sorting.order is Order.DUE else getattr(row, sorting.order.value)
    if isinstance(value, datetime):
        value = as_rfc3339(value)
    packed = orjson.dumps([sorting.order, sorting.descending, value, row.id])
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _parsed(sorting: Sorting, cursor: str) -> tuple[str | int | datetime | None, str]:
    """Returns sort key and id. Raises Invalid for anything that is not a cursor of this sorting."""
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        order, descending, value, last_id = orjson.loads(packed)
        key = _key(sorting.order, value)
    # A forged instant may lie outside of what a datetime holds, once it is in UTC.
    except (ValueError, TypeError, OverflowError, binascii.Error):
        raise _not_a_cursor() from None
    same_sorting = order == sorting.order.value and descending is sorting.descending
    if not (same_sorting and isinstance(last_id, str) and is_id(last_id)):
        raise _not_a_cursor()
    return key, last_id


def _key(order: Order, value: Any) -> str | int | datetime | None:
    if order is Order.DUE and value is None:
        return None
    if order is Order.PRIORITY and isinstance(value, int) and 0 <= value <= 5:
        return value
    if order is Order.RANK and isinstance(value, str) and value.isascii() and value.isalnum():
        return value
    if order in (Order.DUE, Order.CREATED_AT, Order.UPDATED_AT) and isinstance(value, str):
        instant = datetime.fromisoformat(value)
        if instant.tzinfo is not None:
            return instant.astimezone(UTC)
    raise ValueError("not a sort key")


def _not_a_cursor() -> Invalid:
    return Invalid.field("cursor", "cursor", "This cursor is not of a page sorted like this one.")
