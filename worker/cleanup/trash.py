"""Empties the trash after 30 days: todos with an event each, lists with all that is in them."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select

from shared.ids import ListId, StreamId, TodoId, list_stream
from shared.resources import Resources
from shared.tables.lists import ListRow
from shared.tables.streams import EventRow, StreamRow
from shared.tables.todos import TodoRow
from shared.todos.commands import trash
from shared.unit_of_work import UnitOfWork

# What the client promises when it says "restore within 30 days".
KEPT = timedelta(days=30)
# Todos of one transaction. Each is an event, and with its comments and labels some more rows.
TODOS = 200
EVENTS = 2_000


def todo_is_over(now: datetime) -> ColumnElement[bool]:
    return TodoRow.deleted_at < now - KEPT


def list_is_over(now: datetime) -> ColumnElement[bool]:
    return ListRow.deleted_at < now - KEPT


async def purge_todos(resources: Resources) -> bool:
    """A batch of one list's todos whose time in the trash is over is gone; tells whether any was."""
    async with resources.begin_read() as read:
        list_id = await read.connection.scalar(
            select(TodoRow.list_id).where(todo_is_over(read.now)).limit(1)
        )
    if list_id is None:
        return False
    async with resources.begin() as work:
        await trash.empty_trash(work, ListId(list_id), work.now - KEPT, TODOS)
    return True


async def purge_lists(resources: Resources) -> bool:
    """A batch of one list whose time in the trash is over is gone, at last the list itself."""
    async with resources.begin_read() as read:
        found = await read.connection.scalar(
            select(ListRow.id).where(list_is_over(read.now)).limit(1)
        )
    if found is None:
        return False
    list_id = ListId(found)
    async with resources.begin() as work:
        await work.lock_streams([list_stream(list_id)])
        is_over = await work.connection.scalar(
            select(ListRow.id).where(ListRow.id == list_id, list_is_over(work.now))
        )
        # None when it was restored meanwhile. Else todos first and events next, in batches: all at
        # once would hold the locks for as long as a large list takes.
        if (
            is_over is not None
            and not await _purge_some_todos(work, list_id)
            and not await _forget_some_events(work, list_stream(list_id))
        ):
            # The list, its members, labels and invitations go with the stream.
            await work.connection.execute(delete(StreamRow).where(StreamRow.id == list_id))
    return True


async def _purge_some_todos(work: UnitOfWork, list_id: ListId) -> bool:
    found = await work.connection.scalars(
        select(TodoRow.id).where(TodoRow.list_id == list_id).limit(TODOS)
    )
    todo_ids = [TodoId(one) for one in found]
    if todo_ids:
        await trash.purge(work, None, list_id, todo_ids)
    return bool(todo_ids)


async def _forget_some_events(work: UnitOfWork, stream: StreamId) -> bool:
    """The stream's oldest events are gone, if there are more than go with the list at once."""
    last = await work.connection.scalar(
        select(EventRow.seq)
        .where(EventRow.stream_id == stream)
        .order_by(EventRow.seq)
        .offset(EVENTS)
        .limit(1)
    )
    if last is None:
        return False
    await work.connection.execute(
        delete(EventRow).where(EventRow.stream_id == stream, EventRow.seq < last)
    )
    return True
