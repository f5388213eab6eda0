"""What each mail about an account says, and whether it is still wanted. Reminders: reminders.py."""

from typing import Any

from sqlalchemy import Row, select

from shared import signed_links
from shared.contract.jobs import (
    SendAdminMessage,
    SendAlreadyRegistered,
    SendInvitation,
    SendPasswordReset,
    SendSecurityNotice,
    SendVerification,
)
from shared.contract.notifications import NotificationKind
from shared.ids import UserId
from shared.jobs.retries import Unwanted
from shared.notifications.unsubscribe_links import Mails
from shared.signed_links import Purpose
from shared.tables.accounts import AdminMessageRow, AuditRow, LinkRow, UserRow
from shared.tables.lists import ListRow
from shared.tables.members import InvitationRow
from shared.unit_of_work import UnitOfWork
from worker.mail.renderer import Letter, Letters
from worker.mail.security_email import notice_of
from worker.notifications.notification_email import stop_link
from worker.text_format import hours_in_words, instant_in_words

_ROLES = {
    "owner": "as an owner, who may do everything",
    "editor": "as an editor, who may change everything in it",
    "commenter": "as a commenter, who may read and comment",
    "viewer": "as a viewer, who may read it",
}


async def write_verification(work: UnitOfWork, letters: Letters, job: SendVerification) -> Letter:
    """Returns the link that proves an address, of a new account or a changed one."""
    link = await _open_link(work, job.link_id, (Purpose.VERIFY_EMAIL, Purpose.CHANGE_EMAIL))
    is_change = link.purpose == Purpose.CHANGE_EMAIL
    if not is_change and link.status != "pending":
        raise Unwanted("the address is verified already")
    if is_change and link.status != "active":
        raise Unwanted("the account is not active")
    token = signed_links.make(letters.keys, Purpose(link.purpose), link.id, link.nonce)
    return letters.write(
        "email_change" if is_change else "verification",
        link.email,
        "Confirm your new address" if is_change else "Confirm your address",
        name=link.name,
        email=link.email,
        link=letters.link("verify", token),
        valid_for=hours_in_words(link.expires_at - work.now),
    )


async def write_password_reset(
    work: UnitOfWork, letters: Letters, job: SendPasswordReset
) -> Letter:
    """Returns the link that lets a person choose a new password."""
    link = await _open_link(work, job.link_id, (Purpose.RESET_PASSWORD,))
    if link.status == "disabled":
        raise Unwanted("the account is disabled")
    token = signed_links.make(letters.keys, Purpose.RESET_PASSWORD, link.id, link.nonce)
    return letters.write(
        "password_reset",
        link.email,
        "Choose a new password",
        name=link.name,
        link=letters.link("reset", token),
        valid_for=hours_in_words(link.expires_at - work.now),
    )


async def write_already_registered(
    work: UnitOfWork, letters: Letters, job: SendAlreadyRegistered
) -> Letter:
    """Returns what the owner of an address is told when somebody registers it again."""
    user = await _person(work, job.user_id)
    return letters.write(
        "already_registered", user.email, "You already have an account", name=user.name,
        email=user.email,
    )  # fmt: skip


async def write_security_notice(
    work: UnitOfWork, letters: Letters, job: SendSecurityNotice
) -> Letter:
    """Returns what happened to an account, when, and from where. Sent whatever its state."""
    audit = (
        await work.connection.execute(
            select(AuditRow.action, AuditRow.at, AuditRow.address, AuditRow.facts, AuditRow.user_id)
            .where(AuditRow.id == job.audit_id)
        )
    ).one_or_none()  # fmt: skip
    if audit is None:
        raise Unwanted("the audit does not know it")
    user = await _row_of(work, audit.user_id)
    to = audit.facts.get("old_email") if job.to_old_address else user and user.email
    if not isinstance(to, str) or not to:
        raise Unwanted("there is nobody to tell")
    notice = notice_of(audit.action)
    return letters.write(
        "security_notice",
        to,
        "A change to your account",
        name=user.name if user else "",
        what=notice.what,
        advice=notice.advice,
        when=instant_in_words(audit.at, user.time_zone if user else "UTC"),
        address=audit.address if notice.shows_address else "",
    )


async def write_invitation(work: UnitOfWork, letters: Letters, job: SendInvitation) -> Letter:
    """Returns the link that lets the invited person into a list."""
    row = (
        await work.connection.execute(
            select(
                InvitationRow.id, InvitationRow.email, InvitationRow.email_key, InvitationRow.role,
                InvitationRow.nonce,
                InvitationRow.expires_at, InvitationRow.accepted_at, InvitationRow.declined_at,
                InvitationRow.withdrawn_at, ListRow.name.label("list_name"), ListRow.deleted_at,
                UserRow.name.label("inviter"), UserRow.status.label("inviter_status"),
            )
            .join(ListRow, ListRow.id == InvitationRow.list_id)
            .outerjoin(UserRow, UserRow.id == InvitationRow.invited_by)
            .where(InvitationRow.id == job.invitation_id)
        )
    ).one_or_none()  # fmt: skip
    if row is None or row.expires_at <= work.now:
        raise Unwanted("the invitation is not open any more")
    if row.accepted_at or row.declined_at or row.withdrawn_at:
        raise Unwanted("the invitation was answered or withdrawn")
    if row.deleted_at is not None or row.inviter_status == "disabled":
        raise Unwanted("the list is gone, or whoever invited is disabled")
    inviter = row.inviter or "Somebody"
    invited = await work.connection.scalar(
        select(UserRow.id).where(
            UserRow.email_key == row.email_key, UserRow.verified_at.is_not(None)
        )
    )
    # Without an account there is nobody who could have chosen, and nothing to choose with.
    kind = NotificationKind.INVITED
    stop = invited and await stop_link(work, letters, UserId(invited), kind, Mails.INVITATIONS)
    token = signed_links.make(letters.keys, Purpose.ACCEPT_INVITATION, row.id, row.nonce)
    return letters.write(
        "invitation",
        row.email,
        f"{inviter} shares “{row.list_name}” with you",
        stop=stop or None,
        inviter=inviter,
        list_name=row.list_name,
        role=_ROLES[row.role],
        link=letters.link("invitation", token),
        valid_for=hours_in_words(row.expires_at - work.now),
    )


async def write_admin_message(work: UnitOfWork, letters: Letters, job: SendAdminMessage) -> Letter:
    """Returns what an administrator of this site wrote to a person."""
    message = (
        await work.connection.execute(
            select(AdminMessageRow.user_id, AdminMessageRow.subject, AdminMessageRow.body).where(
                AdminMessageRow.id == job.message_id
            )
        )
    ).one_or_none()
    if message is None:
        raise Unwanted("the message is gone")
    user = await _person(work, message.user_id)
    paragraphs = [part.strip() for part in message.body.split("\n\n") if part.strip()]
    return letters.write(
        "admin_message", user.email, message.subject, name=user.name, paragraphs=paragraphs
    )


async def _open_link(
    work: UnitOfWork, link_id: str, purposes: tuple[Purpose, ...]
) -> Row[*tuple[Any, ...]]:
    """Returns the link and whose it is. Raises Unwanted when it is used, over or not theirs."""
    link = (
        await work.connection.execute(
            select(
                LinkRow.id, LinkRow.purpose, LinkRow.email, LinkRow.nonce, LinkRow.expires_at,
                LinkRow.used_at, UserRow.name, UserRow.status,
            )
            .join(UserRow, UserRow.id == LinkRow.user_id)
            .where(LinkRow.id == link_id)
        )
    ).one_or_none()  # fmt: skip
    if link is None or link.used_at is not None or link.expires_at <= work.now:
        raise Unwanted("the link is used or expired")
    if link.purpose not in purposes:
        raise Unwanted("the link is for something else")
    return link


async def _row_of(work: UnitOfWork, user_id: str | None) -> Row[*tuple[Any, ...]] | None:
    rows = await work.connection.execute(
        select(UserRow.name, UserRow.email, UserRow.status, UserRow.time_zone).where(
            UserRow.id == user_id
        )
    )
    return rows.one_or_none()


async def _person(work: UnitOfWork, user_id: str) -> Row[*tuple[Any, ...]]:
    """Returns an account that may be written to. Raises Unwanted."""
    user = await _row_of(work, user_id)
    if user is None or user.status == "disabled":
        raise Unwanted("the account is gone or disabled")
    return user
