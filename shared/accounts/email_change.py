"""Change the address of an account: requested in a session, completed by a mailed link.

A security mail about each step goes to the old address, which the audit keeps as `old_email`.
"""

from dataclasses import replace

from sqlalchemy import delete

from shared import audit
from shared.accounts.account import Account, find_account_by_email, lock_own_account, save_account
from shared.accounts.authentication.devices import Device
from shared.accounts.authentication.sessions import revoke_all_sessions
from shared.accounts.bounces import without_suppression
from shared.accounts.email_domains import require_allowed_domain
from shared.accounts.email_links import Link, VoidReason, create_link, invalid_link, void_links
from shared.accounts.rules import invalid_field
from shared.actor import Actor
from shared.contract.events import InvitationClosed, InvitationReceived
from shared.contract.jobs import SendSecurityNotice, SendVerification
from shared.contract.shapes import AccountStatus, InvitationShape
from shared.ids import UserId, user_stream
from shared.members.queries import read_invitations_of_user
from shared.notifications.unsubscribe_links import void_unsubscribe_tokens
from shared.settings import Settings
from shared.signed_links import Purpose
from shared.tables.accounts import UserRow
from shared.text import email_key
from shared.unit_of_work import UnitOfWork


async def change_email(work: UnitOfWork, settings: Settings, actor: Actor, email: str) -> None:
    """Mail a link to the new address and a security mail to the old one; change nothing yet.

    The answer does not say whether the new address has an account: then no link is mailed. Raise
    Forbidden `email_domain_not_allowed`.
    """
    require_allowed_domain(settings, email)
    account = await lock_own_account(work, actor)
    await void_links(work, account.id, Purpose.CHANGE_EMAIL, reason=VoidReason.SUPERSEDED)
    audit_id = await audit.record(
        work,
        actor,
        "email.change_wanted",
        user_id=account.id,
        facts={"old_email": account.email, "new_email": email},
    )
    work.add_job(SendSecurityNotice(audit_id=audit_id, to_old_address=True))
    if await _is_taken(work, email, account):
        return
    link_id = await create_link(
        work, Purpose.CHANGE_EMAIL, account.id, email, session_id=actor.session_id
    )
    if link_id is not None:
        work.add_job(SendVerification(link_id=link_id))


async def complete_email_change(
    work: UnitOfWork, account: Account, link: Link, device: Device
) -> Account:
    """Give the locked account the link's address, and revoke all sessions but the one that asked.

    Raise Invalid `email_taken` if another account verified the address meanwhile.
    """
    if account.status != AccountStatus.ACTIVE:
        raise invalid_link()
    if await _is_taken(work, link.email, account):
        raise invalid_field(
            "token", "This address is another account's by now.", code="email_taken"
        )
    # A pending registration of the address must not block its holder.
    await work.connection.execute(
        delete(UserRow).where(
            UserRow.email_key == email_key(link.email), UserRow.status == AccountStatus.PENDING
        )
    )
    await void_links(work, account.id, Purpose.CHANGE_EMAIL, Purpose.RESET_PASSWORD)
    invitations_before = await read_invitations_of_user(work, account.id)
    # The suppression was about the old address.
    after = replace(without_suppression(account), email=link.email, verified_at=work.now)
    saved = await save_account(work, account, after, None)
    await void_unsubscribe_tokens(work, account.id)
    await _replace_invitations(work, account.id, invitations_before)
    await revoke_all_sessions(work, None, account.id, except_for=link.session_id)
    audit_id = await audit.record(
        work,
        None,
        "email.changed",
        user_id=account.id,
        facts={"old_email": account.email, "new_email": link.email},
        address=device.address,
    )
    work.add_job(SendSecurityNotice(audit_id=audit_id, to_old_address=True))
    return saved


async def _replace_invitations(
    work: UnitOfWork, user_id: UserId, before: tuple[InvitationShape, ...]
) -> None:
    """Record events that replace the invitations to the old address by those to the new one."""
    stream = user_stream(user_id)
    for invitation in before:
        closed = InvitationClosed(invitation_id=invitation.id, reason="withdrawn")
        work.record(stream, closed, None)
    for invitation in await read_invitations_of_user(work, user_id):
        work.record(stream, InvitationReceived(invitation=invitation), None)


async def _is_taken(work: UnitOfWork, email: str, account: Account) -> bool:
    other = await find_account_by_email(work, email)
    return other is not None and other.id != account.id and other.status != AccountStatus.PENDING
