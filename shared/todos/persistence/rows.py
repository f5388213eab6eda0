"""Writes todo shapes to their rows. No rules, no rights, no events.

Several todos are written by as many statements as one.
"""

from collections.abc import Collection, Sequence
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
_ALONGSIDE = {
    "status": ("status", "completed_at", "completed_by"),
    "title": ("title", "search_text"),
    "notes": ("notes", "search_text"),
    "due": ("due_kind", "due_date", "due_local", "due_zone", "due_at", "due_sort"),
    "assignees": (),
    "labels": (),
}


async def insert_todo(work: UnitOfWork, todo: TodoShape) -> None:
    """The todo is in the tables, with its assignees and labels."""
    row = _columns(todo)
    await work.connection.execute(insert(TodoRow).values(row))
    await _insert_links(work, [todo], assignees=bool(todo.assignees), labels=bool(todo.labels))


async def update_todos(
    work: UnitOfWork, todos: Sequence[TodoShape], changed: Collection[str]
) -> None:
    """The named fields of these todos are as their shapes say; not one more column is written."""
    if not todos:
        return
    names = [*_ALWAYS]
    for field in changed:
        names += [name for name in _ALONGSIDE.get(field, (field,)) if name not in names]
    rows = [
        {"the_id": row["id"]} | {f"new_{name}": row[name] for name in names}
        for row in map(_columns, todos)
    ]
    # One row alone goes the short way.
    await work.connection.execute(_update(tuple(names)), rows if len(rows) > 1 else rows[0])
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


def _columns(todo: TodoShape) -> dict[str, Any]:
    return {
        "id": todo.id,
        "list_id": todo.list_id,
        "parent_id": todo.parent_id,
        "title": todo.title,
        "notes": todo.notes,
        "status": todo.status.value,
        "priority": todo.priority,
        **due.columns_of(todo.due),
        "repeat": todo.repeat and todo.repeat.model_dump(mode="json"),
        "metadata": todo.metadata,
        "rank": todo.rank,
        "comment_count": todo.comment_count,
        "completed_at": todo.completed_at,
        "completed_by": todo.completed_by,
        "deleted_at": todo.deleted_at,
        "search_text": search_text(todo),
        "version": todo.version,
        "created_by": todo.created_by,
        "created_at": todo.created_at,
        "updated_at": todo.updated_at,
    }
