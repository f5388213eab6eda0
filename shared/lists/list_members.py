"""Reads of members and invitations, shared by lists, members and snapshots.

In this package, and not in shared/members one layer above, because trashing a list closes its
invitations and records an event for each member. Joining and leaving are decided in shared/members.

An invitation is closed once it was accepted, declined or withdrawn. It is open if it is neither
closed nor expired.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import BindParameter, ColumnElement, Row, Select, and_, exists, func, select, update

from shared.actor import Actor
from shared.contract.events import InvitationClosed, InvitationReceived
from shared.contract.shapes import (
    InvitationShape,
    MemberShape,
    Role,
    SentInvitationShape,
    UserShape,
)
from shared.ids import InvitationId, ListId, StreamId, UserId, user_stream
from shared.lists.placement_columns import RANK
from shared.notifications.commands import mark_invitations_read
from shared.tables.accounts import UserRow
from shared.tables.lists import ListRow
from shared.tables.members import InvitationRow, MemberRow
from shared.tables.share_links import GuestRow
from shared.unit_of_work import ReadTransaction, UnitOfWork

# The column that each reason for closing an invitation sets.
_CLOSED_AT = {
    "accepted": InvitationRow.accepted_at,
    "declined": InvitationRow.declined_at,
    "withdrawn": InvitationRow.withdrawn_at,
}
SELECT_MEMBERS = (
    select(
        UserRow.id,
        UserRow.name,
        UserRow.avatar_url,
        MemberRow.role,
        MemberRow.joined_at,
        GuestRow.link_id,
    )
    .join(MemberRow, MemberRow.user_id == UserRow.id)
    .outerjoin(GuestRow, GuestRow.user_id == UserRow.id)
)
# Guests are assigned to nothing and notified of nothing.
IS_NO_GUEST = ~exists().where(GuestRow.user_id == MemberRow.user_id)
IS_UNCLOSED: tuple[ColumnElement[bool], ...] = tuple(at.is_(None) for at in _CLOSED_AT.values())


@dataclass(frozen=True)
class UnclosedInvitation:
    """An invitation to close. `invitee` is the user who verified the invited address, if any."""

    id: InvitationId
    invitee: UserId | None

    @property
    def streams(self) -> list[StreamId]:
        return [user_stream(self.invitee)] if self.invitee else []


async def read_member_ids(read: ReadTransaction, list_id: ListId) -> list[UserId]:
    """Return the ids of the members. The lock of the list's stream keeps them as they are."""
    rows = await read.connection.execute(
        select(MemberRow.user_id).where(MemberRow.list_id == list_id).order_by(MemberRow.user_id)
    )
    return [UserId(user_id) for user_id in rows.scalars()]


async def count_members(read: ReadTransaction, list_id: ListId) -> int:
    """Return the number of members without guests."""
    counted = select(func.count()).select_from(MemberRow)
    return int(
        await read.connection.scalar(counted.where(MemberRow.list_id == list_id, IS_NO_GUEST))
    )


async def read_member(
    read: ReadTransaction, list_id: ListId, user_id: UserId
) -> MemberShape | None:
    rows = await read.connection.execute(
        SELECT_MEMBERS.where(MemberRow.list_id == list_id, MemberRow.user_id == user_id)
    )
    row = rows.one_or_none()
    return None if row is None else member_from_row(row)


async def count_lists_of_user(read: ReadTransaction, user_id: UserId) -> tuple[int, str | None]:
    """Return the number of lists a user is in, including the Inbox and lists in the trash.

    And the rank of the last one, in one statement.
    """
    counted = select(func.count(), func.max(RANK)).where(MemberRow.user_id == user_id)
    count, last = (await read.connection.execute(counted)).one()
    return int(count), last


async def read_unclosed_invitations(
    read: ReadTransaction, list_id: ListId, *conditions: ColumnElement[bool]
) -> list[UnclosedInvitation]:
    """Return the invitations to a list that are not closed, including expired ones."""
    rows = await read.connection.execute(
        select(InvitationRow.id, UserRow.id)
        .outerjoin(
            UserRow,
            and_(UserRow.email_key == InvitationRow.email_key, UserRow.verified_at.is_not(None)),
        )
        .where(InvitationRow.list_id == list_id, *IS_UNCLOSED, *conditions)
        .order_by(InvitationRow.id)
    )
    return [
        UnclosedInvitation(InvitationId(invitation_id), UserId(user_id) if user_id else None)
        for invitation_id, user_id in rows
    ]


async def read_open_invitations(
    read: ReadTransaction, condition: ColumnElement[bool]
) -> tuple[InvitationShape, ...]:
    """Return the open invitations that meet the condition, oldest first.

    Leave out invitations to lists in the trash.
    """
    rows = await read.connection.execute(
        select_open_invitations(read.now).where(condition).order_by(InvitationRow.id)
    )
    return tuple(map(invitation_from_row, rows))


async def read_invitees(read: ReadTransaction, condition: ColumnElement[bool]) -> dict[str, UserId]:
    """Return the invited users of the invitations that are not closed, by invitation id.

    Leave out invitations to an address that no account has verified.
    """
    rows = await read.connection.execute(
        select(InvitationRow.id, UserRow.id)
        .join(UserRow, UserRow.email_key == InvitationRow.email_key)
        .where(UserRow.verified_at.is_not(None), *IS_UNCLOSED, condition)
    )
    return {invitation_id: UserId(user_id) for invitation_id, user_id in rows}


async def record_invitation_changes(
    work: UnitOfWork, actor: Actor, invitees: Mapping[str, UserId]
) -> None:
    """Record the current state of invitations on the streams of their invitees.

    `invitees` are from `read_invitees`. The caller holds the locks of the list's and
    the invitees' streams.
    """
    if not invitees:
        return
    condition = InvitationRow.id.in_(list(invitees))
    # Read again under the lock: an address may belong to another account by now.
    current_invitees = await read_invitees(work, condition)
    for shape in await read_open_invitations(work, condition):
        if current_invitees.get(shape.id) == invitees[shape.id]:
            event = InvitationReceived(invitation=shape)
            work.record(user_stream(invitees[shape.id]), event, actor)


async def close_invitations(
    work: UnitOfWork,
    actor: Actor,
    invitations: Sequence[UnclosedInvitation],
    reason: Literal["accepted", "declined", "withdrawn"],
) -> None:
    """Close invitations, and record `invitation.closed` on the streams of their invitees.

    Their notifications are then read: nothing is left to answer. The number of statements does not grow
    with the number of invitations.

    The caller holds the locks of the list's and the invitees' streams.
    """
    if not invitations:
        return
    ids = [invitation.id for invitation in invitations]
    await work.connection.execute(
        update(InvitationRow)
        .where(InvitationRow.id.in_(ids))
        .values({_CLOSED_AT[reason]: work.now})
    )
    for invitation in invitations:
        closed = InvitationClosed(invitation_id=invitation.id, reason=reason)
        for stream in invitation.streams:
            work.record(stream, closed, actor)
    invitees = {invitation.invitee for invitation in invitations if invitation.invitee}
    await mark_invitations_read(work, actor, invitees, ids)


def select_open_invitations(now: datetime | BindParameter[datetime]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            *InvitationRow.__table__.c,
            ListRow.name.label("list_name"),
            UserRow.id.label("inviter_id"),
            UserRow.name.label("inviter_name"),
            UserRow.avatar_url.label("inviter_avatar"),
        )
        .select_from(InvitationRow)
        .join(ListRow, ListRow.id == InvitationRow.list_id)
        .outerjoin(UserRow, UserRow.id == InvitationRow.invited_by)
        .where(*IS_UNCLOSED, InvitationRow.expires_at > now, ListRow.deleted_at.is_(None))
    )


def sent_invitation_from_row(row: Row[*tuple[Any, ...]]) -> SentInvitationShape:
    """Return the invitation as the owners of its list see it."""
    return SentInvitationShape(**dict(invitation_from_row(row)), mail_failure=row.mail_failure)


def invitation_from_row(row: Row[*tuple[Any, ...]]) -> InvitationShape:
    inviter = (
        UserShape(id=row.inviter_id, name=row.inviter_name, avatar_url=row.inviter_avatar)
        if row.inviter_id
        else None
    )
    return InvitationShape(
        id=row.id,
        list_id=row.list_id,
        list_name=row.list_name,
        email=row.email,
        role=Role(row.role),
        invited_by=inviter,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


def member_from_row(row: Row[*tuple[Any, ...]]) -> MemberShape:
    user = UserShape(id=row.id, name=row.name, avatar_url=row.avatar_url)
    return MemberShape(user=user, role=Role(row.role), joined_at=row.joined_at, link_id=row.link_id)
