"""List todos with filters, search words, a sort order and pages, in lists the actor may read.

A cursor holds the sort key and id of the last todo of a page, so pages neither repeat nor skip a
todo that stays where it is, whatever happens around it. A page takes two statements, whatever its
size.
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

# Each word is a scan of the text, and a user types fewer.
MAX_SEARCH_WORDS = 10


class SortKey(StrEnum):
    RANK = "rank"
    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    DUE = "due"
    PRIORITY = "priority"


_SORT_COLUMNS: dict[SortKey, InstrumentedAttribute[Any]] = {
    SortKey.RANK: TodoRow.rank,
    SortKey.CREATED_AT: TodoRow.created_at,
    SortKey.UPDATED_AT: TodoRow.updated_at,
    SortKey.DUE: TodoRow.due_sort,
    SortKey.PRIORITY: TodoRow.priority,
}


@dataclass(frozen=True)
class TodoFilter:
    """Conditions that must all hold. None or empty: any. `due_before` itself is not included."""

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
    key: SortKey = SortKey.RANK
    descending: bool = False

    @classmethod
    def parse(cls, text: str) -> "Sorting":
        """Return the sorting that `text` names; a leading - is descending. Raise Invalid."""
        try:
            return cls(SortKey(text.removeprefix("-")), text.startswith("-"))
        except ValueError:
            names = ", ".join(SortKey)
            raise Invalid.field("sort", "sort", f"Sort by one of {names}; - reverses.") from None


@dataclass(frozen=True)
class TodoPage:
    todos: list[TodoShape]
    total: int
    next_cursor: str | None


async def find_todos(
    read: ReadTransaction,
    actor: Actor,
    conditions: TodoFilter,
    sorting: Sorting,
    *,
    limit: int,
    cursor: str | None = None,
    offset: int = 0,
) -> TodoPage:
    """Return a page of the todos that match, and how many match in all. Raise NotFound, Invalid."""
    if conditions.list_id is not None:
        await gate.authorize_read(read, actor, conditions.list_id, Action.READ_LIST)
    where = _where(actor, conditions)
    total = await read.connection.scalar(select(func.count()).select_from(TodoRow).where(*where))
    page = shapes.select_shapes().add_columns(TodoRow.due_sort).where(*where)
    if cursor is not None:
        page = page.where(_is_after(sorting, cursor))
    # One more than requested, to learn whether there is a next page.
    page = _order_by(page, sorting).limit(limit + 1).offset(offset)
    rows = (await read.connection.execute(page)).all()
    following = _make_cursor(sorting, rows[limit - 1]) if len(rows) > limit else None
    return TodoPage([shapes.shape_of(row) for row in rows[:limit]], total or 0, following)


def _where(actor: Actor, conditions: TodoFilter) -> list[ColumnElement[bool]]:
    where = [_in_lists(actor, conditions.list_id)]
    where.append(
        TodoRow.deleted_at.is_not(None) if conditions.trash else TodoRow.deleted_at.is_(None)
    )
    if conditions.statuses:
        where.append(TodoRow.status.in_([status.value for status in conditions.statuses]))
    if conditions.priorities:
        where.append(TodoRow.priority.in_(conditions.priorities))
    if conditions.parent_id is not None:
        where.append(TodoRow.parent_id == conditions.parent_id)
    if conditions.assignee is not None:
        assigned = select(AssigneeRow.todo_id).where(AssigneeRow.user_id == conditions.assignee)
        where.append(TodoRow.id.in_(assigned))
    if conditions.label is not None:
        labelled = select(TodoLabelRow.todo_id).where(TodoLabelRow.label_id == conditions.label)
        where.append(TodoRow.id.in_(labelled))
    if conditions.due_after is not None:
        where.append(TodoRow.due_sort >= conditions.due_after)
    if conditions.due_before is not None:
        where.append(TodoRow.due_sort < conditions.due_before)
    words = map(like_pattern, _search_words(conditions.search))
    return where + [TodoRow.search_text.like(word, escape="\\") for word in words]


def _in_lists(actor: Actor, list_id: ListId | None) -> ColumnElement[bool]:
    if list_id is not None:
        return TodoRow.list_id == list_id
    return TodoRow.list_id.in_(gate.readable_lists(actor))


def _search_words(search: str) -> list[str]:
    """Return the words that must all occur, each to be matched literally."""
    try:
        words = search_key(clean(search)).split()
    except ValueError as error:
        raise Invalid.field("search", "text", f"The text is refused: {error}.") from None
    if len(words) > MAX_SEARCH_WORDS:
        raise Invalid.field("search", "too_many", f"At most {MAX_SEARCH_WORDS} words.")
    return words


def _order_by(page: Select[*tuple[Any, ...]], sorting: Sorting) -> Select[*tuple[Any, ...]]:
    key = _SORT_COLUMNS[sorting.key]
    columns: list[ColumnElement[Any]] = []
    if sorting.key is SortKey.DUE:
        # Todos without a due date come last, in both directions and on both databases.
        columns.append(TodoRow.due_sort.is_(None))
    both = (key.desc(), TodoRow.id.desc()) if sorting.descending else (key.asc(), TodoRow.id.asc())
    return page.order_by(*columns, *both)


def _is_after(sorting: Sorting, cursor: str) -> ColumnElement[bool]:
    value, last_id = _parse_cursor(sorting, cursor)
    key = _SORT_COLUMNS[sorting.key]
    further_id = TodoRow.id < last_id if sorting.descending else TodoRow.id > last_id
    if value is None:
        return and_(key.is_(None), further_id)
    further = key < value if sorting.descending else key > value
    following = or_(further, and_(key == value, further_id))
    return or_(following, key.is_(None)) if sorting.key is SortKey.DUE else following


def _make_cursor(sorting: Sorting, row: Any) -> str:
    value = row.due_sort if sorting.key is SortKey.DUE else getattr(row, sorting.key.value)
    if isinstance(value, datetime):
        value = as_rfc3339(value)
    packed = orjson.dumps([sorting.key, sorting.descending, value, row.id])
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _parse_cursor(sorting: Sorting, cursor: str) -> tuple[str | int | datetime | None, str]:
    """Return sort key and id. Raise Invalid for anything but a cursor of this sorting."""
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        order, descending, value, last_id = orjson.loads(packed)
        key = _parse_key(sorting.key, value)
    # A forged instant may be out of datetime's range once it is converted to UTC.
    except (ValueError, TypeError, OverflowError, binascii.Error):
        raise _not_a_cursor() from None
    same_sorting = order == sorting.key.value and descending is sorting.descending
    if not (same_sorting and isinstance(last_id, str) and is_id(last_id)):
        raise _not_a_cursor()
    return key, last_id


def _parse_key(sort_key: SortKey, value: Any) -> str | int | datetime | None:
    if sort_key is SortKey.DUE and value is None:
        return None
    if sort_key is SortKey.PRIORITY and isinstance(value, int) and 0 <= value <= 5:
        return value
    if sort_key is SortKey.RANK and isinstance(value, str) and value.isascii() and value.isalnum():
        return value
    if sort_key in (SortKey.DUE, SortKey.CREATED_AT, SortKey.UPDATED_AT) and isinstance(value, str):
        instant = datetime.fromisoformat(value)
        if instant.tzinfo is not None:
            return instant.astimezone(UTC)
    raise ValueError("not a sort key")


def _not_a_cursor() -> Invalid:
    return Invalid.field("cursor", "cursor", "This cursor is not of a page sorted like this one.")
