"""Writes todo shapes to their rows. No rules, no rights, no events.

Several todos are written by as many statements as one.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Update, bindparam, delete, insert, update

from shared.contract.shapes import TodoShape
from shared.tables.todos import AssigneeRow, TodoLabelRow, TodoRow
from shared.todos.rules import due
from shared.todos.rules.todo_rules import search_text
from shared.unit_of_work import UnitOfWork

# Written with every new version of a todo.
_ALWAYS = ("version", "updated_at")

# The columns of each field that is not one column with the field's own name and value.
_COLUMNS_OF: dict[str, Callable[[TodoShape], dict[str, Any]]] = {
    "title": lambda todo: {"title": todo.title, "search_text": search_text(todo)},
    "notes": lambda todo: {"notes": todo.notes, "search_text": search_text(todo)},
    "status": lambda todo: {
        "status": todo.status.value,
        "completed_at": todo.completed_at,
        "completed_by": todo.completed_by,
    },
    "due": lambda todo: due.columns_of(todo.due),
    "repeat": lambda todo: {"repeat": todo.repeat and todo.repeat.model_dump(mode="json")},
    # Rows of tables of their own.
    "assignees": lambda todo: {},
    "labels": lambda todo: {},
}


async def insert_todo(work: UnitOfWork, todo: TodoShape) -> None:
    """The todo is in the tables, with its assignees and labels."""
    row = _columns_of(todo, TodoShape.model_fields)
    await work.connection.execute(insert(TodoRow).values(row))
    await _insert_links(work, [todo], assignees=bool(todo.assignees), labels=bool(todo.labels))


async def update_todos(
    work: UnitOfWork, todos: Sequence[TodoShape], changed: Collection[str]
) -> None:
    """The named fields of these todos are as their shapes say; not one more column is written."""
    if not todos:
        return
    written = [_columns_of(todo, [*_ALWAYS, *sorted(changed)]) for todo in todos]
    statement = _update(tuple(written[0]))
    rows = [
        {"the_id": todo.id, **{f"new_{name}": value for name, value in columns.items()}}
        for todo, columns in zip(todos, written, strict=True)
    ]
    # One row alone goes the short way.
    await work.connection.execute(statement, rows if len(rows) > 1 else rows[0])
    ids = [todo.id for todo in todos]
    if "assignees" in changed:
        await work.connection.execute(delete(AssigneeRow).where(AssigneeRow.todo_id.in_(ids)))
    if "labels" in changed:
        await work.connection.execute(delete(TodoLabelRow).where(TodoLabelRow.todo_id.in_(ids)))
    await _insert_links(work, todos, assignees="assignees" in changed, labels="labels" in changed)


# To build a statement takes longer than to send it, and people edit few sets of fields.
@lru_cache(maxsize=256)
def _update(names: tuple[str, ...]) -> Update:
    return (
        update(TodoRow)
        .where(TodoRow.id == bindparam("the_id"))
        .values({name: bindparam(f"new_{name}") for name in names})
    )


async def _insert_links(
    work: UnitOfWork, todos: Sequence[TodoShape], *, assignees: bool, labels: bool
) -> None:
    people = [
        {"todo_id": todo.id, "user_id": user_id}
        for todo in todos if assignees for user_id in todo.assignees
    ]  # fmt: skip
    if people:
        await work.connection.execute(insert(AssigneeRow), people)
    marks = [
        {"todo_id": todo.id, "label_id": label_id}
        for todo in todos if labels for label_id in todo.labels
    ]  # fmt: skip
    if marks:
        await work.connection.execute(insert(TodoLabelRow), marks)


def _columns_of(todo: TodoShape, fields: Iterable[str]) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for field in fields:
        if convert := _COLUMNS_OF.get(field):
            columns |= convert(todo)
        else:
            columns[field] = getattr(todo, field)
    return columns
