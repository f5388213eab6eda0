"""Another address: asked for with the password, in force once its link is followed.

Both steps are told to the old address, which audit rows keep as the fact `old_email`.
"""

from dataclasses import replace

from sqlalchemy import delete

from shared import audit
from shared.accounts.account import Account, find_account_by_email, save_account
from shared.accounts.authentication.sessions import Device, revoke_all_sessions
from shared.accounts.authentication.sign_in import confirm_password, lock_confirmed_account
from shared.accounts.bounces import without_suppression
from shared.accounts.email_links import Link, create_link, invalid_link, void_links
from shared.accounts.rules import invalid_field
from shared.actor import Actor
from shared.contract.events import InvitationClosed, InvitationReceived
from shared.contract.jobs import SendSecurityNotice, SendVerification
from shared.contract.shapes import AccountStatus, InvitationShape
from shared.ids import UserId, user_stream
from shared.members.queries import read_invitations_of_user
from shared.notifications.unsubscribe_links import void_unsubscribe_tokens
from shared.resources import Resources
from shared.signed_links import Purpose
from shared.tables.accounts import UserRow
from shared.text import email_key
from shared.unit_of_work import UnitOfWork


async def change_email(resources: Resources, actor: Actor, email: str, password: str) -> None:
    """A link is on its way to the new address, a notice to the old. Nothing else changed yet.

    Whether the new address has an account already is not told. Raises Forbidden `wrong_password`.
    """
    seen = await confirm_password(resources, actor, password)
    async with resources.begin() as work:
        account = await lock_confirmed_account(work, seen)
        await void_links(work, account.id, Purpose.CHANGE_EMAIL)
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
    """The held account has the link's address; only the session that asked still lives.

    Raises Invalid `email_taken` when somebody else verified it meanwhile.
    """
    if account.status != AccountStatus.ACTIVE:
        raise invalid_link()
    if await _is_taken(work, link.email, account):
        raise invalid_field(
            "token", "This address is another account's by now.", code="email_taken"
        )
    # Somebody who registered the address and never verified it must not keep its holder from it.
    await work.connection.execute(
        delete(UserRow).where(
            UserRow.email_key == email_key(link.email), UserRow.status == AccountStatus.PENDING
        )
    )
    await void_links(work, account.id, Purpose.CHANGE_EMAIL, Purpose.RESET_PASSWORD)
    invited = await read_invitations_of_user(work, account.id)
    # What was refused was the old address.
    after = replace(without_suppression(account), email=link.email, verified_at=work.now)
    changed = await save_account(work, account, after, None)
    await void_unsubscribe_tokens(work, account.id)
    await _exchange_invitations(work, account.id, invited)
    await revoke_all_sessions(work, None, account.id, but=link.session_id)
    audit_id = await audit.record(
        work,
        None,
        "email.changed",
        user_id=account.id,
        facts={"old_email": account.email, "new_email": link.email},
        address=device.address,
    )
    work.add_job(SendSecurityNotice(audit_id=audit_id, to_old_address=True))
    return changed


async def _exchange_invitations(
    work: UnitOfWork, user_id: UserId, before: tuple[InvitationShape, ...]
) -> None:
    """The person's devices no longer show invitations to the old address, but those to the new."""
    stream = user_stream(user_id)
    for one in before:
        work.record(stream, InvitationClosed(invitation_id=one.id, reason="withdrawn"), None)
    for one in await read_invitations_of_user(work, user_id):
        work.record(stream, InvitationReceived(invitation=one), None)


async def _is_taken(work: UnitOfWork, email: str, account: Account) -> bool:
    other = await find_account_by_email(work, email)
    return other is not None and other.id != account.id and other.status != AccountStatus.PENDING
