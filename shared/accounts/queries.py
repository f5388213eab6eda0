"""Reads about accounts: who is behind a token, and what people and admins see of an account."""

from dataclasses import replace

from sqlalchemy import select

from shared.accounts import tokens
from shared.actor import Actor
from shared.contract.shapes import AccountStatus, SiteRole
from shared.errors import Unauthenticated
from shared.ids import SessionId, UserId
from shared.resources import Resources
from shared.tables.accounts import SessionRow, UserRow
from shared.work import Read


async def authenticate(resources: Resources, access_token: str, address: str = "") -> Actor:
    """Returns who presents `access_token`: its session lives, and its account is active.

    `address` is where the wish came from. A revocation is noticed at once by the process that
    committed it and within half a second by every other. Raises Unauthenticated.
    """
    now = resources.clock.now()
    recent = resources.recent_actors.find(access_token)
    if recent is not None and now.timestamp() < recent[1]:
        return replace(recent[0], address=address)
    claims = tokens.check_access_token(resources.settings, access_token, now)
    async with resources.begin_read() as read:
        actor = await actor_of_session(read, claims.session_id)
    if actor.user_id != claims.user_id:
        raise Unauthenticated
    resources.recent_actors.remember(access_token, actor, claims.expires_at)
    return replace(actor, address=address)


async def actor_of_session(read: Read, session_id: SessionId) -> Actor:
    """Returns whose session it is, while it lives and the account is active; else Unauthenticated."""
    rows = await read.connection.execute(
        select(UserRow.id, UserRow.name, UserRow.site_role)
        .join(SessionRow, SessionRow.user_id == UserRow.id)
        .where(
            SessionRow.id == session_id,
            SessionRow.revoked_at.is_(None),
            SessionRow.expires_at > read.now,
            UserRow.status == AccountStatus.ACTIVE,
        )
    )
    row = rows.one_or_none()
    if row is None:
        raise Unauthenticated
    return Actor(UserId(row.id), row.name, session_id, SiteRole(row.site_role))
