"""Read todos as shapes: one statement each, whatever the number of todos. Authorizes nothing.

The database gathers the assignees and labels of a todo into one text each.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, ScalarSelect, Select, bindparam, func, select

from shared.contract.base import construct
from shared.contract.shapes import DueDate, DueTime, RepeatShape, TodoShape, TodoStatus
from shared.ids import TodoId
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
# The fields that `shape_of` and todo_json.py compose of other columns.
COMPUTED_FIELDS = ("due", "assignees", "labels")
DUE_COLUMNS = ("due_kind", "due_date", "due_local", "due_zone")

_COMPUTED = {
    "due": TodoRow.due_kind,
    "assignees": _assignees().label("assignees"),
    "labels": _labels().label("labels"),
}
_FIELDS = tuple(TodoShape.model_fields)
_STATUSES = {status.value: status for status in TodoStatus}
_SHAPES: Select[*tuple[Any, ...]] = select(
    # First and in this order: `shape_of` pairs the names with the values of a row.
    *(_COMPUTED[name] if name in _COMPUTED else TodoRow.__table__.c[name] for name in _FIELDS),
    *(TodoRow.__table__.c[name] for name in DUE_COLUMNS if name != "due_kind"),
)


# Built once, because every edit executes them: building a statement and its cache key took longer
# than sending it.
_SHAPES_BY_ID = _SHAPES.where(TodoRow.id.in_(bindparam("ids", expanding=True)))


def select_shapes() -> Select[*tuple[Any, ...]]:
    """Return a statement over `todos` for rows that `shape_of` reads. The caller adds conditions."""
    return _SHAPES


def shape_of(row: Row[*tuple[Any, ...]]) -> TodoShape:
    """Return the shape of one row of `select_shapes`."""
    # What the database holds was validated when it was written. tests/features/todos/test_todo_json.py
    # compares the shapes with validated ones.
    values = dict(zip(_FIELDS, row, strict=False))
    values["status"] = _STATUSES[row.status]
    values["due"] = _due_of(row)
    if row.repeat is not None:
        values["repeat"] = RepeatShape.model_validate(row.repeat)
    for name in ("assignees", "labels"):
        gathered = values[name]
        values[name] = sorted(gathered.split(",")) if gathered else []
    return construct(TodoShape, values)


async def read_todo(read: ReadTransaction, todo_id: TodoId) -> TodoShape | None:
    """Return the todo, in the trash or not; None when there is none."""
    row = (await read.connection.execute(_SHAPES.where(TodoRow.id == todo_id))).one_or_none()
    return None if row is None else shape_of(row)


async def read_todos(read: ReadTransaction, todo_ids: Sequence[TodoId]) -> dict[TodoId, TodoShape]:
    """Return the todos that exist, in the trash or not."""
    rows = await read.connection.execute(_SHAPES_BY_ID, {"ids": list(todo_ids)})
    return {TodoId(row.id): shape_of(row) for row in rows}


def _due_of(row: Row[*tuple[Any, ...]]) -> DueDate | DueTime | None:
    if row.due_kind is None:
        return None
    if row.due_kind == "date":
        return DueDate(date=row.due_date)
    return DueTime(at=row.due_local, zone=row.due_zone)
