"""Guests: join a list by a share link, and end.

A guest is a row of `users` that no statement about accounts returns, with a row in `members` and one in
`guests`. Ending deletes these two; the user stays as the author of what the guest wrote, until
worker/cleanup/guests.py deletes it. Every end is an event, `member.removed` in the list and
`session.revoked` on the guest's own stream, which closes the sockets (docs/decisions/0009).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update

from shared import audit
from shared.actor import Actor
from shared.contract.audit import AuditAction
from shared.contract.events import MemberAdded, MemberRemoved, SessionRevoked
from shared.contract.shapes import UserShape
from shared.errors import Conflict
from shared.ids import (
    ListId,
    SessionId,
    ShareLinkId,
    StreamId,
    UserId,
    list_stream,
    new_id,
    user_stream,
)
from shared.languages.texts import message
from shared.lists import list_members
from shared.share_links.rules import MAX_GUESTS, ShareLink, guest_expiry, guest_name
from shared.tables.accounts import UserRow
from shared.tables.members import MemberRow
from shared.tables.share_links import GUEST, GuestRow, ShareLinkRow
from shared.unit_of_work import ReadTransaction, UnitOfWork

Reason = Literal["removed", "left", "link_ended"]


@dataclass(frozen=True)
class EndOfLinks:
    """Links of a list to revoke, with the guests who use them."""

    list_id: ListId
    link_ids: Sequence[ShareLinkId] = ()
    guest_ids: Sequence[UserId] = ()

    @property
    def streams(self) -> list[StreamId]:
        """Return the guests' streams to lock before `end_links`."""
        return list(map(user_stream, self.guest_ids))


@dataclass(frozen=True)
class JoinedGuest:
    user: UserShape
    expires_at: datetime


async def join(
    work: UnitOfWork, link: ShareLink, name: str, time_zone: str, token_hash: str, address: str
) -> JoinedGuest:
    """Make a guest of the link, whose list's stream the caller has locked. Raise Conflict."""
    await _require_room(work, link.list_id)
    user_id, shown_name = UserId(new_id()), guest_name(name)
    await work.connection.execute(
        insert(UserRow).values(
            id=user_id,
            email="",
            # No address has this key: it holds no @.
            email_key=f"guest:{user_id}",
            password_hash="",
            name=shown_name,
            time_zone=time_zone,
            status=GUEST,
            created_at=work.now,
            updated_at=work.now,
        )
    )
    await work.open_stream(user_stream(user_id))
    expires_at = guest_expiry(work.now, link.expires_at)
    await work.connection.execute(
        insert(GuestRow).values(
            user_id=user_id,
            link_id=link.id,
            token_hash=token_hash,
            created_at=work.now,
            expires_at=expires_at,
        )
    )
    await work.connection.execute(
        insert(MemberRow).values(
            list_id=link.list_id, user_id=user_id, role=link.role.value, joined_at=work.now
        )
    )
    await work.connection.execute(
        update(ShareLinkRow)
        .where(ShareLinkRow.id == link.id)
        .values(use_count=ShareLinkRow.use_count + 1, last_used_at=work.now)
    )
    member = await list_members.read_member(work, link.list_id, user_id)
    assert member is not None
    guest = Actor(user_id, shown_name, SessionId(user_id), address=address, link_id=link.id)
    work.record(list_stream(link.list_id), MemberAdded(member=member), guest)
    facts = {"link_id": link.id}
    await audit.record(work, guest, "guest.joined", list_id=link.list_id, facts=facts)
    return JoinedGuest(member.user, expires_at)


async def is_guest(work: UnitOfWork, user_id: UserId) -> bool:
    found = select(GuestRow.user_id).where(GuestRow.user_id == user_id)
    return await work.connection.scalar(found) is not None


async def remove_guest(
    work: UnitOfWork,
    actor: Actor,
    list_id: ListId,
    user_id: UserId,
    reason: Literal["removed", "left"],
) -> None:
    """End one guest. The caller holds the lock of the list's stream and has authorized it."""
    await work.lock_streams([user_stream(user_id)])
    await _end(work, actor, list_id, [user_id], reason)
    action: AuditAction = "guest.removed" if reason == "removed" else "guest.left"
    await audit.record(work, actor, action, list_id=list_id, facts={"guest": user_id})


async def guests_of_links(work: UnitOfWork, link_ids: Sequence[ShareLinkId]) -> list[UserId]:
    """Return the guests of links, whose list's stream the caller has locked."""
    rows = await work.connection.scalars(
        select(GuestRow.user_id).where(GuestRow.link_id.in_(link_ids)).order_by(GuestRow.user_id)
    )
    return [UserId(user_id) for user_id in rows]


async def end_guests_of_links(
    work: UnitOfWork, actor: Actor | None, list_id: ListId, link_ids: Sequence[ShareLinkId]
) -> None:
    """End the guests of links, which stay. The caller holds the lock of the list's stream."""
    found = await guests_of_links(work, link_ids)
    await work.lock_streams(list(map(user_stream, found)))
    await _end(work, actor, list_id, found, "link_ended")


async def links_made_by(read: ReadTransaction, user_id: UserId) -> list[ShareLinkId]:
    """Return the links that a user made in all lists and that are not revoked."""
    rows = await read.connection.scalars(
        select(ShareLinkRow.id)
        .where(ShareLinkRow.created_by == user_id, ShareLinkRow.revoked_at.is_(None))
        .order_by(ShareLinkRow.id)
    )
    return [ShareLinkId(link_id) for link_id in rows]


def is_expired(now: datetime) -> ColumnElement[bool]:
    """Return the condition for guests whose session, or whose link, has expired."""
    # Not correlated, in statements that join the links too.
    expired = select(ShareLinkRow.id).where(ShareLinkRow.expires_at <= now).correlate(None)
    return or_(GuestRow.expires_at <= now, GuestRow.link_id.in_(expired))


async def end_expired(work: UnitOfWork, list_id: ListId) -> None:
    """End the guests of a list that have expired. The caller holds the lock of its stream."""
    rows = await work.connection.scalars(
        select(GuestRow.user_id)
        .join(ShareLinkRow, ShareLinkRow.id == GuestRow.link_id)
        .where(ShareLinkRow.list_id == list_id, is_expired(work.now))
        .order_by(GuestRow.user_id)
    )
    found = [UserId(user_id) for user_id in rows]
    await work.lock_streams(list(map(user_stream, found)))
    await _end(work, None, list_id, found, "link_ended")


async def plan_end_of_links(
    work: UnitOfWork, list_id: ListId, *, made_by: UserId | None = None
) -> EndOfLinks:
    """Plan to revoke the links of a list, or those by one maker, under the lock of its stream."""
    links = select(ShareLinkRow.id).where(
        ShareLinkRow.list_id == list_id, ShareLinkRow.revoked_at.is_(None)
    )
    if made_by is not None:
        links = links.where(ShareLinkRow.created_by == made_by)
    rows = await work.connection.scalars(links.order_by(ShareLinkRow.id))
    link_ids = [ShareLinkId(link_id) for link_id in rows]
    return EndOfLinks(list_id, link_ids, await guests_of_links(work, link_ids))


async def end_links(work: UnitOfWork, actor: Actor | None, plan: EndOfLinks) -> None:
    """Revoke the planned links. The caller holds the locks of the list's stream and `plan.streams`."""
    if not plan.link_ids:
        return
    await work.connection.execute(
        update(ShareLinkRow).where(ShareLinkRow.id.in_(plan.link_ids)).values(revoked_at=work.now)
    )
    await _end(work, actor, plan.list_id, plan.guest_ids, "link_ended")
    for link_id in plan.link_ids:
        facts = {"link_id": link_id}
        await audit.record(work, actor, "share_link.revoked", list_id=plan.list_id, facts=facts)


async def end_guests_of_deleted_list(work: UnitOfWork, actor: Actor, plan: EndOfLinks) -> None:
    """End the guests of a list that is deleted in this transaction, and so gets no event any more.

    The caller holds the locks of `plan.streams`.
    """
    await _end_sessions(work, actor, plan.guest_ids)


async def _require_room(work: UnitOfWork, list_id: ListId) -> None:
    count = select(func.count()).select_from(GuestRow).join(ShareLinkRow)
    if (await work.connection.scalar(count.where(ShareLinkRow.list_id == list_id))) >= MAX_GUESTS:
        raise Conflict(
            message("{limit} guests are in this list already.", limit=MAX_GUESTS),
            code="too_many_guests",
        )


async def _end(
    work: UnitOfWork,
    actor: Actor | None,
    list_id: ListId,
    guest_ids: Sequence[UserId],
    reason: Reason,
) -> None:
    """End guests. The caller holds the locks of the list's and the guests' streams."""
    await work.connection.execute(
        delete(MemberRow).where(MemberRow.list_id == list_id, MemberRow.user_id.in_(guest_ids))
    )
    for user_id in guest_ids:
        removed = MemberRemoved(user_id=user_id, reason=reason)
        work.record(list_stream(list_id), removed, actor)
    await _end_sessions(work, actor, guest_ids)


async def _end_sessions(work: UnitOfWork, actor: Actor | None, guest_ids: Sequence[UserId]) -> None:
    if not guest_ids:
        return
    await work.connection.execute(delete(GuestRow).where(GuestRow.user_id.in_(guest_ids)))
    # The clean-up counts from here.
    await work.connection.execute(
        update(UserRow).where(UserRow.id.in_(guest_ids)).values(updated_at=work.now)
    )
    for user_id in guest_ids:
        work.record(user_stream(user_id), SessionRevoked(session_ids=[user_id]), actor)
