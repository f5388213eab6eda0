"""Invitations for tests: invite a user, get the token of the mail, let time pass."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select, update

from shared.actor import Actor
from shared.contract.shapes import InvitationShape, Role
from shared.ids import InvitationId, ListId
from shared.members.invitations import invite_member
from shared.signed_links import Purpose, make
from shared.tables.members import InvitationRow
from tests.support.world_builder import World

VIEWER = Role.VIEWER
KEYS = (b"k" * 32,)


async def invite(
    world: World, actor: Actor, list_id: ListId, invitee: Actor, role: Role = VIEWER
) -> InvitationShape:
    return await world.run(invite_member, actor, list_id, await world.email_of(invitee), role)


async def nonce_of(world: World, invitation: InvitationShape) -> str:
    found = select(InvitationRow.nonce).where(InvitationRow.id == invitation.id)
    async with world.resources.begin_read() as read:
        return str((await read.connection.execute(found)).scalar_one())


async def token_of(world: World, invitation: InvitationShape, keys: Sequence[bytes] = KEYS) -> str:
    """Return the token in the mail of an invitation."""
    return make(keys, Purpose.ACCEPT_INVITATION, invitation.id, await nonce_of(world, invitation))


async def age(world: World, invitation: InvitationShape, *, by: timedelta) -> None:
    async with world.resources.begin() as work:
        await work.connection.execute(
            update(InvitationRow)
            .where(InvitationRow.id == invitation.id)
            .values(created_at=invitation.created_at - by, expires_at=invitation.expires_at - by)
        )


def id_of(invitation: InvitationShape) -> InvitationId:
    return InvitationId(invitation.id)
