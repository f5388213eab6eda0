"""Trim the event logs of streams: delete old events beyond the newest ones."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select

from shared import event_log
from shared.ids import StreamId
from shared.resources import Resources
from shared.tables.streams import EventRow, StreamRow

EVENT_RETENTION = timedelta(days=7)
# The newest events of a stream stay, whatever their age.
MIN_EVENTS_PER_STREAM = 10_000
# Events deleted in one transaction.
BATCH = 5_000


def streams_to_trim(now: datetime) -> Select[*tuple[Any, ...]]:
    """Return a query of the streams to trim; `old` is the last event that may be deleted."""
    return (
        select(StreamRow.id, StreamRow.head, StreamRow.floor, func.max(EventRow.seq).label("old"))
        .join(EventRow, EventRow.stream_id == StreamRow.id)
        .where(
            StreamRow.head - StreamRow.floor > MIN_EVENTS_PER_STREAM,
            EventRow.seq <= StreamRow.head - MIN_EVENTS_PER_STREAM,
            EventRow.at <= now - EVENT_RETENTION,
        )
        .group_by(StreamRow.id, StreamRow.head, StreamRow.floor)
    )


async def trim_stream(resources: Resources) -> bool:
    """Delete at most BATCH old events of one stream; return False if there is no stream to trim."""
    async with resources.begin_read() as read:
        row = (await read.connection.execute(streams_to_trim(read.now).limit(1))).one_or_none()
    if row is None:
        return False
    # Events of a stream are ordered by time, so no event that must stay lies before `old`.
    floor = min(row.old, row.floor + BATCH)
    async with resources.begin() as work:
        if await work.lock_streams([StreamId(row.id)]):
            await event_log.trim(work.connection, StreamId(row.id), floor)
    return True
