"""Create, rotate and revoke the calendar feeds of an account.

Like API tokens, feeds end with a password reset and when the account is disabled. Feeds of a list that
the user may not read at the moment, or that is in the trash, are kept and answer like unknown ones.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select, update

from shared import audit
from shared.access import gate
from shared.actor import Actor
from shared.calendar_feeds.filters import checked_filter
from shared.calendar_feeds.queries import COLUMNS, read_feed
from shared.calendar_feeds.secrets import PREFIX, hash_secret
from shared.contract.audit import AuditAction
from shared.contract.calendar_feeds import CalendarFeedShape, FeedContent, FeedFilter
from shared.errors import Conflict, NotFound
from shared.ids import CalendarFeedId, ListId, UserId, new_id, new_secret, user_stream
from shared.languages.texts import message
from shared.tables.interop.calendar_feeds import CalendarFeedRow
from shared.unit_of_work import UnitOfWork

# One for each list and calendar program of a user; a page of settings still shows them all.
MAX_FEEDS = 20


@dataclass(frozen=True)
class FeedRequest:
    """The feed to create: of one list, or of all lists, and of those todos that fit the filter."""

    name: str
    list_id: ListId | None
    content: FeedContent
    include_completed: bool
    filter: FeedFilter | None = None


async def create_feed(
    work: UnitOfWork, actor: Actor, wanted: FeedRequest
) -> tuple[CalendarFeedShape, str]:
    """Create a feed, and return it with the secret of its address, which is not stored.

    Raise Unauthenticated, Invalid, Conflict `too_many_calendar_feeds`, or NotFound for a list that the
    actor may not read.
    """
    chosen = checked_filter(wanted.filter)
    # Of two requests at the same time, the second counts the feed of the first.
    await work.lock_streams([user_stream(actor.user_id)])
    await gate.require_live_session(work, actor)
    count = select(func.count()).where(CalendarFeedRow.user_id == actor.user_id)
    if (await work.connection.scalar(count) or 0) >= MAX_FEEDS:
        raise Conflict(
            message("You have {limit} calendar feeds. Revoke one first.", limit=MAX_FEEDS),
            code="too_many_calendar_feeds",
        )
    of_list = [] if wanted.list_id is None else [wanted.list_id]
    if await gate.filter_readable(work, actor, of_list) != set(of_list):
        raise NotFound
    options = vars(wanted) | {"filter": chosen}
    shape = CalendarFeedShape(id=new_id(), created_at=work.now, **options)
    secret = _new_feed_secret()
    values = shape.model_dump() | {
        "filter": chosen and chosen.model_dump(mode="json"),
        "user_id": actor.user_id,
        "hash": hash_secret(secret),
    }
    await work.connection.execute(insert(CalendarFeedRow).values(values))
    await _record(work, actor, "calendar_feed.created", shape)
    return shape, secret


async def rotate_feed(
    work: UnitOfWork, actor: Actor, feed_id: CalendarFeedId
) -> tuple[CalendarFeedShape, str]:
    """Give a feed another address, and return it with the new secret. Raise NotFound."""
    secret = _new_feed_secret()
    of_actor = (CalendarFeedRow.id == feed_id) & (CalendarFeedRow.user_id == actor.user_id)
    await work.connection.execute(
        update(CalendarFeedRow).where(of_actor).values(hash=hash_secret(secret))
    )
    shape = await read_feed(work, actor, feed_id)
    await _record(work, actor, "calendar_feed.rotated", shape)
    return shape, secret


async def revoke_feed(work: UnitOfWork, actor: Actor, feed_id: CalendarFeedId) -> None:
    """Revoke a feed: its address stops working at once. Raise NotFound."""
    of_actor = (CalendarFeedRow.id == feed_id) & (CalendarFeedRow.user_id == actor.user_id)
    revoked = await work.connection.execute(
        delete(CalendarFeedRow).where(of_actor).returning(*COLUMNS)
    )
    row = revoked.one_or_none()
    if row is None:
        raise NotFound
    shape = CalendarFeedShape.model_validate(row._asdict())
    await _record(work, actor, "calendar_feed.revoked", shape)


async def revoke_all_feeds(work: UnitOfWork, user_id: UserId) -> None:
    """Revoke all feeds of the locked account."""
    await work.connection.execute(delete(CalendarFeedRow).where(CalendarFeedRow.user_id == user_id))


async def save_last_uses(work: UnitOfWork, feed_ids: Collection[CalendarFeedId]) -> None:
    """Note that programs read these feeds."""
    used = CalendarFeedRow.id.in_(sorted(feed_ids))
    await work.connection.execute(update(CalendarFeedRow).where(used).values(last_used_at=work.now))


def _new_feed_secret() -> str:
    return PREFIX + new_secret()


async def _record(
    work: UnitOfWork, actor: Actor, action: AuditAction, feed: CalendarFeedShape
) -> None:
    facts = {"feed_id": feed.id, "name": feed.name}
    await audit.record(work, actor, action, user_id=actor.user_id, facts=facts)
