"""Into the trash, out of it again, and gone for good.

Subtasks go with their parent and come back with it: those that bear the very same `deleted_at`
went together. Each has an event of its own; a client never holds a subtask without its parent,
so subtasks leave first and come back last.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select

from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.events import TodoDeleted, TodoPurged, TodoRestored
from shared.contract.shapes import TodoShape
from shared.errors import Conflict
from shared.ids import ListId, TodoId, list_stream
from shared.reminders.commands import remove_reminders_of_todos
from shared.tables.todos import TodoRow
from shared.todos.commands import loading
from shared.todos.persistence import rows
from shared.todos.queries import shapes
from shared.todos.rules import todo_rules
from shared.unit_of_work import UnitOfWork


async def delete_todo(
    work: UnitOfWork, actor: Actor, todo_id: TodoId, *, expected_version: int | None = None
) -> None:
    """The todo and its subtasks are in the trash. One that is there already stays as it is."""
    _, todo = await loading.load_todo_for_write(work, actor, todo_id, Action.DELETE_TODO)
    loading.require_version(todo, expected_version)
    await put_in(work, actor, [todo])


async def restore_todo(work: UnitOfWork, actor: Actor, todo_id: TodoId) -> TodoShape:
    """The todo is back, with the subtasks that went with it.

    A subtask whose parent is gone or in the trash comes back at the top level.
    """
    _, todo = await loading.load_todo_for_write(work, actor, todo_id, Action.DELETE_TODO)
    restored = await restore(work, actor, [todo])
    return restored.get(todo.id, todo)


async def purge_todo(
    work: UnitOfWork, actor: Actor, todo_id: TodoId, *, expected_version: int | None = None
) -> None:
    """The todo, its subtasks, comments and reminders are gone. Only from the trash."""
    _, todo = await loading.load_todo_for_write(work, actor, todo_id, Action.PURGE_TODO)
    loading.require_version(todo, expected_version)
    if todo.deleted_at is None:
        raise Conflict("Put it in the trash first.", code="not_in_trash")
    await purge(work, actor, ListId(todo.list_id), [todo_id])


async def put_in(work: UnitOfWork, actor: Actor, todos: Sequence[TodoShape]) -> None:
    """These and their subtasks are in the trash. The caller holds their lists."""
    leaving = {todo.id: todo for todo in todos if todo.deleted_at is None}
    if not leaving:
        return
    found = await work.connection.execute(
        shapes.select_shapes()
        .where(TodoRow.parent_id.in_(list(leaving)), TodoRow.deleted_at.is_(None))
        .order_by(TodoRow.rank, TodoRow.id)
    )
    subtasks = {row.id: shapes.shape_of(row) for row in found}
    deleted = [
        todo_rules.revised(todo, work.now, deleted_at=work.now)
        for todo in (subtasks | leaving).values()
    ]
    await rows.update_todos(work, deleted, ["deleted_at"])
    for todo in sorted(deleted, key=lambda one: one.parent_id is None):
        event = TodoDeleted(todo_id=todo.id, deleted_at=work.now)
        work.record(list_stream(ListId(todo.list_id)), event, actor)


async def restore(
    work: UnitOfWork, actor: Actor, todos: Sequence[TodoShape]
) -> dict[str, TodoShape]:
    """These are back, with the subtasks that went with them. The caller holds their lists."""
    coming = {todo.id: todo for todo in todos if todo.deleted_at is not None}
    if not coming:
        return {}
    found = await work.connection.execute(
        shapes.select_shapes()
        .where(TodoRow.parent_id.in_(list(coming)), TodoRow.deleted_at.is_not(None))
        .order_by(TodoRow.rank, TodoRow.id)
    )
    for row in found:
        if row.deleted_at == coming[row.parent_id].deleted_at:
            coming.setdefault(row.id, shapes.shape_of(row))
    parents = await _fit_parents(work, list(coming.values()), set(coming))
    restored = [
        todo_rules.revised(
            todo,
            work.now,
            deleted_at=None,
            parent_id=todo.parent_id if todo.parent_id in parents else None,
        )
        for todo in coming.values()
    ]
    await rows.update_todos(work, restored, ["deleted_at", "parent_id"])
    for todo in sorted(restored, key=lambda one: one.parent_id is not None):
        work.record(list_stream(ListId(todo.list_id)), TodoRestored(todo=todo), actor)
    return {todo.id: todo for todo in restored}


async def purge(
    work: UnitOfWork, actor: Actor | None, list_id: ListId, todo_ids: Sequence[TodoId]
) -> None:
    """These and their subtasks are gone, with all that hangs on them. The caller holds the list."""
    subtasks = select(TodoRow.id).where(TodoRow.parent_id.in_(todo_ids))
    ids = [TodoId(one) for one in await work.connection.scalars(subtasks)]
    ids += [one for one in todo_ids if one not in ids]
    await remove_reminders_of_todos(work, actor, ids)
    await work.connection.execute(delete(TodoRow).where(TodoRow.id.in_(ids)))
    for todo_id in ids:
        work.record(list_stream(list_id), TodoPurged(todo_id=todo_id), actor)


async def empty_trash(work: UnitOfWork, list_id: ListId, before: datetime, limit: int) -> int:
    """At most `limit` todos that went in before that time are gone; returns how many were found.

    For the clean-up, which nobody asked for: enters through no gate, and locks the list itself.
    """
    await work.lock_streams([list_stream(list_id)])
    found = await work.connection.scalars(
        select(TodoRow.id)
        .where(TodoRow.list_id == list_id, TodoRow.deleted_at < before)
        .order_by(TodoRow.deleted_at, TodoRow.id)
        .limit(limit)
    )
    ids = [TodoId(one) for one in found]
    if ids:
        await purge(work, None, list_id, ids)
    return len(ids)


async def _fit_parents(
    work: UnitOfWork, todos: Sequence[TodoShape], coming: set[str]
) -> set[str | None]:
    """Returns which of their parents are at the top level and not in the trash, or coming back."""
    wanted = {todo.parent_id for todo in todos if todo.parent_id is not None}
    if not wanted:
        return set()
    found = await work.connection.execute(
        select(TodoRow.id, TodoRow.deleted_at).where(
            TodoRow.id.in_(wanted), TodoRow.parent_id.is_(None)
        )
    )
    return {row.id for row in found if row.deleted_at is None or row.id in coming}
