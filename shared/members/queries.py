"""Reads of members and invitations."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, bindparam, select

from shared import signed_links
from shared.access import gate
from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.shapes import (
    AccountStatus,
    InvitationShape,
    MemberShape,
    Role,
    SentInvitationShape,
)
from shared.contract.share_links import InvitationPreviewShape
from shared.errors import NotFound
from shared.ids import InvitationId, ListId, UserId
from shared.lists import list_members
from shared.signed_links import Purpose
from shared.tables.accounts import UserRow
from shared.tables.lists import ListRow
from shared.tables.members import InvitationRow, MemberRow
from shared.text import email_key
from shared.unit_of_work import ReadTransaction

_LIST_ID = bindparam("list_id", type_=InvitationRow.list_id.type)
_LIST_MEMBERS = list_members.SELECT_MEMBERS.where(MemberRow.list_id == _LIST_ID).subquery("listed")
_MEMBERS = gate.select_for_member(_LIST_MEMBERS, _LIST_ID).order_by(
    _LIST_MEMBERS.c.joined_at, _LIST_MEMBERS.c.id
)


async def read_members(
    read: ReadTransaction, actor: Actor, list_id: ListId
) -> tuple[MemberShape, ...]:
    """Return a list's members in the order in which they joined, in one statement."""
    values = gate.reader(actor, Action.READ_MEMBERS) | {"list_id": list_id}
    rows = (await read.connection.execute(_MEMBERS, values)).all()
    gate.authorize_rows(rows, Action.READ_MEMBERS)
    return tuple(list_members.member_from_row(row) for row in rows)


async def read_invitations(
    read: ReadTransaction, actor: Actor, list_id: ListId
) -> tuple[SentInvitationShape, ...]:
    """Return the open invitations to a list, oldest first, with failures of their mails."""
    invitations = list_members.select_open_invitations(read.now).where(
        InvitationRow.list_id == _LIST_ID
    )
    statement = gate.select_for_member(invitations.subquery("invitation"), _LIST_ID)
    values = gate.reader(actor, Action.READ_INVITATIONS) | {"list_id": list_id}
    rows = (await read.connection.execute(statement, values)).all()
    gate.authorize_rows(rows, Action.READ_INVITATIONS)
    found = [list_members.sent_invitation_from_row(row) for row in rows if row.id is not None]
    return tuple(sorted(found, key=lambda invitation: invitation.id))


async def read_invitations_of_user(
    read: ReadTransaction, user_id: UserId
) -> tuple[InvitationShape, ...]:
    """Return the open invitations to a user's address; none while it is unverified."""
    return await list_members.read_open_invitations(read, is_invitation_of(user_id))


def is_invitation_of(user_id: UserId | BindParameter[str]) -> ColumnElement[bool]:
    """Return the condition that an invitation is to the user's address, which is verified."""
    verified_key = select(UserRow.email_key).where(
        UserRow.id == user_id, UserRow.verified_at.is_not(None)
    )
    return InvitationRow.email_key.in_(verified_key)


async def is_invited(read: ReadTransaction, keys: Sequence[bytes], email: str, token: str) -> bool:
    """Return True if `token` is of the mail of an open invitation to this address."""
    return await _find(read, keys, token, InvitationRow.email_key == email_key(email)) is not None


async def preview_invitation(
    read: ReadTransaction, keys: Sequence[bytes], token: str
) -> InvitationPreviewShape:
    """Return what the mail of an open invitation says. Raise NotFound, always the same."""
    found = await _find(read, keys, token)
    if found is None:
        raise NotFound
    return InvitationPreviewShape(
        list_name=found.list_name, invited_by=found.inviter, role=Role(found.role)
    )


async def _find(
    read: ReadTransaction, keys: Sequence[bytes], token: str, *conditions: ColumnElement[bool]
) -> Any:
    """Return the open invitation of a token, whose inviter and list are there; else None."""
    invitation_id = signed_links.row_id_in(token)
    if invitation_id is None:
        return None
    rows = await read.connection.execute(
        select(
            InvitationRow.nonce,
            InvitationRow.role,
            ListRow.name.label("list_name"),
            UserRow.name.label("inviter"),
        )
        .join(ListRow, ListRow.id == InvitationRow.list_id)
        .join(UserRow, UserRow.id == InvitationRow.invited_by)
        .where(
            InvitationRow.id == invitation_id,
            InvitationRow.expires_at > read.now,
            ListRow.deleted_at.is_(None),
            UserRow.status == AccountStatus.ACTIVE.value,
            *list_members.IS_UNCLOSED,
            *conditions,
        )
    )
    row = rows.one_or_none()
    if row is None or not signed_links.check(keys, Purpose.ACCEPT_INVITATION, token, row.nonce):
        return None
    return row


async def read_open_invitation(
    read: ReadTransaction, invitation_id: InvitationId
) -> InvitationShape:
    """Return one open invitation, which must exist."""
    (shape,) = await list_members.read_open_invitations(read, InvitationRow.id == invitation_id)
    return shape
