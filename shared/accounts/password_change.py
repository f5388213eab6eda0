"""A new password: with the old one, or by a link in a mail when it is forgotten."""

from dataclasses import replace

from shared import audit
from shared.accounts.account import find_account_by_email, lock_account, save_account
from shared.accounts.authentication import passwords
from shared.accounts.authentication.sessions import Device, revoke_all_sessions
from shared.accounts.authentication.sign_in import confirm_password, lock_confirmed_account
from shared.accounts.bounces import without_suppression
from shared.accounts.email_links import create_link, find_link, invalid_link, void_links
from shared.accounts.registration import send_verification_again
from shared.actor import Actor
from shared.contract.jobs import SendPasswordReset, SendSecurityNotice
from shared.contract.shapes import AccountStatus
from shared.resources import Resources
from shared.signed_links import Purpose


async def change_password(resources: Resources, actor: Actor, current: str, new: str) -> None:
    """The new password is in force, every other session is dead, and a notice is on its way.

    Raises Forbidden `wrong_password`, Invalid for a password that nobody should choose.
    """
    seen = await confirm_password(resources, actor, current)
    passwords.check_acceptable(new, field="new_password", personal=seen.email)
    password_hash = await passwords.hash_password(new)
    async with resources.begin() as work:
        account = await lock_confirmed_account(work, seen)
        after = replace(account, password_hash=password_hash)
        await save_account(work, account, after, actor, counts=False)
        # A link asked for by whoever knew the old password dies with it.
        await void_links(work, account.id, Purpose.RESET_PASSWORD, Purpose.CHANGE_EMAIL)
        await revoke_all_sessions(work, actor, account.id, but=actor.session_id)
        audit_id = await audit.record(work, actor, "password.changed", user_id=account.id)
        work.add_job(SendSecurityNotice(audit_id=audit_id))


async def forgot_password(resources: Resources, email: str, device: Device) -> None:
    """If somebody has this address, a link to choose a new password is on its way to it."""
    async with resources.begin() as work:
        account = await find_account_by_email(work, email)
        await audit.record(
            work,
            None,
            "password.reset_wanted",
            user_id=account.id if account else None,
            address=device.address,
        )
        if account is None or account.status == AccountStatus.DISABLED:
            return
        if account.status == AccountStatus.PENDING:
            await send_verification_again(work, account, forgot_password=True)
            return
        link_id = await create_link(work, Purpose.RESET_PASSWORD, account.id, account.email)
        if link_id is not None:
            work.add_job(SendPasswordReset(link_id=link_id))


async def reset_password(resources: Resources, token: str, new: str, device: Device) -> None:
    """The new password is in force and every session is dead.

    Raises Invalid `link_invalid`, `link_used`, or for a password that nobody should choose.
    """
    keys = resources.settings.secrets.signing_keys()
    async with resources.begin_read() as read:
        link = await find_link(read, keys, (Purpose.RESET_PASSWORD,), token)
    passwords.check_acceptable(new, personal=link.email)
    password_hash = await passwords.hash_password(new)
    async with resources.begin() as work:
        account = await lock_account(work, link.user_id)
        # Again, under the lock: of two who hold the link one changes the password.
        link = await find_link(work, keys, (Purpose.RESET_PASSWORD,), token)
        if account.status != AccountStatus.ACTIVE or account.email != link.email:
            raise invalid_link()
        await void_links(work, account.id, Purpose.RESET_PASSWORD, Purpose.CHANGE_EMAIL)
        # Mail arrives: its link is here.
        after = replace(without_suppression(account), password_hash=password_hash)
        await save_account(work, account, after, None, counts=False)
        await revoke_all_sessions(work, None, account.id)
        audit_id = await audit.record(
            work, None, "password.reset", user_id=account.id, address=device.address
        )
        work.add_job(SendSecurityNotice(audit_id=audit_id))
