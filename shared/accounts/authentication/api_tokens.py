"""Authenticate by API token: a principal beside the session, whose Actor has a `grant`.

Wherever a session's id identifies the caller, as for sockets, the id of the token does.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, or_, select, update

from shared.accounts.authentication.api_token_format import hash_token
from shared.actor import Actor, Bearer, Grant
from shared.contract.api_tokens import Audience, TokenScope
from shared.contract.shapes import (
    AccountStatus,
    SiteRole,
)
from shared.errors import Unauthenticated
from shared.ids import ApiTokenId, ListId, SessionId, UserId
from shared.resources import Resources
from shared.tables.accounts import ApiTokenRow, UserRow

# Users look whether a token is still in use, for which a minute is exact enough.
LAST_USE_INTERVAL = timedelta(minutes=1)
# In seconds since 1970: the year 9999. No token outlives the clock.
_NEVER = 253_370_764_800

# Built once: every request of a token runs the first.
SELECT_TOKEN_ACTOR = (
    select(
        UserRow.id,
        UserRow.name,
        UserRow.site_role,
        UserRow.time_zone,
        UserRow.has_second_factor,
        ApiTokenRow.id.label("token_id"),
        ApiTokenRow.scope,
        ApiTokenRow.list_ids,
        ApiTokenRow.audience,
        ApiTokenRow.expires_at,
        ApiTokenRow.last_used_at,
    )
    .join(ApiTokenRow, ApiTokenRow.user_id == UserRow.id)
    .where(
        or_(ApiTokenRow.expires_at.is_(None), ApiTokenRow.expires_at > bindparam("now")),
        UserRow.status == AccountStatus.ACTIVE,
    )
)
_BY_HASH = SELECT_TOKEN_ACTOR.where(ApiTokenRow.hash == bindparam("token_hash"))


async def find_bearer(resources: Resources, token: str) -> Bearer:
    """Return whom a live API token speaks for, in one statement. Raise Unauthenticated."""
    token_hash = hash_token(token)
    async with resources.single_read() as read:
        values = {"token_hash": token_hash, "now": read.now}
        row = (await read.connection.execute(_BY_HASH, values)).one_or_none()
    if row is None:
        raise Unauthenticated
    if row.last_used_at is None or read.now - row.last_used_at > LAST_USE_INTERVAL:
        resources.used_api_tokens.add(ApiTokenId(row.token_id))
    expires_at = int(row.expires_at.timestamp()) if row.expires_at else _NEVER
    return Bearer(actor_of_token_row(row), expires_at)


def actor_of_token_row(row: Any) -> Actor:
    """Return the actor of a row of SELECT_TOKEN_ACTOR."""
    list_ids = None if row.list_ids is None else frozenset(map(ListId, row.list_ids))
    audience = None if row.audience is None else Audience(row.audience)
    grant = Grant(TokenScope(row.scope), list_ids, audience)
    role = SiteRole(row.site_role)
    token_id, zone = SessionId(row.token_id), row.time_zone
    return Actor(
        UserId(row.id),
        row.name,
        token_id,
        role,
        time_zone=zone,
        grant=grant,
        has_second_factor=row.has_second_factor,
    )


async def save_last_uses(resources: Resources) -> None:
    """Write the time to the tokens used since the last call, in one statement.

    Apart from their requests, which so wait for no write.
    """
    used, resources.used_api_tokens = resources.used_api_tokens, set()
    if used:
        async with resources.begin() as work:
            await work.connection.execute(
                update(ApiTokenRow)
                .where(ApiTokenRow.id.in_(sorted(used)))
                .values(last_used_at=work.now)
            )
