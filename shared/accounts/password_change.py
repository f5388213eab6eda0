"""Set a new password: with the current one, or by a mailed link if it is forgotten."""

from dataclasses import replace

from sqlalchemy import update

from shared import audit
from shared.accounts.account import Account, find_account_by_email, lock_account, save_account
from shared.accounts.api_tokens import revoke_all_api_tokens
from shared.accounts.authentication import passwords
from shared.accounts.authentication.devices import Device
from shared.accounts.authentication.sessions import revoke_all_sessions
from shared.accounts.authentication.sign_in import confirm_password, lock_confirmed_account
from shared.accounts.bounces import without_suppression
from shared.accounts.email_links import (
    create_link,
    find_link,
    invalid_link,
    use_link,
    void_links,
)
from shared.accounts.personal_data.leaving import is_blocked, may_sign_in
from shared.accounts.registration import send_verification_again
from shared.actor import Actor
from shared.calendar_feeds.commands import revoke_all_feeds
from shared.contract.jobs import SendPasswordReset, SendSecurityNotice
from shared.contract.shapes import AccountStatus
from shared.ids import UserId
from shared.inbound_mail.commands import revoke_all_addresses
from shared.resources import Resources
from shared.signed_links import Purpose
from shared.tables.interop.webhooks import WebhookRow
from shared.unit_of_work import UnitOfWork


async def change_password(resources: Resources, actor: Actor, current: str, new: str) -> None:
    """Set a new password, revoke every other session, and queue a security mail.

    Raise Forbidden `wrong_password`, or Invalid for an unacceptable new password.
    """
    confirmed = await confirm_password(resources, actor, current)
    passwords.check_acceptable(new, field="new_password", personal=confirmed.email)
    password_hash = await passwords.hash_password(new, passwords.of_account(confirmed.id))
    async with resources.begin() as work:
        account = await lock_confirmed_account(work, confirmed)
        after = replace(account, password_hash=password_hash)
        await save_account(work, account, after, actor, bump_version=False)
        # A link requested by an attacker who knew the old password must not outlive it.
        await void_links(work, account.id, Purpose.RESET_PASSWORD, Purpose.CHANGE_EMAIL)
        await revoke_all_sessions(work, actor, account.id, except_for=actor.session_id)
        audit_id = await audit.record(work, actor, "password.changed", user_id=account.id)
        work.add_job(SendSecurityNotice(audit_id=audit_id))


async def forgot_password(resources: Resources, email: str, device: Device) -> None:
    """Mail a link that sets a new password, if an account has this address.

    A pending account gets its verification link again; a disabled one gets nothing.
    """
    async with resources.begin() as work:
        account = await find_account_by_email(work, email)
        await audit.record(
            work,
            None,
            "password.reset_wanted",
            user_id=account.id if account else None,
            address=device.address,
        )
        if account is None or await is_blocked(work, account):
            return
        if account.status == AccountStatus.PENDING:
            await send_verification_again(work, account, forgot_password=True)
            return
        link_id = await create_link(work, Purpose.RESET_PASSWORD, account.id, account.email)
        if link_id is not None:
            work.add_job(SendPasswordReset(link_id=link_id))


async def send_reset_as_operator(work: UnitOfWork, email: str) -> Account | None:
    """Mail a link that sets a new password, for the command line.

    Return the account if a mail was queued: an active one that had few such mails in this hour.
    """
    account = await find_account_by_email(work, email)
    if account is None or account.status != AccountStatus.ACTIVE:
        return None
    return account if await send_reset(work, None, account) else None


async def send_reset(work: UnitOfWork, actor: Actor | None, account: Account) -> bool:
    """Mail an active account a link that sets a new password, as an admin or the operator.

    Return False if it had several such mails in this hour.
    """
    link_id = await create_link(work, Purpose.RESET_PASSWORD, account.id, account.email)
    if link_id is None:
        return False
    work.add_job(SendPasswordReset(link_id=link_id))
    await audit.record(work, actor, "password.reset_wanted", user_id=account.id)
    return True


async def reset_password(resources: Resources, token: str, new: str, device: Device) -> None:
    """Set a new password by a mailed link, and end what a stranger could have left behind.

    Revoke every session, API token and calendar feed, and disable the webhooks. Raise what `find_link`
    raises, or Invalid for an unacceptable password.
    """
    keys = resources.settings.secrets.signing_keys()
    async with resources.single_read() as read:
        link = await find_link(read, keys, (Purpose.RESET_PASSWORD,), token)
    passwords.check_acceptable(new, personal=link.email)
    password_hash = await passwords.hash_password(new, passwords.of_account(link.user_id))
    async with resources.begin() as work:
        account = await lock_account(work, link.user_id)
        # Check again under the lock: of two concurrent uses of the link, one succeeds.
        link = await find_link(work, keys, (Purpose.RESET_PASSWORD,), token)
        if not await may_sign_in(work, account) or account.email != link.email:
            raise invalid_link()
        await use_link(work, link)
        await void_links(work, account.id, Purpose.RESET_PASSWORD, Purpose.CHANGE_EMAIL)
        # The followed link proves that mail to the address arrives.
        after = replace(without_suppression(account), password_hash=password_hash)
        await save_account(work, account, after, None, bump_version=False)
        await revoke_all_sessions(work, None, account.id)
        await revoke_all_api_tokens(work, None, account.id)
        await revoke_all_feeds(work, account.id)
        await revoke_all_addresses(work, account.id)
        await _disable_webhooks(work, account.id)
        audit_id = await audit.record(
            work, None, "password.reset", user_id=account.id, address=device.address
        )
        work.add_job(SendSecurityNotice(audit_id=audit_id))


async def _disable_webhooks(work: UnitOfWork, user_id: UserId) -> None:
    """Disable the webhooks that a user made, until the user enables them again.

    They are kept: their receivers know their secrets, and the log shows what was sent.
    """
    await work.connection.execute(
        update(WebhookRow)
        .where(WebhookRow.user_id == user_id, WebhookRow.disabled_at.is_(None))
        .values(disabled_at=work.now, disabled_reason="user", retry_at=None)
    )
