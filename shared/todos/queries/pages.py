"""Read pages of todos as JSON, by cursor or by number, authorized in the statement that reads them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select

from shared.access import gate
from shared.access.policy import Action
from shared.actor import Actor
from shared.errors import NotFound
from shared.ids import TodoId
from shared.todos.queries.due_scale import page_parameters
from shared.todos.queries.filters import Conditions, TodoFilter, split_filter
from shared.todos.queries.page_statements import (
    After,
    PageVariant,
    count_matching,
    cursor_page,
    numbered_page,
    one_todo,
)
from shared.todos.queries.sorting import Key, Sorting, SortKey, make_cursor, parse_cursor
from shared.unit_of_work import ReadTransaction

# Few numbers of rows, since each has a statement of its own.
PAGE_SIZES = (1, 5, 20, 50, 100)
_ONE_TODO = one_todo()


@dataclass(frozen=True)
class FoundTodos:
    """Todos as JSON texts. `total` counts the todos that match; None when it was not asked for."""

    todos: list[str]
    next_cursor: str | None
    total: int | None


async def find_page(
    read: ReadTransaction,
    actor: Actor,
    chosen: TodoFilter,
    sorting: Sorting,
    *,
    limit: int,
    max_bytes: int,
    cursor: str | None = None,
    with_total: bool = True,
) -> FoundTodos | None:
    """Return a page by cursor, in one statement; None if its todos are larger than `max_bytes`.

    Only the first page has a total, unless `with_total` is false. Raise NotFound, Invalid.
    """
    conditions, values = split_filter(actor, chosen)
    values["max_bytes"] = max_bytes
    after: After | None = None
    key: Key = None
    if cursor is not None:
        key, values["after_id"] = parse_cursor(sorting, cursor, chosen.zone)
        after = "no_key" if key is None else "key"
        if key is not None:
            values["after_key"] = key
    if sorting.key is SortKey.DUE:
        instant = key if isinstance(key, datetime) else None
        values |= page_parameters(chosen.zone, instant, descending=sorting.descending)
    # One more than requested, to learn whether there is a next page.
    rows = next(size for size in PAGE_SIZES if size >= limit) + 1
    with_total = with_total and cursor is None
    is_sqlite = read.connection.is_sqlite
    variant = PageVariant(conditions, sorting, after, rows, with_total, is_sqlite)
    statement = cursor_page(variant)
    found = await _read_rows(read, statement, values, conditions)
    todos = [row for row in found if row.id is not None]
    if todos and todos[0].todo is None:
        return None
    following = None
    if len(todos) > limit:
        following = make_cursor(sorting, todos[limit - 1].key, todos[limit - 1].id, chosen.zone)
    total = (found[0].total if found else 0) if with_total else None
    return FoundTodos([row.todo for row in todos[:limit]], following, total)


async def find_page_at(
    read: ReadTransaction,
    actor: Actor,
    chosen: TodoFilter,
    sorting: Sorting,
    *,
    offset: int,
    limit: int,
    max_bytes: int,
) -> FoundTodos | None:
    """Return `limit` todos after the first `offset`, in two statements, and the total.

    Return None if they are larger than `max_bytes`. Raise NotFound, Invalid.
    """
    conditions, values = split_filter(actor, chosen)
    [counted] = await _read_rows(read, count_matching(conditions), values, conditions)
    total = int(counted.total)
    rows = min(limit, total - offset)
    if rows <= 0:
        return FoundTodos([], None, total)
    # From the nearer end, so that the last page of a long list costs what the first one does.
    from_end = total - offset - rows
    is_reversed = from_end < offset
    values |= {"rows": rows, "offset": from_end if is_reversed else offset, "max_bytes": max_bytes}
    statement = numbered_page(conditions, sorting.reversed() if is_reversed else sorting)
    found = await _read_rows(read, statement, values, conditions)
    todos = [row.todo for row in found if row.id is not None]
    if todos and todos[0] is None:
        return None
    return FoundTodos(todos[::-1] if is_reversed else todos, None, total)


async def read_todo_json(
    read: ReadTransaction, actor: Actor, todo_id: TodoId, *, with_deleted: bool
) -> tuple[str, int]:
    """Return a todo as JSON, and its version. Raise NotFound; one in the trash is found `with_deleted`."""
    values = gate.reader(actor) | {"todo_id": todo_id}
    row = (await read.connection.execute(_ONE_TODO, values)).one_or_none()
    if row is None or (row.is_deleted and not with_deleted):
        raise NotFound
    gate.authorize_row(row.role, row.in_trash, Action.READ_LIST)
    return row.todo, row.version


async def _read_rows(
    read: ReadTransaction, statement: Select[Any], values: dict[str, Any], conditions: Conditions
) -> list[Any]:
    """Return the rows, of which the first one has the reader's role if they are of one list."""
    rows = list(await read.connection.execute(statement, values))
    if conditions.in_list:
        role, in_trash = (rows[0].role, rows[0].in_trash) if rows else (None, False)
        gate.authorize_row(role, bool(in_trash), Action.READ_LIST)
    return rows
