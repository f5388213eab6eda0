"""Empties the trash after 30 days: todos with an event each, lists with all that is in them."""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import delete, select

from shared.contract.events import ReminderRemoved, TodoPurged
from shared.ids import ListId, StreamId, UserId, list_stream, user_stream
from shared.resources import Resources
from shared.tables.lists import ListRow
from shared.tables.reminders import ReminderRow
from shared.tables.streams import EventRow, StreamRow
from shared.tables.todos import TodoRow
from shared.work import Work

# What the client promises when it says "restore within 30 days".
KEPT = timedelta(days=30)
# Todos of one transaction. Each is an event, and with its comments and labels some more rows.
BATCH = 200


async def purge_todos(resources: Resources) -> bool:
    """A batch of todos whose time in the trash is over is gone; tells whether there may be more."""
    async with resources.begin_read() as read:
        found = list(
            await read.connection.scalars(
                select(TodoRow.id).where(TodoRow.deleted_at <= read.now - KEPT).limit(BATCH)
            )
        )
    if not found:
        return False
    async with resources.begin_work() as work:
        trees = await _with_subtasks(work, found)
        await _lock(work, trees)
        # Again under the locks: somebody may have restored one, or moved a list's todo.
        still = await work.connection.scalars(
            select(TodoRow.id).where(TodoRow.id.in_(found), TodoRow.deleted_at <= work.now - KEPT)
        )
        gone = {
            todo_id: list_id
            for todo_id, list_id in (await _with_subtasks(work, list(still))).items()
            if list_id in trees.values()
        }
        await _forget_reminders(work, gone)
        await work.connection.execute(delete(TodoRow).where(TodoRow.id.in_(list(gone))))
        for todo_id, list_id in gone.items():
            work.record(list_stream(list_id), TodoPurged(todo_id=todo_id), None)
    return len(found) == BATCH


async def purge_lists(resources: Resources) -> bool:
    """A batch of one list whose time in the trash is over is gone, at last the list itself."""
    async with resources.begin_read() as read:
        list_id = await read.connection.scalar(
            select(ListRow.id).where(ListRow.deleted_at <= read.now - KEPT).limit(1)
        )
    if list_id is None:
        return False
    stream = list_stream(ListId(list_id))
    async with resources.begin_work() as work:
        todos = await work.connection.scalars(
            select(TodoRow.id).where(TodoRow.list_id == list_id).limit(BATCH)
        )
        trees = await _with_subtasks(work, list(todos))
        await _lock(work, trees, also=[stream])
        is_over = await work.connection.scalar(
            select(ListRow.id).where(ListRow.id == list_id, ListRow.deleted_at <= work.now - KEPT)
        )
        if is_over is None:  # restored meanwhile
            return True
        if trees:  # nobody is subscribed to a list in the trash: no event for each
            await _forget_reminders(work, trees)
            await work.connection.execute(delete(TodoRow).where(TodoRow.id.in_(list(trees))))
            return True
        if await _forget_events(work, stream):
            return True
        # The list, its members, labels and invitations go with the stream.
        await work.connection.execute(delete(StreamRow).where(StreamRow.id == list_id))
    return True


async def _with_subtasks(work: Work, todo_ids: Iterable[str]) -> dict[str, ListId]:
    """Returns those todos and all below them, each with its list."""
    rows = await work.connection.execute(
        select(TodoRow.id, TodoRow.list_id).where(TodoRow.id.in_(list(todo_ids)))
    )
    level = {row.id: ListId(row.list_id) for row in rows}
    found: dict[str, ListId] = {}
    while level:
        found |= level
        rows = await work.connection.execute(
            select(TodoRow.id, TodoRow.list_id).where(TodoRow.parent_id.in_(list(level)))
        )
        level = {row.id: ListId(row.list_id) for row in rows if row.id not in found}
    return found


async def _lock(work: Work, todos: dict[str, ListId], also: Iterable[StreamId] = ()) -> None:
    """The lists of these todos are held, and everybody who has a reminder on one."""
    persons = await work.connection.scalars(
        select(ReminderRow.user_id).where(ReminderRow.todo_id.in_(list(todos))).distinct()
    )
    await work.lock_streams(
        {
            *also,
            *map(list_stream, todos.values()),
            *(user_stream(UserId(user_id)) for user_id in persons),
        }
    )


async def _forget_reminders(work: Work, todos: Iterable[str]) -> None:
    """Reminders of these todos are gone, and their persons know."""
    rows = list(
        await work.connection.execute(
            select(ReminderRow.id, ReminderRow.user_id).where(ReminderRow.todo_id.in_(list(todos)))
        )
    )
    held = await work.lock_streams({user_stream(UserId(row.user_id)) for row in rows})
    for row in rows:
        if user_stream(UserId(row.user_id)) in held:
            work.record(user_stream(UserId(row.user_id)), ReminderRemoved(reminder_id=row.id), None)
    await work.connection.execute(
        delete(ReminderRow).where(ReminderRow.id.in_([row.id for row in rows]))
    )


async def _forget_events(work: Work, stream: StreamId) -> bool:
    """A large batch of the stream's events is gone; tells whether there were as many."""
    batch = 10 * BATCH
    seqs = list(
        await work.connection.scalars(
            select(EventRow.seq)
            .where(EventRow.stream_id == stream)
            .order_by(EventRow.seq)
            .limit(batch)
        )
    )
    if len(seqs) < batch:
        return False
    await work.connection.execute(
        delete(EventRow).where(EventRow.stream_id == stream, EventRow.seq <= seqs[-1])
    )
    return True
