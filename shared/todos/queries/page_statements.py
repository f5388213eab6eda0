"""The statements of pages of todos. Those of the combinations that clients use are kept.

Each returns the JSON text of a todo, its sort key and its id, along an index of the list if there
is one for the order.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    bindparam,
    case,
    func,
    literal_column,
    null,
    select,
    true,
    tuple_,
    union_all,
)

from shared.access import gate
from shared.database.column_types import UtcDateTime
from shared.database.instants import shifted
from shared.database.json_text import by_code_point, in_rows
from shared.tables.todos import TodoRow
from shared.todos.queries.due_scale import DUE
from shared.todos.queries.filters import Conditions
from shared.todos.queries.sorting import Sorting, SortKey
from shared.todos.queries.todo_json import PAGE_COLUMNS, bytes_of, select_json

# Some 100 kB each, with what the database layer keeps of it.
MAX_STATEMENTS = 200

# A cursor holds so many characters of a title, folded: a few hundred bytes of a URL. Longer titles
# that begin alike are sorted by id.
_TITLE_LENGTH = 200
_SORT_COLUMNS: dict[SortKey, ColumnElement[Any]] = {
    SortKey.RANK: TodoRow.__table__.c.rank,
    SortKey.CREATED_AT: TodoRow.__table__.c.created_at,
    SortKey.UPDATED_AT: TodoRow.__table__.c.updated_at,
    SortKey.DUE: DUE,
    SortKey.PRIORITY: TodoRow.__table__.c.priority,
    # The text begins with the title.
    SortKey.TITLE: by_code_point(func.substr(TodoRow.search_text, 1, _TITLE_LENGTH)),
}
# What a cursor holds: the sort key of a todo, or none because the todo has no due date.
After = Literal["key", "no_key"]


@dataclass(frozen=True)
class PageVariant:
    """What the text of the statement of a cursor page depends on. `rows` is its LIMIT.

    Postgres plans a statement whose LIMIT is a parameter anew for each execution, which takes twice
    as long as the read.
    """

    conditions: Conditions
    sorting: Sorting
    after: After | None
    rows: int
    with_total: bool
    is_sqlite: bool


@lru_cache(maxsize=MAX_STATEMENTS)
def cursor_page(variant: PageVariant) -> Select[Any]:
    """Return the statement for `rows` todos after the parameters `after_key` and `after_id`."""
    conditions = variant.conditions
    member = _member(conditions)
    if conditions.words and variant.with_total:
        return _found_page(variant, member)
    if conditions.in_list or conditions.names_todos or variant.is_sqlite:
        rows = _in_order(_matching(conditions, member), variant)
    else:
        rows = _of_each_list(variant)
    columns = [_count(conditions, member)] if variant.with_total else []
    return _with_json(rows, variant.sorting, conditions, member, columns)


@lru_cache(maxsize=MAX_STATEMENTS)
def numbered_page(conditions: Conditions, sorting: Sorting) -> Select[Any]:
    """Return the statement for `rows` todos from `offset` on, which are parameters."""
    member = _member(conditions)
    key = _SORT_COLUMNS[sorting.key]
    rows = _matching(conditions, member).order_by(*_order(sorting, conditions, key, TodoRow.id))
    rows = (
        rows.add_columns(key.label("sort_key"))
        .limit(bindparam("rows", type_=Integer))
        .offset(bindparam("offset", type_=Integer))
    )
    return _with_json(rows, sorting, conditions, member, [])


@lru_cache(maxsize=MAX_STATEMENTS)
def count_matching(conditions: Conditions) -> Select[Any]:
    """Return the statement for the number of todos that match, `total`."""
    member = _member(conditions)
    count = _count(conditions, member)
    if member is None:
        return select(count)
    return select(count, member.c.role, member.c.in_trash).select_from(member)


def _member(conditions: Conditions) -> CTE | None:
    if not conditions.in_list:
        return None
    return gate.select_membership(bindparam("list_id", type_=TodoRow.list_id.type)).cte("member")


def _matching(conditions: Conditions, member: CTE | None) -> Select[Any]:
    matching = select(*PAGE_COLUMNS).where(*conditions.where())
    if member is None:
        return matching.where(in_rows(TodoRow.list_id, gate.readable_lists()))
    # Of the list that the member was found in: nothing is read for a stranger.
    return matching.where(TodoRow.list_id == select(member.c.id).scalar_subquery())


def _count(conditions: Conditions, member: CTE | None) -> ColumnElement[int]:
    matching = _matching(conditions, member).with_only_columns(func.count())
    return matching.scalar_subquery().label("total")


def _found_page(variant: PageVariant, member: CTE | None) -> Select[Any]:
    """Return the statement for the first page of a search, whose total comes from the same scan."""
    key = _SORT_COLUMNS[variant.sorting.key]
    matching = _matching(variant.conditions, member)
    # Two parts read it, so both databases compute it once. Without that the texts are read twice.
    found = matching.with_only_columns(TodoRow.id, key.label("sort_key")).cte("found")
    first = (
        select(found)
        .order_by(*_order(variant.sorting, variant.conditions, found.c.sort_key, found.c.id))
        .limit(literal_column(str(variant.rows)))
        .subquery("first")
    )
    rows = select(*PAGE_COLUMNS, first.c.sort_key).join(first, first.c.id == TodoRow.id)
    total = select(func.count()).select_from(found).scalar_subquery().label("total")
    return _with_json(rows, variant.sorting, variant.conditions, member, [total])


def _in_order(
    matching: Select[Any], variant: PageVariant, lists: FromClause | None = None
) -> Select[Any]:
    """Return the statement for a page of `matching`, which refers to `lists` if they are given."""
    sorting, after = variant.sorting, variant.after
    limit: ColumnElement[int] = literal_column(str(variant.rows))
    key = _SORT_COLUMNS[sorting.key]
    directed = (_directed(sorting, key), _directed(sorting, TodoRow.id))
    if sorting.key is not SortKey.DUE:
        if after is not None:
            matching = matching.where(_is_after(sorting, key, after))
        return matching.add_columns(key.label("sort_key")).order_by(*directed).limit(limit)
    dated = _dated(matching, variant, lists).add_columns(key.label("sort_key"))
    dated = dated.order_by(*directed).limit(limit)
    if variant.conditions.is_dated:
        return dated
    # Todos without a due date come last, in both directions. Two branches, because no index has
    # that order.
    no_key: ColumnElement[datetime | None] = null().cast(UtcDateTime)
    undated = matching.where(TodoRow.due_sort.is_(None)).add_columns(no_key.label("sort_key"))
    if after == "no_key":
        undated = undated.where(_is_after(sorting, TodoRow.__table__.c.due_sort, after))
    # By `due_sort`, which is NULL in all, too: by `id` alone Postgres would sort all of them.
    undated_order = (_directed(sorting, TodoRow.due_sort), _directed(sorting, TodoRow.id))
    undated = undated.order_by(*undated_order).limit(limit)
    if after == "no_key":
        return undated
    both = union_all(*(select(branch.subquery()) for branch in (dated, undated))).subquery()
    order = _order(sorting, variant.conditions, both.c.sort_key, both.c.id)
    return select(both).order_by(*order).limit(limit)


def _dated(matching: Select[Any], variant: PageVariant, lists: FromClause | None) -> Select[Any]:
    """Return the todos with a due date of which a page consists, and few others."""
    sorting, due_sort = variant.sorting, TodoRow.__table__.c.due_sort
    begin = bindparam("due_begin", type_=due_sort.type)
    begins = due_sort <= begin if sorting.descending else due_sort >= begin
    # The first page has a begin too: of a range with two ends Postgres expects few rows, and reads the
    # index; with one end it expects a third of all, and may read the table.
    matching = matching.where(due_sort.is_not(None), begins)
    if variant.after == "key":
        matching = matching.where(_is_after(sorting, DUE, "key"))
    conditions = variant.conditions
    is_along_index = conditions.in_list or lists is not None
    if not is_along_index or conditions.names_todos or conditions.words:
        return matching
    # The page is due no later than the last todo of as many that are next by the index: without this
    # bound all todos of the list are sorted.
    last = (
        matching.with_only_columns(due_sort)
        .order_by(_directed(sorting, due_sort))
        .limit(literal_column("1"))
        .offset(literal_column(str(variant.rows - 1)))
        .correlate(lists)
        .scalar_subquery()
    )
    end = func.coalesce(
        shifted(last, bindparam("due_spread", type_=Integer)),
        bindparam("due_end", type_=due_sort.type),
    )
    return matching.where(due_sort >= end if sorting.descending else due_sort <= end)


def _of_each_list(variant: PageVariant) -> Select[Any]:
    """Return the statement for a page of all lists, of which each gives a page at most.

    Without this the todos of all lists are sorted: 16 ms instead of 2 for 10 lists of 1,000 todos.
    """
    lists = gate.readable_lists().subquery("readable")
    matching = select(*PAGE_COLUMNS).where(
        TodoRow.list_id == lists.c.list_id, *variant.conditions.where()
    )
    page = _in_order(matching.correlate(lists), variant, lists).correlate(lists).lateral()
    return (
        select(page)
        .select_from(lists.join(page, true()))
        .order_by(*_order(variant.sorting, variant.conditions, page.c.sort_key, page.c.id))
        .limit(literal_column(str(variant.rows)))
    )


def _is_after(sorting: Sorting, key: ColumnElement[Any], after: After) -> ColumnElement[bool]:
    after_id = bindparam("after_id", type_=TodoRow.id.type)
    if after == "no_key":
        further = TodoRow.id < after_id if sorting.descending else TodoRow.id > after_id
        return key.is_(None) & further
    last = tuple_(key, TodoRow.id)
    cursor = tuple_(bindparam("after_key", type_=key.type), after_id)
    return last < cursor if sorting.descending else last > cursor


def _directed(sorting: Sorting, column: Any) -> ColumnElement[Any]:
    ordered: ColumnElement[Any] = column.desc() if sorting.descending else column.asc()
    return ordered


def _order(
    sorting: Sorting, conditions: Conditions, key: Any, todo_id: Any
) -> list[ColumnElement[Any]]:
    order = [_directed(sorting, key), _directed(sorting, todo_id)]
    if sorting.key is SortKey.DUE and not conditions.is_dated:
        undated = key.is_(None)
        order.insert(0, undated.desc() if sorting.undated_first else undated.asc())
    return order


def _with_json(
    rows: Select[Any],
    sorting: Sorting,
    conditions: Conditions,
    member: CTE | None,
    columns: list[ColumnElement[Any]],
) -> Select[Any]:
    """Return the statement for the JSON of `rows`; no JSON if they are larger than `max_bytes`.

    With `member` the first row has its role, also if there are no todos.
    """
    page = rows.cte("page")
    todo, tables = select_json(page)
    fits = bytes_of(page) < bindparam("max_bytes", type_=BigInteger)
    todos = (
        select(
            case((fits, todo)).label("todo"),
            page.c.sort_key.label("key"),
            page.c.id.label("id"),
        )
        .select_from(tables)
        .subquery("todos_of_page")
    )
    order = _order(sorting, conditions, todos.c.key, todos.c.id)
    selected = select(todos.c.todo, todos.c.key, todos.c.id, *columns).order_by(*order)
    if member is None:
        return selected
    return selected.add_columns(member.c.role, member.c.in_trash).select_from(
        member.outerjoin(todos, true())
    )


def one_todo() -> Select[Any]:
    """Return the statement for the todo `todo_id` with its version, and the reader's role."""
    page = select(*PAGE_COLUMNS).where(TodoRow.id == bindparam("todo_id")).cte("page")
    member = gate.select_membership(select(page.c.list_id).scalar_subquery()).cte("member")
    todo, tables = select_json(page)
    return select(
        todo.label("todo"),
        page.c.version,
        page.c.deleted_at.is_not(None).label("is_deleted"),
        member.c.role,
        member.c.in_trash,
    ).select_from(tables.join(member, member.c.id == page.c.list_id))
