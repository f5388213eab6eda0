"""Reads about accounts: who is behind a token, and what people and admins see of an account."""

from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, bindparam, func, select

from shared.access import gate
from shared.access.policy import SiteAction
from shared.accounts.account import COLUMNS, Account, find_account
from shared.accounts.authentication import access_tokens
from shared.actor import Actor
from shared.contract.shapes import (
    AccountShape,
    AccountStatus,
    NumberedPage,
    SessionShape,
    SiteRole,
)
from shared.errors import NotFound, Unauthenticated
from shared.ids import SessionId, UserId
from shared.resources import Resources
from shared.tables.accounts import SessionRow, UserRow
from shared.text import like_pattern, search_key
from shared.unit_of_work import ReadTransaction


async def authenticate(resources: Resources, access_token: str, address: str = "") -> Actor:
    """Returns who presents `access_token`: its session lives, and its account is active.

    `address` is where the wish came from. A revocation is noticed at once by the process that
    committed it and within half a second by every other. Raises Unauthenticated.
    """
    now = resources.clock.now()
    recent = resources.recent_actors.find(access_token)
    if recent is not None and now.timestamp() < recent[1]:
        return replace(recent[0], address=address)
    claims = access_tokens.check_access_token(resources.settings, access_token, now)
    async with resources.begin_read() as read:
        actor = await read_actor_of_session(read, claims.session_id)
    if actor.user_id != claims.user_id:
        raise Unauthenticated
    resources.recent_actors.remember(access_token, actor, claims.expires_at)
    return replace(actor, address=address)


# Built once: nearly every request asks it, and to build it took longer than to send it.
_ACTOR_OF_SESSION = (
    select(UserRow.id, UserRow.name, UserRow.site_role)
    .join(SessionRow, SessionRow.user_id == UserRow.id)
    .where(
        SessionRow.id == bindparam("session_id"),
        SessionRow.revoked_at.is_(None),
        SessionRow.expires_at > bindparam("now"),
        UserRow.status == AccountStatus.ACTIVE,
    )
)


async def read_actor_of_session(read: ReadTransaction, session_id: SessionId) -> Actor:
    """Returns whose session it is, if it lives and the account is active; else Unauthenticated."""
    rows = await read.connection.execute(
        _ACTOR_OF_SESSION, {"session_id": session_id, "now": read.now}
    )
    row = rows.one_or_none()
    if row is None:
        raise Unauthenticated
    return Actor(UserId(row.id), row.name, session_id, SiteRole(row.site_role))


async def read_my_account(read: ReadTransaction, actor: Actor) -> AccountShape:
    """Returns the actor's account as they see it. Raises Unauthenticated when it is gone."""
    account = await find_account(read, actor.user_id)
    if account is None:
        raise Unauthenticated
    return account.shape()


async def read_account(read: ReadTransaction, actor: Actor, user_id: UserId) -> AccountShape:
    """Returns any account, for who may read accounts. Raises Forbidden, NotFound."""
    await gate.authorize_site(actor, SiteAction.READ_USERS)
    account = await find_account(read, user_id)
    if account is None:
        raise NotFound
    return account.shape()


@dataclass(frozen=True)
class UserFilter:
    """Which accounts to list; None and "" leave out a condition. `words` are all to be found."""

    site_role: SiteRole | None = None
    status: AccountStatus | None = None
    words: str = ""

    def conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.site_role is not None:
            found.append(UserRow.site_role == self.site_role)
        if self.status is not None:
            found.append(UserRow.status == self.status)
        patterns = map(like_pattern, search_key(self.words).split())
        found.extend(UserRow.search_key.like(pattern, escape="\\") for pattern in patterns)
        return found


async def read_accounts(
    read: ReadTransaction, actor: Actor, chosen: UserFilter, page: int, page_size: int
) -> NumberedPage[AccountShape]:
    """Returns one page of the accounts, the newest first, for who may read accounts."""
    await gate.authorize_site(actor, SiteAction.READ_USERS)
    return await read_accounts_as_operator(read, chosen, page, page_size)


async def read_accounts_as_operator(
    read: ReadTransaction, chosen: UserFilter, page: int, page_size: int
) -> NumberedPage[AccountShape]:
    """As `read_accounts`, for the command line, where the operator sits."""
    conditions = chosen.conditions()
    total = await read.connection.scalar(
        select(func.count()).select_from(UserRow).where(*conditions)
    )
    rows = await read.connection.execute(
        select(*COLUMNS)
        .where(*conditions)
        .order_by(UserRow.created_at.desc(), UserRow.id.desc())
        .limit(page_size)
        .offset((page - 1) * page_size)
    )
    pages = -(-(total or 0) // page_size)
    return NumberedPage(
        items=[Account(**row._asdict()).shape() for row in rows],
        total=total or 0,
        page=page,
        page_size=page_size,
        total_pages=pages,
        has_next=page < pages,
        has_prev=page > 1,
    )


async def read_my_sessions(read: ReadTransaction, actor: Actor) -> list[SessionShape]:
    """Returns the actor's live sessions, the one last used first."""
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
            address=row.address,
            current=row.id == actor.session_id,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            expires_at=row.expires_at,
        )
        for row in rows
    ]
