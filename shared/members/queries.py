"""Reads of members and invitations."""

from sqlalchemy import select

from shared.access import gate
from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.shapes import InvitationShape, MemberShape
from shared.ids import InvitationId, ListId, UserId
from shared.lists import list_members
from shared.tables.accounts import UserRow
from shared.tables.members import InvitationRow
from shared.unit_of_work import ReadTransaction


async def read_members(
    read: ReadTransaction, actor: Actor, list_id: ListId
) -> tuple[MemberShape, ...]:
    """Return a list's members in the order in which they joined."""
    await gate.authorize_read(read, actor, list_id, Action.READ_MEMBERS)
    return await list_members.read_members(read, list_id)


async def read_invitations(
    read: ReadTransaction, actor: Actor, list_id: ListId
) -> tuple[InvitationShape, ...]:
    """Return the open invitations to a list, oldest first."""
    await gate.authorize_read(read, actor, list_id, Action.READ_INVITATIONS)
    return await list_members.read_open_invitations(read, InvitationRow.list_id == list_id)


async def read_invitations_of_user(
    read: ReadTransaction, user_id: UserId
) -> tuple[InvitationShape, ...]:
    """Return the open invitations to a user's address; none while it is unverified."""
    verified_key = select(UserRow.email_key).where(
        UserRow.id == user_id, UserRow.verified_at.is_not(None)
    )
    return await list_members.read_open_invitations(read, InvitationRow.email_key.in_(verified_key))


async def read_open_invitation(
    read: ReadTransaction, invitation_id: InvitationId
) -> InvitationShape:
    """Return one open invitation, which must exist."""
    (shape,) = await list_members.read_open_invitations(read, InvitationRow.id == invitation_id)
    return shape
