"""End guests whose share link or session has expired, and delete guests long after their end."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, exists, or_, select

from shared.contract.jobs import EndShareLink, EraseFromEvents
from shared.contract.shapes import AccountStatus
from shared.ids import ListId, ShareLinkId, StreamId, UserId, list_stream, user_stream
from shared.jobs import claims
from shared.jobs.claims import Claim
from shared.resources import Resources
from shared.share_links import guests
from shared.tables.accounts import UserRow
from shared.tables.share_links import GUEST, GuestRow, ShareLinkRow
from shared.tables.streams import StreamRow
from shared.unit_of_work import ReadTransaction, UnitOfWork
from worker.jobs.context import JobContext
from worker.jobs.saving import save_with_retries

# Guests deleted in one transaction, each with its stream.
BATCH = 100
# As long as an ended link is kept: until then the owners see by name who wrote what.
GUEST_RETENTION = timedelta(days=30)


def is_old(now: datetime) -> ColumnElement[bool]:
    """Return the condition for guests whose session ended GUEST_RETENTION ago."""
    has_session = exists().where(GuestRow.user_id == UserRow.id)
    return (UserRow.status == GUEST) & (UserRow.updated_at <= now - GUEST_RETENTION) & ~has_session


async def end_share_link(context: JobContext, claim: Claim, job: EndShareLink) -> None:
    """End the guests of a link, if it has expired or its maker is disabled."""
    link_id = ShareLinkId(job.link_id)
    async with context.resources.single_read() as read:
        list_id = await _list_of_ended_link(read, link_id)

    async def end(work: UnitOfWork) -> None:
        if list_id is not None:
            await work.lock_streams([list_stream(list_id)])
            # Again, under the lock: the link may have been prolonged.
            if await _list_of_ended_link(work, link_id) is not None:
                await guests.end_guests_of_links(work, None, list_id, [link_id])
        await claims.finish(work, claim, "done")

    await save_with_retries(context.resources, end)


async def _list_of_ended_link(read: ReadTransaction, link_id: ShareLinkId) -> ListId | None:
    """Return the list of a link that has ended; None while the link admits, or if it is gone."""
    found = await read.connection.scalar(
        select(ShareLinkRow.list_id)
        .outerjoin(UserRow, UserRow.id == ShareLinkRow.created_by)
        .where(
            ShareLinkRow.id == link_id,
            or_(
                ShareLinkRow.expires_at <= read.now,
                UserRow.id.is_(None),
                UserRow.status != AccountStatus.ACTIVE,
            ),
        )
    )
    return None if found is None else ListId(found)


async def end_expired_sessions(resources: Resources) -> bool:
    """End the expired sessions of the guests of one list; return True if there may be more."""
    async with resources.single_read() as read:
        list_id = await read.connection.scalar(
            select(ShareLinkRow.list_id)
            .join(GuestRow, GuestRow.link_id == ShareLinkRow.id)
            .where(guests.is_expired(read.now))
            .limit(1)
        )
    if list_id is None:
        return False
    async with resources.begin() as work:
        await work.lock_streams([list_stream(ListId(list_id))])
        await guests.end_expired(work, ListId(list_id))
    return True


async def delete_batch(resources: Resources) -> bool:
    """Delete at most BATCH guests who ended long ago, with their names; return True if more may be.

    What they wrote stays, without an author, as after the deletion of an account.
    """
    async with resources.single_read() as read:
        rows = await read.connection.scalars(
            select(UserRow.id).where(is_old(read.now)).order_by(UserRow.id).limit(BATCH)
        )
        found = [UserId(user_id) for user_id in rows]
    if not found:
        return False
    async with resources.begin() as work:
        streams: list[StreamId] = [user_stream(user_id) for user_id in found]
        await work.lock_streams(streams)
        await work.connection.execute(delete(StreamRow).where(StreamRow.id.in_(streams)))
        await work.connection.execute(delete(UserRow).where(UserRow.id.in_(found)))
        # One job for all: it reads the whole log.
        work.add_job(EraseFromEvents(user_ids=tuple(found)))
    return len(found) == BATCH
