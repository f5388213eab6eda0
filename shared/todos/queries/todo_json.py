"""Todos as JSON text that the database builds from their rows: what REST and snapshots send.

The text has the fields of TodoShape, in its order. Its values equal those of the shape that
shared/todos/queries/shapes.py reads; tests/features/todos/test_todo_json.py compares them.
"""

from typing import Any

import orjson
from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    ScalarSelect,
    case,
    func,
    literal_column,
    null,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute

from shared.contract.shapes import TodoShape
from shared.database.json_text import as_json, as_text, in_rows, json_array, json_object, octets
from shared.tables.todos import AssigneeRow, TodoLabelRow, TodoRow
from shared.todos.queries.shapes import DUE_COLUMNS, STORED_FIELDS

_EMPTY_ARRAY: ColumnElement[Any] = literal_column("'[]'")

# What a page selects of `todos`, under the names of the columns.
PAGE_COLUMNS = tuple(
    TodoRow.__table__.c[name]
    for name in dict.fromkeys((*STORED_FIELDS, *DUE_COLUMNS, "id", "list_id", "rank"))
)


def select_json(page: CTE) -> tuple[ColumnElement[str], FromClause]:
    """Return the JSON text of each todo of `page`, and the joined tables to select it from.

    `page` has PAGE_COLUMNS.
    """
    # Gathered for the whole page: with a subquery for each todo, Postgres took 180 µs more for 50.
    links = {
        "assignees": _gather(AssigneeRow.todo_id, AssigneeRow.user_id, page),
        "labels": _gather(TodoLabelRow.todo_id, TodoLabelRow.label_id, page),
    }
    tables: FromClause = page
    for link in links.values():
        tables = tables.outerjoin(link, link.c.todo_id == page.c.id)
    computed = {"due": _due(page)} | {name: _array(link) for name, link in links.items()}
    fields = {
        name: computed[name] if name in computed else page.c[name]
        for name in TodoShape.model_fields
    }
    return as_text(json_object(fields)), tables


def encode_page(todos: list[str], rest: dict[str, Any]) -> bytes:
    """Return the JSON object of `todos`, JSON texts, as `items`, followed by the fields of `rest`."""
    items = ",".join(todos).encode()
    return b'{"items":[' + items + b"]," + orjson.dumps(rest)[1:]


def bytes_of(page: CTE) -> ScalarSelect[int]:
    """Return the size of the texts of `page`, which is nearly that of its JSON."""
    sizes = octets(page.c.title) + octets(page.c.description) + octets(page.c.metadata)
    return select(func.coalesce(func.sum(sizes), 0)).scalar_subquery()


def _gather(
    todo_id: InstrumentedAttribute[str], value: InstrumentedAttribute[str], page: CTE
) -> CTE:
    of_page = select(todo_id.label("todo_id"), value.label("value")).where(
        in_rows(todo_id, select(page.c.id))
    )
    rows = of_page.order_by(todo_id, value).subquery()
    gathered = json_array(rows.c.value, rows.c.value).label("gathered")
    of_todos = select(rows.c.todo_id, gathered).group_by(rows.c.todo_id).cte(f"{value.key}s")
    # Postgres estimates one row for some pages, and would then gather those of all todos for each.
    return of_todos.prefix_with("MATERIALIZED", dialect="postgresql")


def _array(link: CTE) -> ColumnElement[Any]:
    return as_json(func.coalesce(link.c.gathered, _EMPTY_ARRAY))


def _due(page: CTE) -> ColumnElement[Any]:
    at = {"at": page.c.due_local, "zone": page.c.due_zone}
    return as_json(
        case(
            (page.c.due_kind.is_(None), null()),
            (page.c.due_kind == literal_column("'date'"), json_object({"date": page.c.due_date})),
            else_=json_object(at),
        )
    )
