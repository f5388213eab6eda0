"""Accounts whose deletion was requested and whose time of grace is not over: "leaving" accounts.

Their status is `disabled`, so nothing that takes an active account serves them. Their user can sign in
nevertheless, unless an administrator disabled the account too. Such a session can keep the account or
delete it now, and nothing else: no other route accepts it.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, select, update

from shared.accounts.account import Account
from shared.accounts.authentication.access_tokens import check_access_token
from shared.actor import Actor
from shared.contract.shapes import AccountShape, AccountStatus, ManagedAccountShape, SiteRole
from shared.errors import Unauthenticated
from shared.ids import UserId
from shared.resources import Resources
from shared.tables.accounts import SessionRow, UserRow
from shared.tables.personal_data import AccountDeletionRow
from shared.unit_of_work import ReadTransaction, UnitOfWork

# When the account of a row of users is deleted, also if it is blocked.
DELETE_AT = (
    select(AccountDeletionRow.delete_at)
    .where(AccountDeletionRow.user_id == UserRow.id)
    .scalar_subquery()
    .label("delete_at")
)


@dataclass(frozen=True)
class Leaving:
    """The user of a leaving account, signed in."""

    actor: Actor
    delete_at: datetime
    # When the user proved who they are.
    authenticated_at: datetime


async def read_delete_at(read: ReadTransaction, account: Account) -> datetime | None:
    """Return when a leaving account is deleted; None for any other, and for a blocked one."""
    if account.status != AccountStatus.DISABLED:
        return None
    delete_at: datetime | None = await read.connection.scalar(
        select(AccountDeletionRow.delete_at).where(
            AccountDeletionRow.user_id == account.id, AccountDeletionRow.blocked_at.is_(None)
        )
    )
    return delete_at


async def as_managed(read: ReadTransaction, account: AccountShape) -> ManagedAccountShape:
    """Return the account as administrators see it: with its deletion, also if it is blocked."""
    delete_at = await read.connection.scalar(
        select(AccountDeletionRow.delete_at).where(AccountDeletionRow.user_id == account.id)
    )
    return ManagedAccountShape(**dict(account), delete_at=delete_at)


async def may_sign_in(read: ReadTransaction, account: Account) -> bool:
    """Return True for an active account, and for a leaving one."""
    if account.status == AccountStatus.ACTIVE:
        return True
    return await read_delete_at(read, account) is not None


async def is_blocked(read: ReadTransaction, account: Account) -> bool:
    """Return True if an administrator disabled the account; False if its user is leaving."""
    if account.status != AccountStatus.DISABLED:
        return False
    return await read_delete_at(read, account) is None


async def is_leaving(read: ReadTransaction, user_id: UserId) -> bool:
    """Return True if the deletion of the account was requested, also if it is blocked."""
    found = await read.connection.scalar(
        select(AccountDeletionRow.user_id).where(AccountDeletionRow.user_id == user_id)
    )
    return found is not None


def is_overdue(now: datetime) -> ColumnElement[bool]:
    """Return the condition for requests whose time of grace is over."""
    return AccountDeletionRow.delete_at <= now


async def is_due(read: ReadTransaction, user_id: UserId) -> bool:
    found = await read.connection.scalar(
        select(AccountDeletionRow.user_id).where(
            AccountDeletionRow.user_id == user_id, is_overdue(read.now)
        )
    )
    return found is not None


async def authenticate_leaving(resources: Resources, token: str, address: str = "") -> Leaving:
    """Return the user of a leaving account, by the access token of their session.

    Raise Unauthenticated, also for a session of an active account.
    """
    claims = check_access_token(resources.settings, token, resources.clock.now())
    async with resources.single_read() as read:
        rows = await read.connection.execute(
            select(
                UserRow.name,
                UserRow.site_role,
                func.coalesce(SessionRow.authenticated_at, SessionRow.created_at).label(
                    "proved_at"
                ),
                AccountDeletionRow.delete_at,
            )
            .join(SessionRow, SessionRow.user_id == UserRow.id)
            .join(AccountDeletionRow, AccountDeletionRow.user_id == UserRow.id)
            .where(
                UserRow.id == claims.user_id,
                UserRow.status == AccountStatus.DISABLED,
                AccountDeletionRow.blocked_at.is_(None),
                SessionRow.id == claims.session_id,
                SessionRow.revoked_at.is_(None),
                SessionRow.expires_at > read.now,
            )
        )
    row = rows.one_or_none()
    if row is None:
        raise Unauthenticated
    actor = Actor(claims.user_id, row.name, claims.session_id, SiteRole(row.site_role), address)
    return Leaving(actor, row.delete_at, row.proved_at)


async def stop_deletion(work: UnitOfWork, user_id: UserId) -> bool:
    """Forget the request to delete the locked account; return False if there was none."""
    rows = await work.connection.scalars(
        delete(AccountDeletionRow)
        .where(AccountDeletionRow.user_id == user_id)
        .returning(AccountDeletionRow.user_id)
    )
    return bool(list(rows))


async def block_leaving(work: UnitOfWork, user_id: UserId) -> bool:
    """Let the user of the locked, leaving account not sign in any more. It is deleted all the same.

    Return False if it is not leaving, or is blocked already.
    """
    rows = await work.connection.scalars(
        update(AccountDeletionRow)
        .where(AccountDeletionRow.user_id == user_id, AccountDeletionRow.blocked_at.is_(None))
        .values(blocked_at=work.now)
        .returning(AccountDeletionRow.user_id)
    )
    return bool(list(rows))
