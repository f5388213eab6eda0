"""Reads of invitations: by the list's owners, and by the person invited."""

from typing import Any

from sqlalchemy import ColumnElement, Row, Select, select

from shared.access import gate
from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.shapes import InvitationShape, MemberShape, Role, UserShape
from shared.ids import InvitationId, ListId, UserId
from shared.lists import people
from shared.lists.people import IS_OPEN
from shared.tables.accounts import UserRow
from shared.tables.lists import ListRow
from shared.tables.members import InvitationRow
from shared.work import Read


async def read_members(read: Read, actor: Actor, list_id: ListId) -> tuple[MemberShape, ...]:
    """Returns a list's members, in the order in which they joined."""
    await gate.look(read, actor, list_id, Action.READ_MEMBERS)
    return await people.members(read, list_id)


async def read_invitations(
    read: Read, actor: Actor, list_id: ListId
) -> tuple[InvitationShape, ...]:
    """Returns the invitations into a list that are still open, oldest first."""
    await gate.look(read, actor, list_id, Action.READ_INVITATIONS)
    return await _shapes(read, InvitationRow.list_id == list_id)


async def invitations_for(read: Read, user_id: UserId) -> tuple[InvitationShape, ...]:
    """Returns the open invitations to a person's address, once they have proven that it is theirs."""
    proven = select(UserRow.email_key).where(
        UserRow.id == user_id, UserRow.verified_at.is_not(None)
    )
    return await _shapes(read, InvitationRow.email_key.in_(proven))


async def invitation_shape(read: Read, invitation_id: InvitationId) -> InvitationShape:
    """Returns an invitation that is open."""
    (shape,) = await _shapes(read, InvitationRow.id == invitation_id)
    return shape


async def _shapes(read: Read, which: ColumnElement[bool]) -> tuple[InvitationShape, ...]:
    rows = await read.connection.execute(
        _open_invitations(read).where(which).order_by(InvitationRow.id)
    )
    return tuple(map(_shape, rows))


def _open_invitations(read: Read) -> Select[*tuple[Any, ...]]:
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
        .where(*IS_OPEN, InvitationRow.expires_at > read.now, ListRow.deleted_at.is_(None))
    )


def _shape(row: Row[*tuple[Any, ...]]) -> InvitationShape:
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
