"""Put todos into the trash, restore them, and purge them for good.

Subtasks go with their parent and are restored with it: those with the very same `deleted_at` went
together. Each has an event of its own. A client never has a subtask without its parent, so the
events of subtasks come first on the way out and last on the way back.
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
from shared.personal_labels import following
from shared.reminders.rescheduling import remove_reminders_of_todos
from shared.tables.todos import TodoRow
from shared.todos.commands import loading
from shared.todos.persistence import calendar_names, rows
from shared.todos.queries import shapes
from shared.todos.rules.todo_rules import new_version
from shared.unit_of_work import UnitOfWork


async def delete_todo(
    work: UnitOfWork,
    actor: Actor,
    todo_id: TodoId,
    *,
    expected_versions: frozenset[int] | None = None,
) -> None:
    """Put the todo and its subtasks into the trash; change nothing if it is there already."""
    _, todo = await loading.load_todo_for_write(
        work, actor, todo_id, Action.DELETE_TODO, also_in_trash=True
    )
    loading.require_version(todo, expected_versions)
    await delete_todos(work, actor, [todo])


async def restore_todo(work: UnitOfWork, actor: Actor, todo_id: TodoId) -> TodoShape:
    """Restore the todo and the subtasks that went into the trash with it.

    A subtask whose parent is deleted or in the trash comes back at the top level.
    """
    _, todo = await loading.load_todo_for_write(
        work, actor, todo_id, Action.DELETE_TODO, also_in_trash=True
    )
    restored = await restore_todos(work, actor, [todo])
    return restored.get(todo.id, todo)


async def purge_todo(
    work: UnitOfWork,
    actor: Actor,
    todo_id: TodoId,
    *,
    expected_versions: frozenset[int] | None = None,
) -> None:
    """Delete the todo with its subtasks, comments and reminders for good.

    Raise Conflict when the todo is not in the trash.
    """
    _, todo = await loading.load_todo_for_write(
        work, actor, todo_id, Action.PURGE_TODO, also_in_trash=True
    )
    loading.require_version(todo, expected_versions)
    if todo.deleted_at is None:
        raise Conflict("Put it in the trash first.", code="not_in_trash")
    await purge_todos(work, actor, ListId(todo.list_id), [todo_id])


async def delete_todos(work: UnitOfWork, actor: Actor, todos: Sequence[TodoShape]) -> None:
    """Put these todos and their subtasks into the trash.

    The caller holds the locks of the lists' streams.
    """
    live = {todo.id: todo for todo in todos if todo.deleted_at is None}
    if not live:
        return
    found = await work.connection.execute(
        shapes.select_shapes()
        .where(TodoRow.parent_id.in_(list(live)), TodoRow.deleted_at.is_(None))
        .order_by(TodoRow.rank, TodoRow.id)
    )
    subtasks = {row.id: shapes.shape_of(row) for row in found}
    deleted = [
        new_version(todo, work.now, deleted_at=work.now) for todo in (subtasks | live).values()
    ]
    rows.update_todos(work, deleted, ["deleted_at"])
    for todo in sorted(deleted, key=lambda todo: todo.parent_id is None):
        event = TodoDeleted(todo_id=todo.id, deleted_at=work.now)
        stream = list_stream(ListId(todo.list_id))
        work.record(stream, event, actor, context={"title": todo.title})


async def restore_todos(
    work: UnitOfWork, actor: Actor, todos: Sequence[TodoShape]
) -> dict[str, TodoShape]:
    """Restore these todos and the subtasks that went with them; return the restored todos by id.

    The caller holds the locks of the lists' streams.
    """
    in_trash = {todo.id: todo for todo in todos if todo.deleted_at is not None}
    if not in_trash:
        return {}
    found = await work.connection.execute(
        shapes.select_shapes()
        .where(TodoRow.parent_id.in_(list(in_trash)), TodoRow.deleted_at.is_not(None))
        .order_by(TodoRow.rank, TodoRow.id)
    )
    for row in found:
        if row.deleted_at == in_trash[row.parent_id].deleted_at:
            in_trash.setdefault(row.id, shapes.shape_of(row))
    parents = await _read_possible_parents(work, list(in_trash.values()))
    restored = [
        new_version(
            todo,
            work.now,
            deleted_at=None,
            parent_id=todo.parent_id if todo.parent_id in parents else None,
        )
        for todo in in_trash.values()
    ]
    rows.update_todos(work, restored, ["deleted_at", "parent_id"])
    for list_id in sorted({todo.list_id for todo in restored}):
        arrived = [TodoId(todo.id) for todo in restored if todo.list_id == list_id]
        await calendar_names.rename_duplicates(work, ListId(list_id), arrived)
    for todo in sorted(restored, key=lambda todo: todo.parent_id is not None):
        work.record(list_stream(ListId(todo.list_id)), TodoRestored(todo=todo), actor)
    return {todo.id: todo for todo in restored}


async def purge_todos(
    work: UnitOfWork, actor: Actor | None, list_id: ListId, todo_ids: Sequence[TodoId]
) -> None:
    """Delete these todos, their subtasks and all that belongs to them.

    The caller holds the lock of the list's stream.
    """
    found = await work.connection.execute(
        select(TodoRow.id, TodoRow.parent_id, TodoRow.title).where(
            TodoRow.parent_id.in_(todo_ids) | TodoRow.id.in_(todo_ids)
        )
    )
    purged = {TodoId(row.id): row for row in found}
    ids = [todo_id for todo_id, row in purged.items() if row.parent_id in todo_ids]
    ids += [todo_id for todo_id in todo_ids if todo_id not in ids]
    labelling = await following.read_labelling_streams(work, following.on_todos(ids))
    await remove_reminders_of_todos(work, actor, ids, also_lock=labelling)
    if labelling:
        await following.forget(work, actor, following.on_todos(ids))
    await work.connection.execute(delete(TodoRow).where(TodoRow.id.in_(ids)))
    for todo_id in ids:
        context = {"title": purged[todo_id].title} if todo_id in purged else {}
        work.record(list_stream(list_id), TodoPurged(todo_id=todo_id), actor, context=context)


async def purge_expired_todos(
    work: UnitOfWork, list_id: ListId, before: datetime, limit: int
) -> int:
    """Purge at most `limit` todos that were deleted before that instant; return their number.

    For the cleanup job, which has no actor. Lock the list's stream without asking the gate.
    """
    await work.lock_streams([list_stream(list_id)])
    expired = await work.connection.scalars(
        select(TodoRow.id)
        .where(TodoRow.list_id == list_id, TodoRow.deleted_at < before)
        .order_by(TodoRow.deleted_at, TodoRow.id)
        .limit(limit)
    )
    ids = [TodoId(todo_id) for todo_id in expired]
    if ids:
        await purge_todos(work, None, list_id, ids)
    return len(ids)


async def _read_possible_parents(
    work: UnitOfWork, restored: Sequence[TodoShape]
) -> set[str | None]:
    """Return the parents of `restored` that are at the top level and live, or restored as well."""
    parent_ids = {todo.parent_id for todo in restored if todo.parent_id is not None}
    if not parent_ids:
        return set()
    restored_ids = {todo.id for todo in restored}
    found = await work.connection.execute(
        select(TodoRow.id, TodoRow.deleted_at).where(
            TodoRow.id.in_(parent_ids), TodoRow.parent_id.is_(None)
        )
    )
    return {row.id for row in found if row.deleted_at is None or row.id in restored_ids}
