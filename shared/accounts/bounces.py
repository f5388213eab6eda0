"""Addresses that a mail server refused for good: mail to them is not tried, until somebody says so.

    refused ─suppress_address→ suppressed ─lift_suppression, another address, a followed link→ tried again

Kept on the account, so that its person and the admins see it. Who has no account is not known here:
each invitation to a stranger is somebody's own deed, and limited as such.
"""

from dataclasses import replace

from sqlalchemy import select

from shared import audit
from shared.accounts.account import Account, find_account_by_email, lock_account, save_account
from shared.actor import Actor
from shared.contract.shapes import AccountShape
from shared.errors import NotFound
from shared.tables.accounts import UserRow
from shared.text import email_key
from shared.unit_of_work import ReadTransaction, UnitOfWork


async def is_suppressed(read: ReadTransaction, email: str) -> bool:
    """Tells whether an account has this address, and mail to it was refused."""
    at = await read.connection.scalar(
        select(UserRow.mail_refused_at).where(UserRow.email_key == email_key(email))
    )
    return at is not None


async def suppress_address(work: UnitOfWork, email: str, answer: str) -> bool:
    """Mail to the address is not tried any more, if it is an account's; tells whether that is new.

    `answer` is the codes of the refusal. Called again it keeps the first.
    """
    found = await find_account_by_email(work, email)
    if found is None:
        return False
    try:
        account = await lock_account(work, found.id)
    except NotFound:
        return False
    # Again, under the lock: it may have another address by now.
    if email_key(account.email) != email_key(email) or account.mail_refused_at is not None:
        return False
    after = replace(account, mail_refused_at=work.now, mail_refusal=answer)
    await save_account(work, account, after, None, counts=False)
    facts = {"answer": answer}
    await audit.record(work, None, "email.refused", user_id=account.id, facts=facts)
    return True


async def lift_suppression(work: UnitOfWork, actor: Actor) -> AccountShape:
    """Mail to the actor's address is tried again. Returns the account."""
    account = await lock_account(work, actor.user_id)
    if account.mail_refused_at is None:
        return account.shape()
    after = await save_account(work, account, without_suppression(account), actor, counts=False)
    await audit.record(work, actor, "email.tried_again", user_id=account.id)
    return after.shape()


def without_suppression(account: Account) -> Account:
    """Returns the account as one whose address takes mail."""
    return replace(account, mail_refused_at=None, mail_refusal="")
