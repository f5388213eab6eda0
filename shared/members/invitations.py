"""Commands on invitations: invite an address to a list by mail, accept, decline, withdraw.

    invite → open ── accept (the mail's token, or the invited address) → member
               ├──── decline (the invited address)
               ├──── withdraw (by an owner; by a newer invitation to the same address; when the
               │     list is trashed, the sender may no longer invite, or the invitee is removed)
               └──── expires after 14 days

The holder of the mail's token controls the invited address. The token therefore admits the account
that is signed in, whichever address it has, since users have several. But a mail is easily forwarded:
only the invited address becomes an owner, and the inviter is told of another address. The token works
once, and the audit records for whom. An unknown, foreign, closed or expired invitation is always the
same NotFound.
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
from shared.contract.jobs import SendInvitation, SendSecurityNotice
from shared.contract.notifications import NotificationKind
from shared.contract.shapes import AccountStatus, InvitationShape, MyListShape, Role
from shared.errors import Conflict, Forbidden, NotFound, RateLimited
from shared.ids import InvitationId, ListId, UserId, list_stream, new_id, new_secret, user_stream
from shared.languages.texts import message
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
    """Invite an address to a list and queue the mail. Return the invitation.

    Withdraw an older invitation to the same address: the newest mail counts. Record the invitation
    for the account of the address, if any; the answer does not reveal whether there is one. Raise
    Conflict `inbox`, `already_member`, `too_many_invitations`, and RateLimited.
    """
    require_not_inbox(await gate.authorize_write(work, actor, list_id, Action.INVITE_MEMBER))
    key = email_key(email)
    invitee = await _read_user_id(work, key)
    await _require_not_member(work, list_id, invitee)
    older = await list_members.read_unclosed_invitations(
        work, list_id, InvitationRow.email_key == key
    )
    await _check_open_limit(work, list_id, key)
    # Locking the inviter's own stream makes the count for the daily limits exact, across lists.
    invitee_stream = [user_stream(invitee)] if invitee else []
    await work.lock_streams([user_stream(actor.user_id), *invitee_stream])
    await _check_daily_limits(work, actor, key)
    await list_members.close_invitations(work, actor, older, "withdrawn")
    invitation_id = await _insert(work, actor, list_id, email, key, role)
    shape = await read_open_invitation(work, invitation_id)
    for stream in invitee_stream:
        work.record(stream, InvitationReceived(invitation=shape), actor)
    if invitee:
        invited = NewNotification(
            invitee, NotificationKind.INVITED, list_id, invitation_id=invitation_id
        )
        await notify(work, actor, [invited])
    work.add_job(
        SendInvitation(invitation_id=invitation_id),
        dedupe_key=f"invitation:{invitation_id}",
        fairness_key=actor.user_id,
    )
    await audit.record(work, actor, "member.invited", list_id=list_id, user_id=invitee)
    return shape


async def withdraw_invitation(
    work: UnitOfWork, actor: Actor, list_id: ListId, invitation_id: InvitationId
) -> None:
    """Withdraw an open invitation: neither its token nor its id can be used. Raise NotFound."""
    await gate.authorize_write(work, actor, list_id, Action.WITHDRAW_INVITATION)
    conditions = (InvitationRow.id == invitation_id, InvitationRow.expires_at > work.now)
    invitations = await list_members.read_unclosed_invitations(work, list_id, *conditions)
    if not invitations:
        raise NotFound
    await work.lock_streams(invitee_streams(invitations))
    await list_members.close_invitations(work, actor, invitations, "withdrawn")


async def accept_invitation_by_token(
    work: UnitOfWork, actor: Actor, keys: Sequence[bytes], token: str
) -> MyListShape:
    """Make the actor a member by the token of an invitation mail. The token works once.

    `keys` are the settings' signing keys. Raise NotFound, Forbidden `invitation_not_for_you` if an
    owner was invited at another address, and what `join_list` raises.
    """
    claimed_id = signed_links.row_id_in(token)
    if claimed_id is None:
        raise NotFound
    invitation = await _lock_open_invitation(work, InvitationId(claimed_id))
    if not signed_links.check(keys, Purpose.ACCEPT_INVITATION, token, invitation.nonce):
        raise NotFound
    if await _is_addressee(work, actor, invitation):
        return await _accept(work, actor, invitation, "token")
    if invitation.role is Role.OWNER:
        raise Forbidden(
            "You are invited as an owner, at another address than that of this account. Sign in "
            "with the invited address, or ask for an invitation to this one.",
            code="invitation_not_for_you",
        )
    shape = await _accept(work, actor, invitation, "token_at_other_address")
    await _tell_inviter(work, invitation)
    return shape


async def accept_invitation_by_id(
    work: UnitOfWork, actor: Actor, invitation_id: InvitationId
) -> MyListShape:
    """Make the actor a member if the invitation is to their verified address.

    Raise NotFound, and what `join_list` raises.
    """
    invitation = await _lock_open_invitation(work, invitation_id)
    await _require_addressee(work, actor, invitation)
    return await _accept(work, actor, invitation, "address")


async def decline_invitation(work: UnitOfWork, actor: Actor, invitation_id: InvitationId) -> None:
    """Decline an invitation to the actor's verified address. Raise NotFound."""
    invitation = await _lock_open_invitation(work, invitation_id)
    await _require_addressee(work, actor, invitation)
    await work.lock_streams([user_stream(actor.user_id)])
    declined = UnclosedInvitation(invitation.id, actor.user_id)
    await list_members.close_invitations(work, actor, [declined], "declined")


async def _accept(
    work: UnitOfWork, actor: Actor, invitation: Invitation, proof: str
) -> MyListShape:
    invitee = await _read_user_id(work, invitation.email_key)
    accepted = UnclosedInvitation(invitation.id, invitee)
    await work.lock_streams([user_stream(actor.user_id), *accepted.streams])
    shape = await join_list(work, actor, invitation.list_id, invitation.role)
    await list_members.close_invitations(work, actor, [accepted], "accepted")
    await audit.record(
        work,
        actor,
        "invitation.accepted",
        user_id=actor.user_id,
        list_id=invitation.list_id,
        facts={"invitation_id": invitation.id, "role": invitation.role.value, "by": proof},
    )
    return shape


async def _tell_inviter(work: UnitOfWork, invitation: Invitation) -> None:
    """Mail the inviter that another address than the invited one joined."""
    audit_id = await audit.record(
        work,
        None,
        "invitation.accepted_elsewhere",
        user_id=invitation.invited_by,
        list_id=invitation.list_id,
        facts={"invitation_id": invitation.id},
    )
    work.add_job(SendSecurityNotice(audit_id=audit_id))


async def _lock_open_invitation(work: UnitOfWork, invitation_id: InvitationId) -> Invitation:
    """Lock the stream of an open invitation's list; return the invitation. Raise NotFound.

    The invitee is no member yet, so the gate cannot decide. The caller checks the proof that the
    invitee presents (`rules.is_addressee` or `signed_links.check`).
    """
    list_id = await work.connection.scalar(
        select(InvitationRow.list_id).where(InvitationRow.id == invitation_id)
    )
    if list_id is None:
        raise NotFound
    await work.lock_streams([list_stream(ListId(list_id))])
    # Read again under the lock: the invitation may be closed by now.
    rows = await work.connection.execute(
        select(*InvitationRow.__table__.c)
        .select_from(InvitationRow)
        .join(ListRow, ListRow.id == InvitationRow.list_id)
        .join(UserRow, UserRow.id == InvitationRow.invited_by)
        .where(
            InvitationRow.id == invitation_id,
            InvitationRow.expires_at > work.now,
            ListRow.deleted_at.is_(None),
            # An invitation by a disabled account is not valid.
            UserRow.status == AccountStatus.ACTIVE.value,
            *IS_UNCLOSED,
        )
    )
    row = rows.one_or_none()
    if row is None:
        raise NotFound
    return _invitation_from_row(row)


async def _require_addressee(work: UnitOfWork, actor: Actor, invitation: Invitation) -> None:
    if not await _is_addressee(work, actor, invitation):
        raise NotFound


async def _is_addressee(work: UnitOfWork, actor: Actor, invitation: Invitation) -> bool:
    key = await work.connection.scalar(
        select(UserRow.email_key).where(
            UserRow.id == actor.user_id, UserRow.verified_at.is_not(None)
        )
    )
    return rules.is_addressee(invitation, key)


async def _read_user_id(work: UnitOfWork, key: str) -> UserId | None:
    found = await work.connection.scalar(
        select(UserRow.id).where(UserRow.email_key == key, UserRow.verified_at.is_not(None))
    )
    return UserId(found) if found else None


async def _require_not_member(work: UnitOfWork, list_id: ListId, user_id: UserId | None) -> None:
    if user_id and user_id in await list_members.read_member_ids(work, list_id):
        raise Conflict("This person is a member already.", code="already_member")


async def _check_open_limit(work: UnitOfWork, list_id: ListId, key: str) -> None:
    to_others = (InvitationRow.list_id == list_id, InvitationRow.email_key != key)
    if await _count(work, *to_others, *IS_UNCLOSED, InvitationRow.expires_at > work.now) >= (
        rules.MAX_OPEN_INVITATIONS
    ):
        raise Conflict(
            message(
                "A list can have at most {limit} open invitations. Withdraw some, or wait for an answer.",
                limit=rules.MAX_OPEN_INVITATIONS,
            ),
            code="too_many_invitations",
        )


async def _check_daily_limits(work: UnitOfWork, actor: Actor, key: str) -> None:
    recent = (
        InvitationRow.invited_by == actor.user_id,
        InvitationRow.created_at > work.now - rules.QUOTA_PERIOD,
    )
    to_address = (*recent, InvitationRow.email_key == key)
    for conditions, limit in (
        (recent, rules.MAX_INVITATIONS_PER_DAY),
        (to_address, rules.MAX_INVITATIONS_PER_DAY_TO_ADDRESS),
    ):
        if await _count(work, *conditions) >= limit:
            oldest = select(func.min(InvitationRow.created_at)).where(*conditions)
            first: datetime = (await work.connection.execute(oldest)).scalar_one()
            wait = first + rules.QUOTA_PERIOD - work.now
            raise RateLimited(max(1, int(wait.total_seconds())))


async def _count(work: UnitOfWork, *conditions: ColumnElement[bool]) -> int:
    counted = select(func.count()).select_from(InvitationRow).where(*conditions)
    return int(await work.connection.scalar(counted))


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


def _invitation_from_row(row: Row[*tuple[Any, ...]]) -> Invitation:
    return Invitation(
        id=InvitationId(row.id),
        list_id=ListId(row.list_id),
        email_key=row.email_key,
        role=Role(row.role),
        nonce=row.nonce,
        invited_by=UserId(row.invited_by),
    )
