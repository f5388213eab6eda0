"""The trash is emptied after thirty days; old events are trimmed, but never a stream's newest."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from shared.contract.events import TodoPurged
from shared.ids import ListId, list_stream, new_id, user_stream
from shared.resources import Resources
from shared.tables.comments import CommentRow
from shared.tables.lists import ListRow
from shared.tables.members import InvitationRow, MemberRow
from shared.tables.reminders import ReminderRow
from shared.tables.streams import EventRow, StreamRow
from shared.tables.todos import TodoRow
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.table_rows import column_values, count_rows, insert_rows, run_chore
from tests.support.world_builder import World
from tests.worker.conftest import NOW
from worker.cleanup import event_trimming

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


async def test_todos_are_purged_after_thirty_days_with_subtasks_comments_and_reminders(
    resources: Resources, later: Resources, world: World, builder: JobBuilder
) -> None:
    ana = await world.user()
    list_id = await builder.make_list(ana)
    expired = await builder.add_todo(list_id, deleted_at=NOW - 30 * DAY - SECOND)
    child = await builder.add_todo(list_id, parent_id=expired, deleted_at=NOW - 30 * DAY - SECOND)
    young = await builder.add_todo(list_id, deleted_at=NOW - 30 * DAY + SECOND)
    alive = await builder.add_todo(list_id)
    for todo_id in (expired, alive):
        await builder.add_reminder(todo_id, ana.user_id, NOW + DAY)
        comment = {"id": new_id(), "todo_id": todo_id, "body": "x", "created_at": NOW}
        await insert_rows(resources, CommentRow, comment)

    await run_chore(later, "todos")

    assert await column_values(resources, TodoRow.id) == {young, alive}
    assert await column_values(resources, ReminderRow.todo_id) == {alive}
    assert await column_values(resources, CommentRow.todo_id) == {alive}
    async with resources.begin_read() as read:
        events = await read.connection.scalars(
            select(EventRow.frame).where(EventRow.stream_id == list_id)
        )
        purged = list(events)
    assert len(purged) == 2
    assert all('"todo.purged"' in frame for frame in purged)
    assert any(expired in frame for frame in purged)
    assert any(child in frame for frame in purged)
    assert await builder.event_names(ana) == ["reminder.removed"]


async def test_lists_are_purged_after_thirty_days_with_their_streams(
    resources: Resources,
    later: Resources,
    world: World,
    builder: JobBuilder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("worker.cleanup.trash.TODO_BATCH", 3)
    monkeypatch.setattr("worker.cleanup.trash.EVENT_BATCH", 4)
    ana = await world.user()
    expired = await builder.make_list(ana, name="Expired", deleted_at=NOW - 30 * DAY - SECOND)
    young = await builder.make_list(ana, name="Young", deleted_at=NOW - 30 * DAY + SECOND)
    alive = await builder.make_list(ana, name="Alive")
    for list_id in (expired, young, alive):
        for _ in range(7):
            await builder.add_todo(list_id)
        await builder.add_invitation(list_id, ana)
        await _record(resources, list_id, 10)

    await run_chore(later, "lists")

    kept = {young, alive}
    assert await column_values(resources, ListRow.id) == kept
    assert await column_values(resources, StreamRow.id) == kept | {user_stream(ana.user_id)}
    for column in (TodoRow.list_id, MemberRow.list_id, InvitationRow.list_id):
        assert await column_values(resources, column) == kept
    assert await column_values(resources, EventRow.stream_id) == kept
    assert await count_rows(resources, EventRow) == 20


async def test_events_are_kept_for_a_week_and_while_they_are_among_the_newest(
    resources: Resources,
    later: Resources,
    world: World,
    builder: JobBuilder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(event_trimming, "MIN_EVENTS_PER_STREAM", 10)
    ana = await world.user()
    old, short, busy = [await builder.make_list(ana) for _ in range(3)]
    for list_id, count in ((old, 25), (short, 10), (busy, 25)):
        await _record(resources, list_id, count)
        await _age(resources, list_id, NOW - 8 * DAY)
    # In the busy list, event 5 is the newest that is a week old.
    await _age(resources, busy, NOW - 7 * DAY, first=1, last=5)
    await _age(resources, busy, NOW - 7 * DAY + SECOND, first=6, last=25)

    await run_chore(later, "events")

    lists = (old, short, busy)
    seqs = {list_id: await _seqs(resources, list_id) for list_id in lists}
    assert seqs == {
        old: list(range(16, 26)),
        short: list(range(1, 11)),
        busy: list(range(6, 26)),
    }
    floors = {list_id: (await builder.read_row(StreamRow, list_id)).floor for list_id in lists}

    assert floors == {old: 15, short: 0, busy: 5}


async def _record(resources: Resources, list_id: ListId, count: int) -> None:
    async with resources.begin() as work:
        await work.lock_streams([list_stream(list_id)])
        for _ in range(count):
            work.record(list_stream(list_id), TodoPurged(todo_id="x"), None)


async def _age(
    resources: Resources, list_id: ListId, at: datetime, first: int = 1, last: int = 10**6
) -> None:
    async with resources.begin() as work:
        await work.connection.execute(
            update(EventRow)
            .where(EventRow.stream_id == list_id, EventRow.seq.between(first, last))
            .values(at=at)
        )


async def _seqs(resources: Resources, list_id: ListId) -> list[int]:
    async with resources.begin_read() as read:
        return sorted(
            await read.connection.scalars(select(EventRow.seq).where(EventRow.stream_id == list_id))
        )
