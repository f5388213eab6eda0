"""Write todo shapes to the rows of their tables.

The number of statements does not depend on the number of todos.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Update, bindparam, delete, insert, update

from shared.contract.shapes import TodoShape
from shared.tables.todos import AssigneeRow, TodoLabelRow, TodoRow
from shared.todos.rules.due import due_columns
from shared.todos.rules.todo_rules import search_text
from shared.unit_of_work import UnitOfWork

# Written with every new version of a todo.
_ALWAYS = ("version", "updated_at")

# The columns of each field that is not one column with the field's own name and value.
_COLUMNS_OF: dict[str, Callable[[TodoShape], dict[str, Any]]] = {
    "title": lambda todo: {"title": todo.title, "search_text": search_text(todo)},
    "description": lambda todo: {"description": todo.description, "search_text": search_text(todo)},
    "status": lambda todo: {
        "status": todo.status.value,
        "completed_at": todo.completed_at,
        "completed_by": todo.completed_by,
    },
    "due": lambda todo: due_columns(todo.due),
    "repeat": lambda todo: {"repeat": todo.repeat and todo.repeat.model_dump(mode="json")},
    # These are rows of other tables.
    "assignees": lambda todo: {},
    "labels": lambda todo: {},
}


_INSERT_TODO = insert(TodoRow.__table__)  # type: ignore[arg-type]
_INSERT_ASSIGNEE = insert(AssigneeRow)
_INSERT_LABEL = insert(TodoLabelRow)
_DELETE_ASSIGNEES = delete(AssigneeRow).where(
    AssigneeRow.todo_id.in_(bindparam("todo_ids", expanding=True))
)
_DELETE_LABELS = delete(TodoLabelRow).where(
    TodoLabelRow.todo_id.in_(bindparam("todo_ids", expanding=True))
)


def insert_todo(work: UnitOfWork, todo: TodoShape) -> None:
    """Insert the todo with its assignees and labels, with the next statement or the commit."""
    row = _columns_of(todo, TodoShape.model_fields)
    work.connection.defer(_INSERT_TODO, row)
    _insert_links(work, [todo], assignees=bool(todo.assignees), labels=bool(todo.labels))


async def insert_todos(work: UnitOfWork, todos: Sequence[TodoShape]) -> None:
    """Insert many todos in one statement. A parent must come before its subtasks."""
    if not todos:
        return
    rows = [_columns_of(todo, TodoShape.model_fields) for todo in todos]
    await work.connection.execute(_INSERT_TODO, rows)
    _insert_links(
        work,
        todos,
        assignees=any(todo.assignees for todo in todos),
        labels=any(todo.labels for todo in todos),
    )


def update_todos(work: UnitOfWork, todos: Sequence[TodoShape], changed: Collection[str]) -> None:
    """Write the `changed` fields of these todos, and no other column but version and updated_at.

    They are written with the next statement or the commit.
    """
    if not todos:
        return
    written = [_columns_of(todo, [*_ALWAYS, *sorted(changed)]) for todo in todos]
    statement = _update(tuple(written[0]))
    rows = [
        {"the_id": todo.id, **{f"new_{name}": value for name, value in columns.items()}}
        for todo, columns in zip(todos, written, strict=True)
    ]
    work.connection.defer(statement, rows)
    ids = [todo.id for todo in todos]
    if "assignees" in changed:
        work.connection.defer(_DELETE_ASSIGNEES, {"todo_ids": ids})
    if "labels" in changed:
        work.connection.defer(_DELETE_LABELS, {"todo_ids": ids})
    _insert_links(work, todos, assignees="assignees" in changed, labels="labels" in changed)


# Building a statement takes longer than sending it, and few sets of fields are ever edited.
@lru_cache(maxsize=256)
def _update(names: tuple[str, ...]) -> Update:
    return (
        update(TodoRow)
        .where(TodoRow.id == bindparam("the_id"))
        .values({name: bindparam(f"new_{name}") for name in names})
    )


def _insert_links(
    work: UnitOfWork, todos: Sequence[TodoShape], *, assignees: bool, labels: bool
) -> None:
    assignee_rows = [
        {"todo_id": todo.id, "user_id": user_id}
        for todo in todos if assignees for user_id in todo.assignees
    ]  # fmt: skip
    work.connection.defer(_INSERT_ASSIGNEE, assignee_rows)
    label_rows = [
        {"todo_id": todo.id, "label_id": label_id}
        for todo in todos if labels for label_id in todo.labels
    ]  # fmt: skip
    work.connection.defer(_INSERT_LABEL, label_rows)


def _columns_of(todo: TodoShape, fields: Iterable[str]) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for field in fields:
        if convert := _COLUMNS_OF.get(field):
            columns |= convert(todo)
        else:
            columns[field] = getattr(todo, field)
    return columns
