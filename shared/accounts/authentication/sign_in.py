"""Signing in with address and password, and showing the password again.

Unknown address and wrong password are one answer, in one time. Only who knows the password learns
that the account is not verified, or disabled.
"""

from dataclasses import replace

from shared import audit
from shared.accounts.account import (
    Account,
    find_account,
    find_account_by_email,
    lock_account,
    save_account,
)
from shared.accounts.authentication import passwords
from shared.accounts.authentication.sessions import Device, IssuedTokens, open_session
from shared.actor import Actor
from shared.contract.shapes import AccountStatus
from shared.errors import DomainError, Forbidden, NotFound, Unauthenticated
from shared.resources import Resources
from shared.settings import Settings
from shared.unit_of_work import UnitOfWork


async def sign_in(resources: Resources, email: str, password: str, device: Device) -> IssuedTokens:
    """The device is signed in. Success and failure are both in the audit.

    Raises Unauthenticated `bad_credentials`, Forbidden `unverified` or `disabled`.
    """
    async with resources.begin_read() as read:
        account = await find_account_by_email(read, email)
    # Between two transactions: a hash takes a tenth of a second.
    right = await passwords.is_correct(password, account.password_hash if account else None)
    newer = None
    if account and right and passwords.is_outdated(account.password_hash):
        newer = await passwords.hash_password(password)
    async with resources.begin() as work:
        # A refusal is returned and not raised, so that what the audit says of it is committed.
        if account and right:
            outcome = await _enter(work, resources.settings, account, newer, device)
        else:
            outcome = _bad_credentials()
        if isinstance(outcome, DomainError):
            await audit.record(
                work,
                None,
                "sign_in.failed",
                user_id=account.id if account else None,
                facts={"reason": outcome.reason},
                address=device.address,
            )
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome


async def confirm_password(resources: Resources, actor: Actor, password: str) -> Account:
    """Returns the actor's account, whose password this is. Raises Forbidden `wrong_password`.

    Asked outside a transaction, before what it protects; `lock_confirmed_account` closes the gap.
    """
    async with resources.begin_read() as read:
        account = await find_account(read, actor.user_id)
    kept = account.password_hash if account else None
    if account is None or not await passwords.is_correct(password, kept):
        async with resources.begin() as work:
            await audit.record(work, actor, "password.wrong", user_id=actor.user_id)
        raise wrong_password()
    return account


async def lock_confirmed_account(work: UnitOfWork, seen: Account) -> Account:
    """Returns the account, held, if its password is still the one that was checked."""
    account = await lock_account(work, seen.id)
    if account.password_hash != seen.password_hash:
        raise wrong_password()
    return account


def wrong_password() -> Forbidden:
    return Forbidden("This is not your password.", code="wrong_password")


async def _enter(
    work: UnitOfWork, settings: Settings, seen: Account, newer_hash: str | None, device: Device
) -> IssuedTokens | DomainError:
    try:
        account = await lock_account(work, seen.id)
    except NotFound:
        return _bad_credentials()
    # The password was checked before the account was held; it may have been changed since.
    if account.password_hash != seen.password_hash:
        return _bad_credentials()
    if account.status == AccountStatus.PENDING:
        return Forbidden("Follow the link in our mail first.", code="unverified")
    if account.status == AccountStatus.DISABLED:
        return Forbidden("This account is disabled. Ask an administrator.", code="disabled")
    if newer_hash:
        after = replace(account, password_hash=newer_hash)
        account = await save_account(work, account, after, None, counts=False)
    return await open_session(work, settings, account, device)


def _bad_credentials() -> Unauthenticated:
    return Unauthenticated("The address or the password is wrong.", code="bad_credentials")
