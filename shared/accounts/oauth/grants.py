"""Grants: what a user allowed a program, the tokens of it, and its end.

Every change to the grants of an account locks the account first.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select, update

from shared import audit
from shared.access import gate
from shared.accounts.account import lock_own_account
from shared.accounts.api_tokens import delete_tokens
from shared.accounts.authentication.api_token_format import hash_token, make_token
from shared.accounts.oauth.clients import Client, note_allowed
from shared.accounts.oauth.scopes import is_within, write_scope
from shared.accounts.oauth.secrets import hash_secret, new_refresh_token
from shared.actor import Actor
from shared.contract.api_tokens import Audience, TokenScope
from shared.contract.events import CredentialsChanged
from shared.contract.interop.oauth import ApplicationShape, Choice
from shared.contract.jobs import SendSecurityNotice
from shared.contract.shapes import SiteRole
from shared.database.statements import insert_new
from shared.errors import Conflict, Invalid, NotFound
from shared.ids import ApiTokenId, GrantId, ListId, UserId, new_id, new_secret_bytes, user_stream
from shared.languages.texts import message
from shared.tables.accounts import ApiTokenRow
from shared.tables.interop.oauth import OAuthGrantRow, OAuthRefreshTokenRow
from shared.unit_of_work import ReadTransaction, UnitOfWork

# A token that leaks is of use no longer than this; a program refreshes it without its user.
ACCESS_TOKEN_LIFETIME = timedelta(hours=1)
# A program that nobody used for so long is asked for again.
REFRESH_TOKEN_LIFETIME = timedelta(days=60)
# As many as API tokens: a page of settings still shows them all.
MAX_GRANTS = 50
# Some processes of one program each refresh in the same hour.
MAX_LIVE_TOKENS = 10


@dataclass(frozen=True)
class Requested:
    """What a checked request asks for, and to whom its answer goes."""

    client: Client
    scope: TokenScope
    audience: Audience
    redirect_host: str = ""


@dataclass(frozen=True)
class IssuedTokens:
    """The answer of the token endpoint. Only hashes are stored."""

    access_token: str
    refresh_token: str
    scope: str
    expires_in: int = int(ACCESS_TOKEN_LIFETIME.total_seconds())


def widest_scope(actor: Actor, scope: TokenScope) -> TokenScope:
    """Return the scope, without what the account has no right to."""
    if scope is TokenScope.ADMIN and actor.site_role is SiteRole.USER:
        return TokenScope.WRITE
    return scope


async def allow(
    work: UnitOfWork, actor: Actor, requested: Requested, choice: Choice, expires_at: datetime
) -> GrantId:
    """Store what the user allows, and return its id. Queue a security mail.

    `expires_at` is when it ends unless the program gets tokens. Raise Conflict `too_many_applications`,
    NotFound for a list that the actor may not read, or Invalid.
    """
    account = await lock_own_account(work, actor)
    await _check(work, actor, requested, choice)
    grant_id = GrantId(new_id())
    await work.connection.execute(
        insert(OAuthGrantRow).values(
            id=grant_id,
            user_id=account.id,
            client_id=requested.client.id,
            client_name=requested.client.name,
            redirect_host=requested.redirect_host,
            scope=choice.scope.value,
            audience=requested.audience.value,
            list_ids=None if choice.list_ids is None else sorted(set(choice.list_ids)),
            created_at=work.now,
            expires_at=expires_at,
        )
    )
    await note_allowed(work, requested.client)
    facts = {
        "application_id": grant_id,
        "name": requested.client.name,
        "host": requested.redirect_host,
        "scope": choice.scope.value,
    }
    audit_id = await audit.record(
        work, actor, "application.connected", user_id=account.id, facts=facts
    )
    work.add_job(SendSecurityNotice(audit_id=audit_id))
    work.record(user_stream(account.id), CredentialsChanged(), actor)
    return grant_id


async def issue_tokens(
    work: UnitOfWork,
    grant_id: GrantId,
    scope: TokenScope | None = None,
    *,
    refresh_token: str | None = None,
) -> IssuedTokens:
    """Give the program of a grant new tokens. The caller has locked the account.

    A `scope` that is narrower than that of the grant is for this access token alone. `refresh_token`
    follows the one that was used; None for the first.
    """
    grant = (
        await work.connection.execute(
            select(OAuthGrantRow.__table__).where(OAuthGrantRow.id == grant_id)
        )
    ).one()
    await _make_room(work, UserId(grant.user_id), grant_id)
    granted = scope or TokenScope(grant.scope)
    access_token = make_token(new_secret_bytes())
    refresh_token = refresh_token or new_refresh_token()
    await work.connection.execute(
        insert(ApiTokenRow).values(
            id=new_id(),
            user_id=grant.user_id,
            name=grant.client_name,
            hash=hash_token(access_token),
            scope=granted.value,
            list_ids=grant.list_ids,
            created_at=work.now,
            expires_at=work.now + ACCESS_TOKEN_LIFETIME,
            grant_id=grant_id,
            audience=grant.audience,
        )
    )
    expires_at = work.now + REFRESH_TOKEN_LIFETIME
    row = {
        "hash": hash_secret(refresh_token),
        "grant_id": grant_id,
        "issued_at": work.now,
        "expires_at": expires_at,
    }
    # The one before may be used twice within seconds, and has one successor.
    await insert_new(work.connection, OAuthRefreshTokenRow, row, key=("hash",))
    await work.connection.execute(
        update(OAuthGrantRow)
        .where(OAuthGrantRow.id == grant_id)
        .values(refreshed_at=work.now, expires_at=expires_at)
    )
    return IssuedTokens(access_token, refresh_token, write_scope(granted))


async def read_applications(read: ReadTransaction, actor: Actor) -> list[ApplicationShape]:
    """Return the actor's connected applications, newest first."""
    used_at = (
        select(func.max(ApiTokenRow.last_used_at))
        .where(ApiTokenRow.grant_id == OAuthGrantRow.id)
        .scalar_subquery()
    )
    rows = await read.connection.execute(
        select(OAuthGrantRow.__table__, used_at.label("used_at"))
        .where(OAuthGrantRow.user_id == actor.user_id, OAuthGrantRow.expires_at > read.now)
        .order_by(OAuthGrantRow.id.desc())
    )
    return [
        ApplicationShape(
            id=row.id,
            name=row.client_name,
            returns_to=row.redirect_host,
            scope=TokenScope(row.scope),
            list_ids=row.list_ids,
            audience=Audience(row.audience),
            created_at=row.created_at,
            last_used_at=max(filter(None, (row.used_at, row.refreshed_at)), default=None),
        )
        for row in rows
    ]


async def disconnect_application(work: UnitOfWork, actor: Actor, grant_id: GrantId) -> None:
    """End one of the actor's grants; its sockets are closed. Raise NotFound."""
    await lock_own_account(work, actor)
    name = await work.connection.scalar(
        select(OAuthGrantRow.client_name).where(
            OAuthGrantRow.id == grant_id, OAuthGrantRow.user_id == actor.user_id
        )
    )
    if name is None:
        raise NotFound
    await delete_grants(work, actor, actor.user_id, [grant_id])
    facts = {"application_id": grant_id, "name": name}
    await audit.record(work, actor, "application.disconnected", user_id=actor.user_id, facts=facts)


async def delete_grants(
    work: UnitOfWork, actor: Actor | None, user_id: UserId, grant_ids: Collection[GrantId]
) -> None:
    """Delete grants of the locked account, and revoke their tokens."""
    rows = await work.connection.scalars(
        select(ApiTokenRow.id).where(ApiTokenRow.grant_id.in_(grant_ids))
    )
    await delete_tokens(work, actor, user_id, list(map(ApiTokenId, rows)))
    work.record(user_stream(user_id), CredentialsChanged(), actor)
    await work.connection.execute(
        delete(OAuthGrantRow).where(
            OAuthGrantRow.user_id == user_id, OAuthGrantRow.id.in_(grant_ids)
        )
    )


async def _check(work: UnitOfWork, actor: Actor, requested: Requested, choice: Choice) -> None:
    """Raise Invalid, Conflict or NotFound if this may not be allowed."""
    if not is_within(choice.scope, widest_scope(actor, requested.scope)):
        raise Invalid.field("scope", "wider", "The application has not asked for this.")
    if choice.list_ids is not None and choice.scope is TokenScope.ADMIN:
        raise Invalid.field("list_ids", "scope", "This scope is for the whole site.")
    of_actor = OAuthGrantRow.user_id == actor.user_id
    await work.connection.execute(
        delete(OAuthGrantRow).where(of_actor, OAuthGrantRow.expires_at <= work.now)
    )
    if (await work.connection.scalar(select(func.count()).where(of_actor)) or 0) >= MAX_GRANTS:
        raise Conflict(
            message(
                "You have {limit} connected applications. Disconnect one first.", limit=MAX_GRANTS
            ),
            code="too_many_applications",
        )
    if choice.list_ids is not None:
        list_ids = list(map(ListId, choice.list_ids))
        readable = await gate.filter_readable(work, actor, list_ids)
        if not readable.issuperset(list_ids):
            raise NotFound


async def _make_room(work: UnitOfWork, user_id: UserId, grant_id: GrantId) -> None:
    """Delete the grant's expired access tokens, and the oldest of too many."""
    await work.connection.execute(
        delete(ApiTokenRow).where(
            ApiTokenRow.grant_id == grant_id, ApiTokenRow.expires_at <= work.now
        )
    )
    excess = await work.connection.scalars(
        select(ApiTokenRow.id)
        .where(ApiTokenRow.grant_id == grant_id)
        .order_by(ApiTokenRow.id.desc())
        .offset(MAX_LIVE_TOKENS - 1)
    )
    await delete_tokens(work, None, user_id, list(map(ApiTokenId, excess)))
