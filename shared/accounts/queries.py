"""Reads of accounts: the actor of a session, the actor's account, and the accounts an admin sees."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, select, true

from shared.access import gate
from shared.access.policy import SiteAction
from shared.accounts.account import ACCOUNT_COLUMNS, Account, find_account
from shared.accounts.personal_data.leaving import DELETE_AT
from shared.accounts.user_agents import device_name
from shared.actor import Actor
from shared.contract.sessions import SessionShape, SignInMethod
from shared.contract.shapes import (
    AccountShape,
    AccountStatus,
    ManagedAccountShape,
    NumberedPage,
    SiteRole,
)
from shared.errors import NotFound, Unauthenticated
from shared.ids import SessionId, UserId
from shared.tables.accounts import SessionRow, UserRow
from shared.tables.share_links import GUEST
from shared.text import like_pattern, search_key
from shared.unit_of_work import ReadTransaction

# Built once: nearly every request runs this statement, and building it took longer than sending it.
SELECT_ACTOR = (
    select(
        UserRow.id,
        UserRow.name,
        UserRow.site_role,
        UserRow.time_zone,
        UserRow.has_second_factor,
    )
    .join(SessionRow, SessionRow.user_id == UserRow.id)
    .where(
        SessionRow.id == bindparam("session_id"),
        SessionRow.revoked_at.is_(None),
        SessionRow.expires_at > bindparam("now"),
        UserRow.status == AccountStatus.ACTIVE,
    )
)


_MANAGED_COLUMNS = (*ACCOUNT_COLUMNS, DELETE_AT)


def actor_of_row(row: Any, session_id: SessionId) -> Actor:
    """Return the actor of a row of SELECT_ACTOR."""
    role = SiteRole(row.site_role)
    return Actor(
        UserId(row.id),
        row.name,
        session_id,
        role,
        time_zone=row.time_zone,
        has_second_factor=row.has_second_factor,
    )


async def read_actor_of_session(read: ReadTransaction, session_id: SessionId) -> Actor:
    """Return the actor of a live session. Raise Unauthenticated unless the account is active."""
    rows = await read.connection.execute(SELECT_ACTOR, {"session_id": session_id, "now": read.now})
    row = rows.one_or_none()
    if row is None:
        raise Unauthenticated
    return actor_of_row(row, session_id)


async def read_my_account(read: ReadTransaction, actor: Actor) -> AccountShape:
    """Return the actor's own account. Raise Unauthenticated if it was deleted."""
    account = await find_account(read, actor.user_id)
    if account is None:
        raise Unauthenticated
    return account.shape()


async def read_account(read: ReadTransaction, actor: Actor, user_id: UserId) -> ManagedAccountShape:
    """Return the actor's own account, or any for moderators and admins. Raise Forbidden, NotFound."""
    if user_id != actor.user_id:
        await gate.authorize_site(actor, SiteAction.READ_USERS)
    found = select(*_MANAGED_COLUMNS).where(UserRow.id == user_id, UserRow.status != GUEST)
    row = (await read.connection.execute(found)).one_or_none()
    if row is None:
        raise NotFound
    return _managed(row._asdict())


@dataclass(frozen=True)
class UserFilter:
    """Conditions on the accounts to list; None and "" set none. All of `words` must match."""

    site_role: SiteRole | None = None
    status: AccountStatus | None = None
    words: str = ""
    # True: those whose address a mail server rejected.
    is_mail_refused: bool | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = [UserRow.status != GUEST]
        if self.site_role is not None:
            conditions.append(UserRow.site_role == self.site_role)
        if self.status is not None:
            conditions.append(UserRow.status == self.status)
        if self.is_mail_refused is not None:
            refused_at = UserRow.mail_refused_at
            conditions.append(
                refused_at.is_not(None) if self.is_mail_refused else refused_at.is_(None)
            )
        patterns = map(like_pattern, search_key(self.words).split())
        conditions.extend(UserRow.search_key.like(pattern, escape="\\") for pattern in patterns)
        return conditions


async def read_accounts(
    read: ReadTransaction, actor: Actor, user_filter: UserFilter, page: int, page_size: int
) -> NumberedPage[ManagedAccountShape]:
    """Return one page of the accounts, newest first, for moderators and admins. Raise Forbidden."""
    await gate.authorize_site(actor, SiteAction.READ_USERS)
    return await read_accounts_as_operator(read, user_filter, page, page_size)


async def read_accounts_as_operator(
    read: ReadTransaction, user_filter: UserFilter, page: int, page_size: int
) -> NumberedPage[ManagedAccountShape]:
    """Return one page of the accounts like `read_accounts`, without a check: for the command line."""
    conditions = user_filter.conditions()
    counted = select(func.count().label("total")).select_from(UserRow).where(*conditions).subquery()
    found = (
        select(*_MANAGED_COLUMNS)
        .where(*conditions)
        .order_by(UserRow.created_at.desc(), UserRow.id.desc())
        .limit(page_size)
        .offset((page - 1) * page_size)
        .subquery()
    )
    rows = await read.connection.execute(
        select(counted.c.total, found)
        .select_from(counted.outerjoin(found, true()))
        .order_by(found.c.created_at.desc(), found.c.id.desc())
    )
    # Without an account on the page there is one row, in which only `total` is not NULL.
    values = [row._asdict() for row in rows]
    total = values[0]["total"]
    pages = -(-total // page_size)
    return NumberedPage(
        items=[_managed(row) for row in values if row["id"] is not None],
        total=total,
        page=page,
        page_size=page_size,
        total_pages=pages,
        has_next=page < pages,
        has_prev=page > 1,
    )


def _managed(row: Mapping[str, Any]) -> ManagedAccountShape:
    """Return the account of a row that has _MANAGED_COLUMNS."""
    account = Account(**{name: row[name] for name in Account.__dataclass_fields__})
    return ManagedAccountShape(**dict(account.shape()), delete_at=row["delete_at"])


async def read_my_sessions(read: ReadTransaction, actor: Actor) -> list[SessionShape]:
    """Return the actor's live sessions, most recently used first."""
    rows = await read.connection.execute(
        select(SessionRow.__table__)
        .where(
            SessionRow.user_id == actor.user_id,
            SessionRow.revoked_at.is_(None),
            SessionRow.expires_at > read.now,
        )
        .order_by(SessionRow.last_used_at.desc(), SessionRow.id.desc())
    )
    return [
        SessionShape(
            id=row.id,
            user_agent=row.user_agent,
            device=device_name(row.user_agent),
            address=row.address,
            current=row.id == actor.session_id,
            sign_in_method=SignInMethod(row.sign_in_method),
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            expires_at=row.expires_at,
        )
        for row in rows
    ]
