"""Create, list, rename and revoke the API tokens of an account.

A changed password does not revoke them: programs that use them know no password. A password reset,
after which nobody knows who else was signed in, and disabling the account revoke all.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update

from shared import audit
from shared.access import gate
from shared.accounts.account import lock_account, lock_own_account
from shared.accounts.authentication.api_token_format import hash_token, make_token
from shared.actor import Actor
from shared.contract.api_tokens import ApiTokenShape, NewApiTokenShape, TokenScope
from shared.contract.events import ApiTokenCreated, ApiTokenRenamed, ApiTokenRevoked
from shared.contract.jobs import SendSecurityNotice
from shared.errors import Conflict, Invalid, NotFound
from shared.ids import ApiTokenId, ListId, UserId, new_id, new_secret_bytes, user_stream
from shared.languages.texts import message
from shared.tables.accounts import ApiTokenRow
from shared.tables.interop.oauth import OAuthGrantRow
from shared.unit_of_work import ReadTransaction, UnitOfWork

# One for each program and device; a page of settings still shows them all.
MAX_TOKENS = 50
# Not an access token of a connected application, which shared/accounts/oauth/ looks after.
_IS_OWN = ApiTokenRow.grant_id.is_(None)
_COLUMNS = tuple(ApiTokenRow.__table__.c[name] for name in ApiTokenShape.model_fields)


@dataclass(frozen=True)
class ApiTokenRequest:
    """The token to create. Without `list_ids` it reaches all lists; without `expires_at` it stays."""

    name: str
    scope: TokenScope
    list_ids: tuple[ListId, ...] | None = None
    expires_at: datetime | None = None


async def create_api_token(
    work: UnitOfWork, actor: Actor, wanted: ApiTokenRequest
) -> NewApiTokenShape:
    """Create a token and return it with its secret, which is not stored.

    Queue a security mail. Raise Conflict `too_many_api_tokens`, NotFound for a list that the actor may
    not read, or Invalid.
    """
    account = await lock_own_account(work, actor)
    await _check(work, actor, wanted)
    shape = await insert_token(work, actor, make_token(new_secret_bytes()), wanted)
    facts = {"token_id": shape.id, "name": shape.name, "scope": shape.scope.value}
    audit_id = await audit.record(work, actor, "api_token.created", user_id=account.id, facts=facts)
    work.add_job(SendSecurityNotice(audit_id=audit_id))
    return shape


async def insert_token(
    work: UnitOfWork, actor: Actor, token: str, wanted: ApiTokenRequest
) -> NewApiTokenShape:
    """Store the actor's token; the caller has locked the account and checked what is wanted."""
    shape = NewApiTokenShape(
        id=new_id(),
        name=wanted.name,
        scope=wanted.scope,
        list_ids=None if wanted.list_ids is None else sorted(set(wanted.list_ids)),
        created_at=work.now,
        expires_at=wanted.expires_at,
        last_used_at=None,
        token=token,
    )
    values = shape.model_dump(exclude={"token"})
    await work.connection.execute(
        insert(ApiTokenRow).values(values | {"user_id": actor.user_id, "hash": hash_token(token)})
    )
    work.record(user_stream(actor.user_id), ApiTokenCreated(token_id=shape.id), actor)
    return shape


async def read_api_tokens(read: ReadTransaction, actor: Actor) -> list[ApiTokenShape]:
    """Return the actor's API tokens, newest first, those that have expired too."""
    rows = await read.connection.execute(
        select(*_COLUMNS)
        .where(ApiTokenRow.user_id == actor.user_id, _IS_OWN)
        .order_by(ApiTokenRow.id.desc())
    )
    return [ApiTokenShape.model_validate(row._asdict()) for row in rows]


async def rename_api_token(
    work: UnitOfWork, actor: Actor, token_id: ApiTokenId, name: str
) -> ApiTokenShape:
    """Give one of the actor's API tokens another name, and return it. Raise NotFound."""
    await lock_account(work, actor.user_id)
    before = await _read_token(work, actor, token_id)
    if before.name == name:
        return before
    await work.connection.execute(
        update(ApiTokenRow).where(ApiTokenRow.id == token_id).values(name=name)
    )
    work.record(user_stream(actor.user_id), ApiTokenRenamed(token_id=token_id), actor)
    facts = {"token_id": token_id, "before": before.name, "after": name}
    await audit.record(work, actor, "api_token.renamed", user_id=actor.user_id, facts=facts)
    return before.model_copy(update={"name": name})


async def revoke_api_token(work: UnitOfWork, actor: Actor, token_id: ApiTokenId) -> None:
    """Revoke one of the actor's API tokens; its sockets are closed. Raise NotFound."""
    await lock_own_account(work, actor)
    token = await _read_token(work, actor, token_id)
    await delete_tokens(work, actor, actor.user_id, [token_id])
    facts = {"token_id": token_id, "name": token.name}
    await audit.record(work, actor, "api_token.revoked", user_id=actor.user_id, facts=facts)


async def revoke_all_api_tokens(work: UnitOfWork, actor: Actor | None, user_id: UserId) -> None:
    """Revoke all API tokens of the locked account, and disconnect its applications."""
    rows = await work.connection.scalars(
        select(ApiTokenRow.id).where(ApiTokenRow.user_id == user_id)
    )
    await delete_tokens(work, actor, user_id, list(map(ApiTokenId, rows)))
    await work.connection.execute(delete(OAuthGrantRow).where(OAuthGrantRow.user_id == user_id))


async def _read_token(read: ReadTransaction, actor: Actor, token_id: ApiTokenId) -> ApiTokenShape:
    """Return one of the actor's API tokens. Raise NotFound."""
    of_actor = (ApiTokenRow.id == token_id) & (ApiTokenRow.user_id == actor.user_id) & _IS_OWN
    row = (await read.connection.execute(select(*_COLUMNS).where(of_actor))).one_or_none()
    if row is None:
        raise NotFound
    return ApiTokenShape.model_validate(row._asdict())


async def _check(work: UnitOfWork, actor: Actor, wanted: ApiTokenRequest) -> None:
    """Raise Invalid, Conflict or NotFound if the token may not be created."""
    if wanted.expires_at is not None and wanted.expires_at <= work.now:
        raise Invalid.field("expires_at", "past", "This is in the past.")
    if wanted.list_ids is not None and wanted.scope is TokenScope.ADMIN:
        raise Invalid.field("list_ids", "scope", "A token for the whole site has no lists.")
    if await _count(work, actor) >= MAX_TOKENS and not await _delete_expired(work, actor):
        raise Conflict(
            message("You have {limit} API tokens. Revoke one first.", limit=MAX_TOKENS),
            code="too_many_api_tokens",
        )
    if wanted.list_ids is not None:
        readable = await gate.filter_readable(work, actor, wanted.list_ids)
        if not readable.issuperset(wanted.list_ids):
            raise NotFound


async def _count(work: UnitOfWork, actor: Actor) -> int:
    count = select(func.count()).where(ApiTokenRow.user_id == actor.user_id, _IS_OWN)
    return await work.connection.scalar(count) or 0


async def _delete_expired(work: UnitOfWork, actor: Actor) -> list[str]:
    """Delete the actor's expired tokens, to make room for another. Return them."""
    rows = await work.connection.scalars(
        select(ApiTokenRow.id).where(
            ApiTokenRow.user_id == actor.user_id, _IS_OWN, ApiTokenRow.expires_at <= work.now
        )
    )
    return await delete_tokens(work, actor, actor.user_id, list(map(ApiTokenId, rows)))


async def delete_tokens(
    work: UnitOfWork, actor: Actor | None, user_id: UserId, token_ids: Collection[ApiTokenId]
) -> list[str]:
    """Delete tokens of the locked account. Return those that existed."""
    rows = await work.connection.scalars(
        delete(ApiTokenRow)
        .where(ApiTokenRow.user_id == user_id, ApiTokenRow.id.in_(token_ids))
        .returning(ApiTokenRow.id)
    )
    revoked = sorted(rows)
    if revoked:
        work.record(user_stream(user_id), ApiTokenRevoked(token_ids=revoked), actor)
    return revoked
