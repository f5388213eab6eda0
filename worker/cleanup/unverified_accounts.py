"""Delete accounts whose address was not verified within a week, with their streams and Inbox."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select

from shared.ids import ListId, StreamId, UserId, list_stream, user_stream
from shared.resources import Resources
from shared.tables.accounts import UserRow
from shared.tables.lists import ListRow
from shared.tables.streams import StreamRow
from shared.unit_of_work import UnitOfWork

# Accounts deleted in one transaction, each with its streams.
BATCH = 100
VERIFICATION_PERIOD = timedelta(days=7)


def is_unverified(now: datetime) -> ColumnElement[bool]:
    """Return the condition for accounts that were not verified in time."""
    return (
        (UserRow.status == "pending")
        & UserRow.verified_at.is_(None)
        & (UserRow.created_at <= now - VERIFICATION_PERIOD)
    )


async def delete_batch(resources: Resources) -> bool:
    """Delete at most BATCH unverified accounts; return True if there may be more."""
    async with resources.begin_read() as read:
        rows = await read.connection.scalars(
            select(UserRow.id).where(is_unverified(read.now)).limit(BATCH)
        )
        found = [UserId(user_id) for user_id in rows]
    if not found:
        return False
    async with resources.begin() as work:
        inboxes = await _inbox_streams(work, found)
        await work.lock_streams([*inboxes, *map(user_stream, found)])
        # Verification takes this lock too, so accounts verified meanwhile are left out here.
        unverified = [
            UserId(user_id)
            for user_id in await work.connection.scalars(
                select(UserRow.id).where(UserRow.id.in_(found), is_unverified(work.now))
            )
        ]
        streams = [*await _inbox_streams(work, unverified), *map(user_stream, unverified)]
        await work.connection.execute(delete(StreamRow).where(StreamRow.id.in_(streams)))
        await work.connection.execute(delete(UserRow).where(UserRow.id.in_(unverified)))
    return len(found) == BATCH


async def _inbox_streams(work: UnitOfWork, user_ids: Iterable[UserId]) -> list[StreamId]:
    list_ids = await work.connection.scalars(
        select(ListRow.id).where(ListRow.inbox_of.in_(list(user_ids)))
    )
    return [list_stream(ListId(list_id)) for list_id in list_ids]
