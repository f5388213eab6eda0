"""Suppression list: addresses that a mail server rejected permanently and that get no more mail.

    deliverable ─ suppress_address → suppressed ─ lift_suppression, change of address,
                                                  or a followed link → deliverable

A suppression is stored on the account, where its user and the admins see it. Addresses without an
account are not suppressed: they get only invitations, each sent by a user and rate-limited.
"""

from collections.abc import Collection
from dataclasses import replace

from sqlalchemy import bindparam, select

from shared import audit
from shared.accounts.account import Account, find_account_by_email, lock_account, save_account
from shared.actor import Actor
from shared.contract.shapes import AccountShape
from shared.errors import NotFound
from shared.ids import UserId
from shared.tables.accounts import UserRow
from shared.text import email_key
from shared.unit_of_work import ReadTransaction, UnitOfWork

_SUPPRESSED_KEYS = select(UserRow.email_key).where(
    UserRow.email_key.in_(bindparam("keys", expanding=True)), UserRow.mail_refused_at.is_not(None)
)


async def find_suppressed(read: ReadTransaction, emails: Collection[str]) -> set[str]:
    """Return the addresses, of those given, that an account has and to which mail is suppressed."""
    if not emails:
        return set()
    keys = {email: email_key(email) for email in emails}
    found = set(await read.connection.scalars(_SUPPRESSED_KEYS, {"keys": list(keys.values())}))
    return {email for email, key in keys.items() if key in found}


async def suppress_address(work: UnitOfWork, email: str, reply_codes: str) -> bool:
    """Suppress mail to an account's address. Return True if it was not suppressed before.

    `reply_codes` are the SMTP codes of the rejection, such as "550 5.1.1". A second call keeps the
    first codes. Return False for an address without an account.
    """
    found = await find_account_by_email(work, email)
    if found is None:
        return False
    try:
        account = await lock_account(work, found.id)
    except NotFound:
        return False
    # Check again under the lock: the account may have another address by now.
    if email_key(account.email) != email_key(email) or account.mail_refused_at is not None:
        return False
    after = replace(account, mail_refused_at=work.now, mail_refusal=reply_codes)
    await save_account(work, account, after, None, bump_version=False)
    facts = {"answer": reply_codes}
    await audit.record(work, None, "email.refused", user_id=account.id, facts=facts)
    return True


async def lift_suppression(work: UnitOfWork, actor: Actor | None, user_id: UserId) -> AccountShape:
    """Send mail to the account's address again. Return the account.

    The caller has authorized `actor`, who is None for the operator. Raise NotFound.
    """
    account = await lock_account(work, user_id)
    if account.mail_refused_at is None:
        return account.shape()
    after = await save_account(
        work, account, without_suppression(account), actor, bump_version=False
    )
    await audit.record(work, actor, "email.tried_again", user_id=account.id)
    return after.shape()


def without_suppression(account: Account) -> Account:
    """Return a copy of the account whose address is not suppressed."""
    return replace(account, mail_refused_at=None, mail_refusal="")
