"""Asking somebody into a list by mail, and their answer.

    invite → open ── accept (the mail's token, or the invited address) → member
               ├──── decline (the invited address)
               ├──── withdraw (an owner; or a newer invitation to the same address; or the list is
               │     trashed, its sender may no longer invite, its addressee was removed)
               └──── expires after 14 days

Whoever holds the mail's token controls the invited address, so it lets in the account that is
signed in, whichever address that has: people have several. It works once, and the audit says for
whom. Unknown, foreign, answered, expired, withdrawn: all the same NotFound.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, insert, select

from shared import audit, signed_links
from shared.access import gate
from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.events import InvitationReceived
from shared.contract.jobs import SendInvitation
from shared.contract.notifications import NotificationKind
from shared.contract.shapes import AccountStatus, InvitationShape, MyListShape, Role
from shared.errors import Conflict, NotFound, RateLimited
from shared.ids import InvitationId, ListId, UserId, list_stream, new_id, new_secret, user_stream
from shared.lists import list_members
from shared.lists.commands import require_not_inbox
from shared.lists.list_members import IS_UNCLOSED, UnclosedInvitation
from shared.members import rules
from shared.members.commands import join_list
from shared.members.member_removal import invitee_streams
from shared.members.queries import read_open_invitation
from shared.members.rules import Invitation
from shared.notifications.commands import notify
from shared.notifications.rules import NewNotification
from shared.signed_links import Purpose
from shared.tables.accounts import UserRow
from shared.tables.lists import ListRow
from shared.tables.members import InvitationRow
from shared.text import email_key
from shared.unit_of_work import UnitOfWork


async def invite_member(
    work: UnitOfWork, actor: Actor, list_id: ListId, email: str, role: Role
) -> InvitationShape:
    """The address has an open invitation, the only one into this list, and will get its mail.

    An older one to the same address is withdrawn: the newest mail counts. An account of that
    address hears of it at once; whether there is one, the inviter cannot tell. Raises Conflict
    `inbox`, `already_member`, `too_many_invitations`, and RateLimited.
    """
    require_not_inbox(await gate.authorize_write(work, actor, list_id, Action.INVITE_MEMBER))
    key = email_key(email)
    invited = await _account_of(work, key)
    await _refuse_member(work, list_id, invited)
    older = await list_members.open_invitations(work, list_id, InvitationRow.email_key == key)
    await _refuse_too_many_open(work, list_id, key)
    # Holding the inviter's own stream makes the count of their day exact, across lists.
    own = [user_stream(invited)] if invited else []
    await work.lock_streams([user_stream(actor.user_id), *own])
    await _refuse_too_many_a_day(work, actor, key)
    await list_members.close_invitations(work, actor, older, "withdrawn")
    invitation_id = await _insert(work, actor, list_id, email, key, role)
    shape = await read_open_invitation(work, invitation_id)
    for stream in own:
        work.record(stream, InvitationReceived(invitation=shape), actor)
    if invited:
        told = NewNotification(
            invited, NotificationKind.INVITED, list_id, invitation_id=invitation_id
        )
        await notify(work, actor, [told])
    work.add_job(
        SendInvitation(invitation_id=invitation_id),
        dedupe_key=f"invitation:{invitation_id}",
        fairness_key=actor.user_id,
    )
    await audit.record(work, actor, "member.invited", list_id=list_id, user_id=invited)
    return shape


async def withdraw_invitation(
    work: UnitOfWork, actor: Actor, list_id: ListId, invitation_id: InvitationId
) -> None:
    """Nobody can accept it any more, with its mail in hand or not."""
    await gate.authorize_write(work, actor, list_id, Action.WITHDRAW_INVITATION)
    which = (InvitationRow.id == invitation_id, InvitationRow.expires_at > work.now)
    found = await list_members.open_invitations(work, list_id, *which)
    if not found:
        raise NotFound
    await work.lock_streams(invitee_streams(found))
    await list_members.close_invitations(work, actor, found, "withdrawn")


async def accept_invitation_by_token(
    work: UnitOfWork, actor: Actor, keys: Sequence[bytes], token: str
) -> MyListShape:
    """The actor is a member, by the token of the mail, which has done its service.

    `keys` are the settings' signing keys. Raises NotFound, and what `join_list` raises.
    """
    claimed = signed_links.row_id_in(token)
    if claimed is None:
        raise NotFound
    invitation = await _hold(work, InvitationId(claimed))
    if not signed_links.check(keys, Purpose.ACCEPT_INVITATION, token, invitation.nonce):
        raise NotFound
    return await _accept(work, actor, invitation, "token")


async def accept_invitation_by_id(
    work: UnitOfWork, actor: Actor, invitation_id: InvitationId
) -> MyListShape:
    """Make the actor a member if the invitation is to their verified address.

    Raises NotFound, and what `join_list` raises.
    """
    invitation = await _hold(work, invitation_id)
    await _check_was_meant(work, actor, invitation)
    return await _accept(work, actor, invitation, "address")


async def decline_invitation(work: UnitOfWork, actor: Actor, invitation_id: InvitationId) -> None:
    """The actor, whose verified address was invited, will not be asked again by this invitation."""
    invitation = await _hold(work, invitation_id)
    await _check_was_meant(work, actor, invitation)
    await work.lock_streams([user_stream(actor.user_id)])
    mine = UnclosedInvitation(invitation.id, actor.user_id)
    await list_members.close_invitations(work, actor, [mine], "declined")


async def _accept(work: UnitOfWork, actor: Actor, invitation: Invitation, by: str) -> MyListShape:
    answered = UnclosedInvitation(invitation.id, await _account_of(work, invitation.email_key))
    await work.lock_streams([user_stream(actor.user_id), *answered.streams])
    shape = await join_list(work, actor, invitation.list_id, invitation.role)
    await list_members.close_invitations(work, actor, [answered], "accepted")
    await audit.record(
        work,
        actor,
        "invitation.accepted",
        user_id=actor.user_id,
        list_id=invitation.list_id,
        facts={"invitation_id": invitation.id, "role": invitation.role.value, "by": by},
    )
    return shape


async def _hold(work: UnitOfWork, invitation_id: InvitationId) -> Invitation:
    """Returns an open invitation into a list that is not in the trash, and holds that list.

    The person who answers is no member yet, so the gate has nothing to say; what they hold in
    their hands decides (rules.is_addressee, signed_links.check).
    """
    list_id = await work.connection.scalar(
        select(InvitationRow.list_id).where(InvitationRow.id == invitation_id)
    )
    if list_id is None:
        raise NotFound
    await work.lock_streams([list_stream(ListId(list_id))])
    # Read again under the lock: it may have been answered while we waited.
    rows = await work.connection.execute(
        select(*InvitationRow.__table__.c)
        .select_from(InvitationRow)
        .join(ListRow, ListRow.id == InvitationRow.list_id)
        .join(UserRow, UserRow.id == InvitationRow.invited_by)
        .where(
            InvitationRow.id == invitation_id,
            InvitationRow.expires_at > work.now,
            ListRow.deleted_at.is_(None),
            # Somebody who was disabled does not let others in.
            UserRow.status == AccountStatus.ACTIVE.value,
            *IS_UNCLOSED,
        )
    )
    row = rows.one_or_none()
    if row is None:
        raise NotFound
    return _invitation(row)


async def _check_was_meant(work: UnitOfWork, actor: Actor, invitation: Invitation) -> None:
    key = await work.connection.scalar(
        select(UserRow.email_key).where(
            UserRow.id == actor.user_id, UserRow.verified_at.is_not(None)
        )
    )
    if not rules.is_addressee(invitation, key):
        raise NotFound


async def _account_of(work: UnitOfWork, key: str) -> UserId | None:
    found = await work.connection.scalar(
        select(UserRow.id).where(UserRow.email_key == key, UserRow.verified_at.is_not(None))
    )
    return UserId(found) if found else None


async def _refuse_member(work: UnitOfWork, list_id: ListId, user_id: UserId | None) -> None:
    if user_id and user_id in await list_members.read_member_ids(work, list_id):
        raise Conflict("This person is a member already.", code="already_member")


async def _refuse_too_many_open(work: UnitOfWork, list_id: ListId, key: str) -> None:
    others = (InvitationRow.list_id == list_id, InvitationRow.email_key != key)
    if await _count(work, *others, *IS_UNCLOSED, InvitationRow.expires_at > work.now) >= (
        rules.MAX_OPEN_INVITATIONS
    ):
        raise Conflict(
            f"A list can have at most {rules.MAX_OPEN_INVITATIONS} open invitations. "
            "Withdraw some, or wait for an answer.",
            code="too_many_invitations",
        )


async def _refuse_too_many_a_day(work: UnitOfWork, actor: Actor, key: str) -> None:
    recent = (
        InvitationRow.invited_by == actor.user_id,
        InvitationRow.created_at > work.now - rules.QUOTA_PERIOD,
    )
    to_address = (*recent, InvitationRow.email_key == key)
    for which, most in (
        (recent, rules.MAX_INVITATIONS_PER_DAY),
        (to_address, rules.MAX_INVITATIONS_PER_DAY_TO_ADDRESS),
    ):
        if await _count(work, *which) >= most:
            oldest = select(func.min(InvitationRow.created_at)).where(*which)
            first: datetime = (await work.connection.execute(oldest)).scalar_one()
            wait = first + rules.QUOTA_PERIOD - work.now
            raise RateLimited(max(1, int(wait.total_seconds())))


async def _count(work: UnitOfWork, *which: ColumnElement[bool]) -> int:
    counted = select(func.count()).select_from(InvitationRow).where(*which)
    return (await work.connection.execute(counted)).scalar_one()


async def _insert(
    work: UnitOfWork, actor: Actor, list_id: ListId, email: str, key: str, role: Role
) -> InvitationId:
    invitation_id = InvitationId(new_id())
    await work.connection.execute(
        insert(InvitationRow).values(
            id=invitation_id,
            list_id=list_id,
            email=email,
            email_key=key,
            role=role.value,
            invited_by=actor.user_id,
            nonce=new_secret(),
            created_at=work.now,
            expires_at=work.now + rules.INVITATION_LIFETIME,
        )
    )
    return invitation_id


def _invitation(row: Row[*tuple[Any, ...]]) -> Invitation:
    return Invitation(
        id=InvitationId(row.id),
        list_id=ListId(row.list_id),
        email_key=row.email_key,
        role=Role(row.role),
        nonce=row.nonce,
        invited_by=UserId(row.invited_by) if row.invited_by else None,
        expires_at=row.expires_at,
    )
