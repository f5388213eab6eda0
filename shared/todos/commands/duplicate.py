"""Duplicate a todo with its open subtasks."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import or_

from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.events import TodoCreated
from shared.contract.shapes import OPEN, TodoShape, TodoStatus
from shared.ids import ListId, TodoId, UserId, list_stream, new_id
from shared.notifications.commands import notify
from shared.tables.todos import TodoRow
from shared.todos.commands import loading
from shared.todos.persistence import mail_marks, ordering, references, rows
from shared.todos.queries import shapes
from shared.todos.rules.assignment import assignment_notifications
from shared.todos.rules.todo_edits import Placement
from shared.todos.rules.todo_rules import copy_of
from shared.unit_of_work import UnitOfWork


async def duplicate_todo(work: UnitOfWork, actor: Actor, todo_id: TodoId) -> TodoShape:
    """Create a copy of a todo just after it, and return the copy.

    Copied are all fields that a user writes, the mark of a mail, and the open subtasks; not comments,
    attachments, reminders and past occurrences. The copy is open and counts as new. Raise Invalid when
    the list is full, or the parent has the maximum of subtasks.
    """
    authorized = await loading.load_todos_for_write(work, actor, [todo_id], Action.CREATE_TODO)
    todo = authorized.todos[0]
    list_id = ListId(todo.list_id)
    subtasks = await work.connection.execute(
        shapes.select_shapes()
        .where(*open_todos(TodoRow.parent_id == todo_id))
        .order_by(TodoRow.rank, TodoRow.id)
    )
    originals = [todo, *map(shapes.shape_of, subtasks)]
    await ordering.require_capacity(work, list_id, len(originals))
    if todo.parent_id is not None:
        await references.check_new_parent(work, list_id, TodoId(todo.parent_id), 1)
    ranks = await ordering.find_ranks(
        work, actor, list_id, Placement(after_id=todo_id), moving=None, count=len(originals)
    )
    copies = copies_of(originals, ranks, actor.user_id, work)
    for copy in copies:
        rows.insert_todo(work, copy)
        work.record(list_stream(list_id), TodoCreated(todo=copy), actor)
    with_subtasks = or_(TodoRow.id == todo_id, TodoRow.parent_id == todo_id)
    await mail_marks.copy_marks(work, originals, copies, with_subtasks)
    await notify(work, actor, assignment_notifications([], copies))
    return copies[0]


def open_todos(*conditions: Any) -> tuple[Any, ...]:
    """Return the conditions for open todos outside the trash that also meet `conditions`."""
    statuses = [TodoStatus(status).value for status in OPEN]
    return (*conditions, TodoRow.deleted_at.is_(None), TodoRow.status.in_(statuses))


def copies_of(
    originals: Sequence[TodoShape], ranks: Sequence[str], author: UserId, work: UnitOfWork
) -> list[TodoShape]:
    """Return a copy of each todo at its rank; a subtask of one of them is a subtask of the copy."""
    ids = {todo.id: new_id() for todo in originals}
    return [
        copy_of(
            todo,
            author,
            work.now,
            id=ids[todo.id],
            rank=rank,
            parent_id=ids.get(todo.parent_id or "", todo.parent_id),
        )
        for todo, rank in zip(originals, ranks, strict=True)
    ]
