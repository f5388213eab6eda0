"""Exchange a code or a refresh token for tokens, and revoke them (RFC 6749, RFC 7009).

A code or refresh token that is used again has been copied: the whole grant ends. That is committed
before the program gets its error.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from shared import audit
from shared.accounts.authentication.api_token_format import hash_token
from shared.accounts.oauth.errors import OAuthError, invalid_grant
from shared.accounts.oauth.grants import IssuedTokens, delete_grants, issue_tokens
from shared.accounts.oauth.scopes import is_within, parse_resource, parse_scope
from shared.accounts.oauth.secrets import hash_secret, is_verifier_of, refresh_token_after
from shared.contract.api_tokens import TokenScope
from shared.contract.jobs import SendSecurityNotice
from shared.contract.shapes import AccountStatus
from shared.errors import Unauthenticated
from shared.ids import GrantId, UserId, user_stream
from shared.resources import Resources
from shared.tables.accounts import ApiTokenRow, UserRow
from shared.tables.interop.oauth import OAuthCodeRow, OAuthGrantRow, OAuthRefreshTokenRow
from shared.unit_of_work import UnitOfWork

# Two processes of one program wake together and both send the token that they share, as for sessions. Both
# get the same successor: a copied token never lives on beside the one it was copied from.
REFRESH_GRACE = timedelta(seconds=10)
_GRANT = (
    OAuthGrantRow.id.label("grant_id"),
    OAuthGrantRow.user_id,
    OAuthGrantRow.client_id,
    OAuthGrantRow.client_name,
    OAuthGrantRow.scope,
    OAuthGrantRow.audience,
)


@dataclass(frozen=True)
class Caller:
    """The program that calls the token endpoint, and from where."""

    client_id: str
    address: str


async def exchange_code(
    resources: Resources,
    caller: Caller,
    code: str,
    redirect_uri: str,
    verifier: str,
    resource: str | None,
) -> IssuedTokens:
    """Return tokens for a code, which works once, for its request alone. Raise OAuthError."""
    async with resources.begin() as work:
        found = await _lock(work, OAuthCodeRow, code)
        outcome: IssuedTokens | OAuthError = invalid_grant()
        if found is None:
            pass
        elif found.used_at is not None:
            await _end_replayed(work, found, caller, "code")
        elif _may_exchange(work, caller, found, redirect_uri, verifier):
            outcome = _check_resource(resources, found, resource) or await _use_code(work, found)
    if isinstance(outcome, OAuthError):
        raise outcome
    return outcome


def _may_exchange(
    work: UnitOfWork, caller: Caller, code: Any, redirect_uri: str, verifier: str
) -> bool:
    return (
        code.expires_at > work.now
        and code.client_id == caller.client_id
        and code.redirect_uri == redirect_uri
        and is_verifier_of(code.challenge, verifier)
    )


async def _use_code(work: UnitOfWork, found: Any) -> IssuedTokens:
    await work.connection.execute(
        update(OAuthCodeRow).where(OAuthCodeRow.hash == found.hash).values(used_at=work.now)
    )
    return await issue_tokens(work, GrantId(found.grant_id))


async def refresh(
    resources: Resources,
    caller: Caller,
    refresh_token: str,
    scope: str | None,
    resource: str | None,
) -> IssuedTokens:
    """Return new tokens for a refresh token, which works once. Raise OAuthError."""
    narrower = None if scope is None else parse_scope(scope)
    [key, *_] = resources.settings.secrets.signing_keys()
    successor = refresh_token_after(key, refresh_token)
    async with resources.begin() as work:
        found = await _lock(work, OAuthRefreshTokenRow, refresh_token)
        outcome: IssuedTokens | OAuthError = invalid_grant()
        if found is None or found.client_id != caller.client_id or found.expires_at <= work.now:
            pass
        elif found.used_at is not None and work.now - found.used_at > REFRESH_GRACE:
            await _end_replayed(work, found, caller, "refresh_token")
        else:
            outcome = (
                _check_scope(found, narrower)
                or _check_resource(resources, found, resource)
                or await _use_refresh_token(work, found, narrower, successor)
            )
    if isinstance(outcome, OAuthError):
        raise outcome
    return outcome


async def _use_refresh_token(
    work: UnitOfWork, found: Any, narrower: TokenScope | None, successor: str
) -> IssuedTokens:
    await work.connection.execute(
        update(OAuthRefreshTokenRow)
        .where(OAuthRefreshTokenRow.hash == found.hash, OAuthRefreshTokenRow.used_at.is_(None))
        .values(used_at=work.now)
    )
    return await issue_tokens(work, GrantId(found.grant_id), narrower, refresh_token=successor)


def _check_scope(found: Any, narrower: TokenScope | None) -> OAuthError | None:
    if narrower is None or is_within(narrower, TokenScope(found.scope)):
        return None
    return OAuthError("invalid_scope", "The user has not allowed this scope.")


def _check_resource(resources: Resources, found: Any, resource: str | None) -> OAuthError | None:
    """Return an error unless `resource` is absent, or the one that the user allowed."""
    if not resource:
        return None
    try:
        audience = parse_resource(resources.settings.web.public_url, resource)
    except OAuthError as error:
        return error
    if audience.value == found.audience:
        return None
    return OAuthError("invalid_target", "The user has not allowed this resource.")


async def revoke(resources: Resources, caller: Caller, token: str) -> None:
    """End the grant of an access or refresh token of this client, if there is one."""
    try:
        is_token = ApiTokenRow.hash == hash_token(token)
        owned = select(*_GRANT).join(ApiTokenRow, ApiTokenRow.grant_id == OAuthGrantRow.id)
    except Unauthenticated:
        is_token = OAuthRefreshTokenRow.hash == hash_secret(token)
        owned = select(*_GRANT).join(
            OAuthRefreshTokenRow, OAuthRefreshTokenRow.grant_id == OAuthGrantRow.id
        )
    async with resources.begin() as work:
        found = (await work.connection.execute(owned.where(is_token))).one_or_none()
        if found is None or found.client_id != caller.client_id:
            return
        await work.lock_streams([user_stream(UserId(found.user_id))])
        if await _is_live(work, GrantId(found.grant_id)):
            await _end(work, found, caller, "program")


async def _lock(
    work: UnitOfWork, table: type[OAuthCodeRow | OAuthRefreshTokenRow], secret: str
) -> Any:
    """Lock the account of a code or refresh token. Return it with its grant; None if it is not usable."""
    joined = (
        select(table.hash, table.used_at, table.expires_at, *_GRANT)
        .join(OAuthGrantRow, OAuthGrantRow.id == table.grant_id)
        .join(UserRow, UserRow.id == OAuthGrantRow.user_id)
        .where(table.hash == hash_secret(secret), UserRow.status == AccountStatus.ACTIVE)
    )
    if table is OAuthCodeRow:
        joined = joined.add_columns(OAuthCodeRow.redirect_uri, OAuthCodeRow.challenge)
    row = (await work.connection.execute(joined)).one_or_none()
    if row is None:
        return None
    await work.lock_streams([user_stream(UserId(row.user_id))])
    # Of two concurrent uses the second sees the first, and a user may have disconnected the program.
    return (await work.connection.execute(joined)).one_or_none()


async def _is_live(work: UnitOfWork, grant_id: GrantId) -> bool:
    found = select(OAuthGrantRow.id).where(OAuthGrantRow.id == grant_id)
    return await work.connection.scalar(found) is not None


async def _end_replayed(work: UnitOfWork, found: Any, caller: Caller, secret: str) -> None:
    audit_id = await _end(work, found, caller, secret)
    work.add_job(SendSecurityNotice(audit_id=audit_id))


async def _end(work: UnitOfWork, found: Any, caller: Caller, reason: str) -> str:
    """End a grant of the locked account. Return the id of the audit entry."""
    user_id = UserId(found.user_id)
    await delete_grants(work, None, user_id, [GrantId(found.grant_id)])
    facts = {"application_id": found.grant_id, "name": found.client_name, "reason": reason}
    return await audit.record(
        work,
        None,
        "application.ended" if reason == "program" else "application.token_replayed",
        user_id=user_id,
        facts=facts,
        address=caller.address,
    )
