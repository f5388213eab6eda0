"""Empty the trash after 30 days: todos with an event each, lists with everything in them."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select

from shared.ids import ListId, StreamId, TodoId, list_stream
from shared.resources import Resources
from shared.tables.lists import ListRow
from shared.tables.streams import EventRow, StreamRow
from shared.tables.todos import TodoRow
from shared.todos.commands import trash
from shared.unit_of_work import UnitOfWork

# The web client promises "restore within 30 days".
TRASH_RETENTION = timedelta(days=30)
# Todos purged in one transaction. Each is an event, and some more rows for comments and labels.
TODO_BATCH = 200
EVENT_BATCH = 2_000


def is_expired_todo(now: datetime) -> ColumnElement[bool]:
    return TodoRow.deleted_at < now - TRASH_RETENTION


def is_expired_list(now: datetime) -> ColumnElement[bool]:
    return ListRow.deleted_at < now - TRASH_RETENTION


async def purge_todos(resources: Resources) -> bool:
    """Purge a batch of expired todos of one list; return True if there was one."""
    async with resources.begin_read() as read:
        list_id = await read.connection.scalar(
            select(TodoRow.list_id).where(is_expired_todo(read.now)).limit(1)
        )
    if list_id is None:
        return False
    async with resources.begin() as work:
        await trash.purge_expired_todos(
            work, ListId(list_id), work.now - TRASH_RETENTION, TODO_BATCH
        )
    return True


async def purge_lists(resources: Resources) -> bool:
    """Purge a batch of one expired list, at last the list itself; return True if there was one.

    Todos are deleted first and events next, in batches. Deleting a large list at once would hold its
    locks for too long.
    """
    async with resources.begin_read() as read:
        found = await read.connection.scalar(
            select(ListRow.id).where(is_expired_list(read.now)).limit(1)
        )
    if found is None:
        return False
    list_id = ListId(found)
    async with resources.begin() as work:
        await work.lock_streams([list_stream(list_id)])
        # Checked again under the lock: the list may have been restored meanwhile.
        is_expired = await work.connection.scalar(
            select(ListRow.id).where(ListRow.id == list_id, is_expired_list(work.now))
        )
        if (
            is_expired is not None
            and not await _purge_todo_batch(work, list_id)
            and not await _delete_event_batch(work, list_stream(list_id))
        ):
            # Deleting the stream deletes the list with its members, labels and invitations.
            await work.connection.execute(delete(StreamRow).where(StreamRow.id == list_id))
    return True


async def _purge_todo_batch(work: UnitOfWork, list_id: ListId) -> bool:
    """Purge a batch of the list's todos; return True if there was one."""
    found = await work.connection.scalars(
        select(TodoRow.id).where(TodoRow.list_id == list_id).limit(TODO_BATCH)
    )
    todo_ids = [TodoId(todo_id) for todo_id in found]
    if todo_ids:
        await trash.purge_todos(work, None, list_id, todo_ids)
    return bool(todo_ids)


async def _delete_event_batch(work: UnitOfWork, stream: StreamId) -> bool:
    """Delete a batch of the stream's oldest events; return False if at most one batch is left."""
    last = await work.connection.scalar(
        select(EventRow.seq)
        .where(EventRow.stream_id == stream)
        .order_by(EventRow.seq)
        .offset(EVENT_BATCH)
        .limit(1)
    )
    if last is None:
        return False
    await work.connection.execute(
        delete(EventRow).where(EventRow.stream_id == stream, EventRow.seq < last)
    )
    return True
