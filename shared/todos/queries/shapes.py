"""Reads of todos: one statement each, with assignees and labels gathered by the database.

The number of statements never depends on the number of todos. Decides nothing about rights.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, ScalarSelect, Select, bindparam, func, select, tuple_

from shared.contract.shapes import DueDate, DueTime, TodoShape
from shared.ids import ListId, TodoId
from shared.tables.todos import AssigneeRow, TodoLabelRow, TodoRow
from shared.unit_of_work import ReadTransaction


def _assignees() -> ScalarSelect[str]:
    gathered = select(func.aggregate_strings(AssigneeRow.user_id, ","))
    return gathered.where(AssigneeRow.todo_id == TodoRow.id).scalar_subquery()


def _labels() -> ScalarSelect[str]:
    gathered = select(func.aggregate_strings(TodoLabelRow.label_id, ","))
    return gathered.where(TodoLabelRow.todo_id == TodoRow.id).scalar_subquery()


# The fields of a shape that are columns of the table under the same name, in the shape's order.
STORED_FIELDS = tuple(name for name in TodoShape.model_fields if name in TodoRow.__table__.c)

_SHAPES: Select[*tuple[Any, ...]] = select(
    # First and in this order: `shape_of` pairs the names with the values of a row.
    *(TodoRow.__table__.c[name] for name in STORED_FIELDS),
    TodoRow.due_kind,
    TodoRow.due_date,
    TodoRow.due_local,
    TodoRow.due_zone,
    _assignees().label("assignees"),
    _labels().label("labels"),
)


# Built once, as all that every edit asks: to build a statement and its cache key took longer than
# to send it.
_SHAPES_BY_ID = _SHAPES.where(TodoRow.id.in_(bindparam("ids", expanding=True)))
_LISTS_BY_ID = select(TodoRow.id, TodoRow.list_id).where(
    TodoRow.id.in_(bindparam("ids", expanding=True))
)


def select_shapes() -> Select[*tuple[Any, ...]]:
    """Returns a statement over `todos` whose rows `shape_of` understands; add conditions to it."""
    return _SHAPES


def shape_of(row: Row[*tuple[Any, ...]]) -> TodoShape:
    """Returns the wire form of one row of `select_shapes`."""
    # By position: a third faster than an attribute of the row for each field.
    stored = dict(zip(STORED_FIELDS, row, strict=False))
    return TodoShape(
        **stored,
        due=_due_of(row),
        assignees=sorted(row.assignees.split(",")) if row.assignees else [],
        labels=sorted(row.labels.split(",")) if row.labels else [],
    )


async def shapes(
    read: ReadTransaction, list_id: ListId, after: tuple[str, str] | None, limit: int
) -> list[TodoShape]:
    """Returns a list's todos in order of (rank, id) after that place, without the trash."""
    statement = _SHAPES.where(TodoRow.list_id == list_id, TodoRow.deleted_at.is_(None))
    if after is not None:
        statement = statement.where(tuple_(TodoRow.rank, TodoRow.id) > after)
    rows = await read.connection.execute(statement.order_by(TodoRow.rank, TodoRow.id).limit(limit))
    return [shape_of(row) for row in rows]


async def read_todo(read: ReadTransaction, todo_id: TodoId) -> TodoShape | None:
    """Returns the todo, in the trash or not; None when there is none."""
    row = (await read.connection.execute(_SHAPES.where(TodoRow.id == todo_id))).one_or_none()
    return None if row is None else shape_of(row)


async def read_todos(read: ReadTransaction, todo_ids: Sequence[TodoId]) -> dict[TodoId, TodoShape]:
    """Returns those that exist, in the trash or not."""
    rows = await read.connection.execute(_SHAPES_BY_ID, {"ids": list(todo_ids)})
    return {TodoId(row.id): shape_of(row) for row in rows}


async def lists_of(read: ReadTransaction, todo_ids: Sequence[TodoId]) -> dict[TodoId, ListId]:
    """Returns where those that exist are now; a moment later they may have moved."""
    rows = await read.connection.execute(_LISTS_BY_ID, {"ids": list(todo_ids)})
    return {TodoId(row[0]): ListId(row[1]) for row in rows}


def _due_of(row: Row[*tuple[Any, ...]]) -> DueDate | DueTime | None:
    if row.due_kind is None:
        return None
    if row.due_kind == "date":
        return DueDate(date=row.due_date)
    return DueTime(at=row.due_local, zone=row.due_zone)
