"""Compose the mails about accounts and invitations. Raise Obsolete if a mail is no longer wanted."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from shared import signed_links
from shared.accounts.authentication.passwords import UNUSABLE_PASSWORD
from shared.accounts.personal_data.leaving import is_leaving
from shared.accounts.user_agents import device_text
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
from shared.jobs.retries import Obsolete
from shared.languages.texts import message
from shared.notifications.unsubscribe_links import Mails
from shared.signed_links import Purpose
from shared.tables.accounts import AdminMessageRow, AuditRow, LinkRow, UserRow
from shared.tables.lists import ListRow
from shared.tables.members import InvitationRow
from shared.unit_of_work import UnitOfWork
from worker.mail.renderer import EmailMessage, EmailRenderer
from worker.mail.security_email import security_email_text
from worker.notifications.notification_email import unsubscribe_token
from worker.text_format import format_duration, format_instant

_ROLES = {
    "owner": message("as an owner, who may do everything"),
    "editor": message("as an editor, who may change everything in it"),
    "commenter": message("as a commenter, who may read and comment"),
    "viewer": message("as a viewer, who may read it"),
}
# Of users, for EmailRenderer.speaking.
_LANGUAGE = (UserRow.language, UserRow.locale)


async def compose_verification(
    work: UnitOfWork, renderer: EmailRenderer, job: SendVerification
) -> EmailMessage:
    """Return the mail with the link that verifies a new account's address or a changed address.

    A user whom an administrator invited gets the invitation to the site.
    """
    link = await _open_link(work, job.link_id, (Purpose.VERIFY_EMAIL, Purpose.CHANGE_EMAIL))
    is_change = link.purpose == Purpose.CHANGE_EMAIL
    if not is_change and link.status != "pending":
        raise Obsolete("the address is verified already")
    if is_change and link.status != "active":
        raise Obsolete("the account is not active")
    renderer = renderer.speaking(link)
    token = signed_links.make(renderer.keys, Purpose(link.purpose), link.id, link.nonce)
    if link.status == "pending" and link.user_password == UNUSABLE_PASSWORD:
        return await _site_invitation(work, renderer, link, token)
    return renderer.render(
        "email_change" if is_change else "verification",
        link.email,
        renderer.t("Confirm your new address") if is_change else renderer.t("Confirm your address"),
        name=link.name,
        email=link.email,
        link=renderer.link("verify", token),
        valid_for=format_duration(link.expires_at - work.now, renderer.t),
    )


async def _site_invitation(
    work: UnitOfWork, renderer: EmailRenderer, link: Any, token: str
) -> EmailMessage:
    """Return the mail to a user for whom an administrator made an account: they choose a password."""
    inviter = await work.connection.scalar(
        select(UserRow.name)
        .join(AuditRow, AuditRow.actor_id == UserRow.id)
        .where(AuditRow.user_id == link.user_id, AuditRow.action == "account.invited")
        .limit(1)
    )
    # The operator of the machine has no account, and one that was deleted no name.
    return renderer.render(
        "site_invitation",
        link.email,
        renderer.t("{name} invites you to {site}", name=inviter, site=renderer.site_name)
        if inviter
        else renderer.t("You are invited to {site}", site=renderer.site_name),
        inviter=inviter or renderer.t("An administrator"),
        name=link.name,
        email=link.email,
        link=renderer.link("verify", token),
        providers=renderer.providers_for(link.email),
        valid_for=format_duration(link.expires_at - work.now, renderer.t),
    )


async def compose_password_reset(
    work: UnitOfWork, renderer: EmailRenderer, job: SendPasswordReset
) -> EmailMessage:
    """Return the mail with the link for choosing a new password."""
    link = await _open_link(work, job.link_id, (Purpose.RESET_PASSWORD,))
    if link.status == "disabled" and not await is_leaving(work, UserId(link.user_id)):
        raise Obsolete("the account is disabled")
    renderer = renderer.speaking(link)
    token = signed_links.make(renderer.keys, Purpose.RESET_PASSWORD, link.id, link.nonce)
    return renderer.render(
        "password_reset",
        link.email,
        renderer.t("Choose a new password"),
        name=link.name,
        link=renderer.link("reset", token),
        valid_for=format_duration(link.expires_at - work.now, renderer.t),
    )


async def compose_already_registered(
    work: UnitOfWork, renderer: EmailRenderer, job: SendAlreadyRegistered
) -> EmailMessage:
    """Return the mail to the owner of an address with which another registration was attempted."""
    user = await _reachable_user(work, job.user_id)
    renderer = renderer.speaking(user)
    return renderer.render(
        "already_registered",
        user.email,
        renderer.t("You already have an account"),
        name=user.name,
        email=user.email,
    )


async def compose_security_email(
    work: UnitOfWork, renderer: EmailRenderer, job: SendSecurityNotice
) -> EmailMessage:
    """Return what happened to an account, when, and from where. Accounts in all states get it."""
    audit = (
        await work.connection.execute(
            select(
                AuditRow.action,
                AuditRow.at,
                AuditRow.address,
                AuditRow.facts,
                AuditRow.user_id,
            ).where(AuditRow.id == job.audit_id)
        )
    ).one_or_none()
    if audit is None:
        raise Obsolete("the audit entry was deleted")
    user = await _find_user(work, audit.user_id)
    to = audit.facts.get("old_email") if job.to_old_address else user and user.email
    if not isinstance(to, str) or not to:
        raise Obsolete("the account is deleted, and no address is known")
    zone = user.time_zone if user else "UTC"
    renderer = renderer.speaking(user) if user else renderer
    t = renderer.t
    text = security_email_text(audit.action)
    delete_at = audit.facts.get("delete_at")
    until = format_instant(datetime.fromisoformat(delete_at), zone, t) if delete_at else ""
    action = audit.action.replace(".", " ")
    return renderer.render(
        "security_email",
        to,
        t.of(text.subject),
        name=user.name if user else "",
        what=t(text.what, **(audit.facts | {"until": until, "action": action})),
        advice=t.of(text.advice),
        when=format_instant(audit.at, zone, t),
        address=audit.address if text.shows_address else "",
        device=renderer.t.of(device_text(audit.facts.get("device", ""))),
        links=[(t.of(name), renderer.settings_link(section)) for name, section in text.links],
    )


async def compose_invitation(
    work: UnitOfWork, renderer: EmailRenderer, job: SendInvitation
) -> EmailMessage:
    """Return the mail with the link that lets the invited user join a list."""
    row = (
        await work.connection.execute(
            select(
                InvitationRow.id,
                InvitationRow.email,
                InvitationRow.email_key,
                InvitationRow.role,
                InvitationRow.nonce,
                InvitationRow.expires_at,
                InvitationRow.accepted_at,
                InvitationRow.declined_at,
                InvitationRow.withdrawn_at,
                ListRow.name.label("list_name"),
                ListRow.deleted_at,
                UserRow.name.label("inviter"),
                UserRow.status.label("inviter_status"),
                *_LANGUAGE,
            )
            .join(ListRow, ListRow.id == InvitationRow.list_id)
            .outerjoin(UserRow, UserRow.id == InvitationRow.invited_by)
            .where(InvitationRow.id == job.invitation_id)
        )
    ).one_or_none()
    if row is None or row.expires_at <= work.now:
        raise Obsolete("the invitation is not open any more")
    if row.accepted_at or row.declined_at or row.withdrawn_at:
        raise Obsolete("the invitation was answered or withdrawn")
    if row.deleted_at is not None or row.inviter_status == "disabled":
        raise Obsolete("the list is deleted, or the inviter is disabled")
    invited = (
        await work.connection.execute(
            select(UserRow.id, *_LANGUAGE).where(
                UserRow.email_key == row.email_key, UserRow.verified_at.is_not(None)
            )
        )
    ).one_or_none()
    # A stranger most likely speaks the language of who invites them.
    renderer = renderer.speaking(invited or row)
    inviter = row.inviter or renderer.t("Somebody")
    user_id = invited and invited.id
    # Only users can unsubscribe: without an account there are no settings to store the choice in.
    unsubscribe = user_id and await unsubscribe_token(
        work, renderer, UserId(user_id), NotificationKind.INVITED, Mails.INVITATIONS
    )
    token = signed_links.make(renderer.keys, Purpose.ACCEPT_INVITATION, row.id, row.nonce)
    return renderer.render(
        "invitation",
        row.email,
        renderer.t("{name} shares “{list}” with you", name=inviter, list=row.list_name),
        unsubscribe=unsubscribe or None,
        inviter=inviter,
        list_name=row.list_name,
        role=renderer.t.of(_ROLES[row.role]),
        link=renderer.link("invitation", token),
        valid_for=format_duration(row.expires_at - work.now, renderer.t),
    )


async def compose_admin_message(
    work: UnitOfWork, renderer: EmailRenderer, job: SendAdminMessage
) -> EmailMessage:
    """Return the mail with an administrator's message to a user."""
    message = (
        await work.connection.execute(
            select(AdminMessageRow.user_id, AdminMessageRow.subject, AdminMessageRow.body).where(
                AdminMessageRow.id == job.message_id
            )
        )
    ).one_or_none()
    if message is None:
        raise Obsolete("the message was deleted")
    user = await _reachable_user(work, message.user_id)
    paragraphs = [part.strip() for part in message.body.split("\n\n") if part.strip()]
    return renderer.render(
        "admin_message", user.email, message.subject, name=user.name, paragraphs=paragraphs
    )


async def _open_link(work: UnitOfWork, link_id: str, purposes: tuple[Purpose, ...]) -> Any:
    """Return the link and its user. Raise Obsolete if it is used, expired or of another purpose."""
    link = (
        await work.connection.execute(
            select(
                LinkRow.id,
                LinkRow.user_id,
                LinkRow.purpose,
                LinkRow.email,
                LinkRow.nonce,
                LinkRow.expires_at,
                LinkRow.used_at,
                UserRow.name,
                UserRow.status,
                UserRow.password_hash.label("user_password"),
                *_LANGUAGE,
            )
            .join(UserRow, UserRow.id == LinkRow.user_id)
            .where(LinkRow.id == link_id)
        )
    ).one_or_none()
    if link is None or link.used_at is not None or link.expires_at <= work.now:
        raise Obsolete("the link is used or expired")
    if link.purpose not in purposes:
        raise Obsolete("the link has another purpose")
    return link


async def _find_user(work: UnitOfWork, user_id: str | None) -> Any:
    rows = await work.connection.execute(
        select(UserRow.name, UserRow.email, UserRow.status, UserRow.time_zone, *_LANGUAGE).where(
            UserRow.id == user_id
        )
    )
    return rows.one_or_none()


async def _reachable_user(work: UnitOfWork, user_id: str) -> Any:
    """Return an account that may get mail. Raise Obsolete if it is deleted or disabled."""
    user = await _find_user(work, user_id)
    if user is None or user.status == "disabled":
        raise Obsolete("the account is deleted or disabled")
    return user
