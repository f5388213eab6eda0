"""Who is in a list and who was asked to be: what lists, members and snapshots read alike.

Stands beside the lists because trashing a list tells its members and ends its invitations; who may
become or stop being a member is decided a floor above, in shared/members.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, Select, and_, func, select, update

from shared.actor import Actor
from shared.contract.events import InvitationClosed, InvitationReceived
from shared.contract.shapes import InvitationShape, MemberShape, Role, UserShape
from shared.ids import InvitationId, ListId, StreamId, UserId, user_stream
from shared.tables.accounts import UserRow
from shared.tables.lists import ListRow
from shared.tables.members import InvitationRow, MemberRow
from shared.unit_of_work import ReadTransaction, UnitOfWork

# The columns that say how an invitation ended; all of them null: it is open, unless expired.
_ENDED_AT = {
    "accepted": InvitationRow.accepted_at,
    "declined": InvitationRow.declined_at,
    "withdrawn": InvitationRow.withdrawn_at,
}
IS_UNCLOSED: tuple[ColumnElement[bool], ...] = tuple(at.is_(None) for at in _ENDED_AT.values())


@dataclass(frozen=True)
class UnclosedInvitation:
    """An invitation that nobody answered; `invited` is the account that proved its address."""

    id: InvitationId
    invited: UserId | None

    @property
    def streams(self) -> list[StreamId]:
        return [user_stream(self.invited)] if self.invited else []


async def read_member_ids(read: ReadTransaction, list_id: ListId) -> list[UserId]:
    """Returns who is a member; nobody joins or leaves while the caller holds the list's stream."""
    rows = await read.connection.execute(
        select(MemberRow.user_id).where(MemberRow.list_id == list_id).order_by(MemberRow.user_id)
    )
    return [UserId(user_id) for user_id in rows.scalars()]


async def read_members(read: ReadTransaction, list_id: ListId) -> tuple[MemberShape, ...]:
    """Returns the members, in the order in which they joined."""
    rows = await read.connection.execute(
        _members(list_id).order_by(MemberRow.joined_at, MemberRow.user_id)
    )
    return tuple(map(_member, rows))


async def read_member(
    read: ReadTransaction, list_id: ListId, user_id: UserId
) -> MemberShape | None:
    rows = await read.connection.execute(_members(list_id).where(MemberRow.user_id == user_id))
    row = rows.one_or_none()
    return None if row is None else _member(row)


async def count_lists_of_user(read: ReadTransaction, user_id: UserId) -> int:
    """Returns how many lists the person is in, the Inbox and those in the trash included."""
    counted = select(func.count()).where(MemberRow.user_id == user_id)
    return (await read.connection.execute(counted)).scalar_one()


async def open_invitations(
    read: ReadTransaction, list_id: ListId, *which: ColumnElement[bool]
) -> list[UnclosedInvitation]:
    """Returns the unanswered invitations into a list, those that expired included."""
    rows = await read.connection.execute(
        select(InvitationRow.id, UserRow.id)
        .outerjoin(
            UserRow,
            and_(UserRow.email_key == InvitationRow.email_key, UserRow.verified_at.is_not(None)),
        )
        .where(InvitationRow.list_id == list_id, *IS_UNCLOSED, *which)
        .order_by(InvitationRow.id)
    )
    return [
        UnclosedInvitation(InvitationId(one), UserId(two) if two else None) for one, two in rows
    ]


async def read_open_invitations(
    read: ReadTransaction, which: ColumnElement[bool]
) -> tuple[InvitationShape, ...]:
    """Returns the invitations that can still be accepted, oldest first."""
    rows = await read.connection.execute(
        _open_invitations(read).where(which).order_by(InvitationRow.id)
    )
    return tuple(map(_invitation, rows))


async def read_invitees(read: ReadTransaction, which: ColumnElement[bool]) -> dict[str, UserId]:
    """Returns whom those open invitations were meant for, by the invitation's id."""
    rows = await read.connection.execute(
        select(InvitationRow.id, UserRow.id)
        .join(UserRow, UserRow.email_key == InvitationRow.email_key)
        .where(UserRow.verified_at.is_not(None), *IS_UNCLOSED, which)
    )
    return {row[0]: UserId(row[1]) for row in rows}


async def record_invitation_changes(
    work: UnitOfWork, actor: Actor, invited: Mapping[str, UserId]
) -> None:
    """Those persons know what their invitations say now. The caller holds the list and them all."""
    if not invited:
        return
    which = InvitationRow.id.in_(list(invited))
    # Again, under the lock: an address may have become somebody else's while we waited.
    still = await read_invitees(work, which)
    for shape in await read_open_invitations(work, which):
        if still.get(shape.id) == invited[shape.id]:
            event = InvitationReceived(invitation=shape)
            work.record(user_stream(invited[shape.id]), event, actor)


async def close_invitations(
    work: UnitOfWork,
    actor: Actor,
    invitations: Sequence[UnclosedInvitation],
    reason: Literal["accepted", "declined", "withdrawn"],
) -> None:
    """They are answered for good, and the accounts they were meant for know it.

    The caller holds the list's stream, and the streams of those accounts.
    """
    if not invitations:
        return
    await work.connection.execute(
        update(InvitationRow)
        .where(InvitationRow.id.in_([one.id for one in invitations]))
        .values({_ENDED_AT[reason]: work.now})
    )
    for one in invitations:
        for stream in one.streams:
            work.record(stream, InvitationClosed(invitation_id=one.id, reason=reason), actor)


def _open_invitations(read: ReadTransaction) -> Select[*tuple[Any, ...]]:
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
        .where(*IS_UNCLOSED, InvitationRow.expires_at > read.now, ListRow.deleted_at.is_(None))
    )


def _invitation(row: Row[*tuple[Any, ...]]) -> InvitationShape:
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


def _members(list_id: ListId) -> Select[*tuple[Any, ...]]:
    return (
        select(UserRow.id, UserRow.name, UserRow.avatar_url, MemberRow.role, MemberRow.joined_at)
        .join(MemberRow, MemberRow.user_id == UserRow.id)
        .where(MemberRow.list_id == list_id)
    )


def _member(row: Row[*tuple[Any, ...]]) -> MemberShape:
    user = UserShape(id=row.id, name=row.name, avatar_url=row.avatar_url)
    return MemberShape(user=user, role=Role(row.role), joined_at=row.joined_at)
