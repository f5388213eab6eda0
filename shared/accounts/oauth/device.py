"""The device flow (RFC 8628): a program without a browser waits until a user enters its code.

A user code is short, so whoever guesses one could let the program of another in, or see it. Guesses are
counted by account and network (api/http/rate_limits.py), and codes last ten minutes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update

from shared.accounts.account import lock_own_account
from shared.accounts.oauth.clients import find_client
from shared.accounts.oauth.errors import OAuthError, invalid_grant
from shared.accounts.oauth.grants import IssuedTokens, Requested, allow, issue_tokens, widest_scope
from shared.accounts.oauth.scopes import parse_resource, parse_scope
from shared.accounts.oauth.secrets import (
    hash_secret,
    hash_user_code,
    hash_user_code_with_all,
    make_user_code,
    new_device_code,
)
from shared.accounts.oauth.tokens import Caller
from shared.actor import Actor
from shared.contract.api_tokens import Audience, TokenScope
from shared.contract.interop.oauth import Choice, DeviceDecision, DeviceRequestShape
from shared.contract.shapes import AccountStatus
from shared.errors import NotFound
from shared.host.networks import network
from shared.ids import GrantId, UserId, user_stream
from shared.resources import Resources
from shared.tables.accounts import UserRow
from shared.tables.interop.oauth import OAuthDeviceCodeRow, OAuthGrantRow
from shared.unit_of_work import ReadTransaction, UnitOfWork

# A user finds another device, signs in, and types eight letters.
CODE_LIFETIME = timedelta(minutes=10)
# RFC 8628, 3.2 and 3.5: the default, and what is added for a program that asks too early.
INTERVAL_SECONDS = 5


@dataclass(frozen=True)
class StartedDevice:
    """What the program gets, and shows of it to its user."""

    device_code: str
    user_code: str
    expires_in: int = int(CODE_LIFETIME.total_seconds())
    interval: int = INTERVAL_SECONDS


async def start_device(
    resources: Resources, caller: Caller, scope: str | None, resource: str | None
) -> StartedDevice:
    """Begin to wait for a user. Raise OAuthError."""
    settings = resources.settings
    asked = parse_scope(scope)
    audience = parse_resource(settings.web.public_url, resource)
    started = StartedDevice(new_device_code(), make_user_code())
    key = settings.secrets.signing_keys()[0]
    async with resources.begin() as work:
        await work.connection.execute(
            insert(OAuthDeviceCodeRow).values(
                hash=hash_secret(started.device_code),
                user_code_hash=hash_user_code(key, started.user_code),
                client_id=caller.client_id,
                scope=asked.value,
                audience=audience.value,
                address=caller.address,
                interval_seconds=INTERVAL_SECONDS,
                created_at=work.now,
                expires_at=work.now + CODE_LIFETIME,
            )
        )
    return started


async def read_device_request(
    read: ReadTransaction, keys: Sequence[bytes], actor: Actor, user_code: str
) -> DeviceRequestShape:
    """Return the program that waits with this user code. Raise NotFound."""
    row = await _find_waiting(read, keys, user_code)
    client = await _client_of(read, row)
    return DeviceRequestShape(
        client_name=client.name,
        is_built_in=client.is_built_in,
        address=row.address,
        is_your_address=network(row.address) == network(actor.address),
        scope=widest_scope(actor, TokenScope(row.scope)),
        audience=Audience(row.audience),
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


async def decide_device(
    work: UnitOfWork, keys: Sequence[bytes], actor: Actor, decision: DeviceDecision
) -> None:
    """Let the program in that waits with this user code, or refuse it. Raise what `allow` raises."""
    await lock_own_account(work, actor)
    row = await _find_waiting(work, keys, decision.user_code)
    values: dict[str, Any] = {"denied_at": work.now}
    if decision.decision == "allow":
        requested = Requested(
            await _client_of(work, row), TokenScope(row.scope), Audience(row.audience)
        )
        choice = Choice(scope=decision.scope, list_ids=decision.list_ids)
        values = {"grant_id": await allow(work, actor, requested, choice, row.expires_at)}
    decided = await work.connection.execute(
        update(OAuthDeviceCodeRow)
        .where(
            OAuthDeviceCodeRow.hash == row.hash,
            OAuthDeviceCodeRow.grant_id.is_(None),
            OAuthDeviceCodeRow.denied_at.is_(None),
        )
        .values(values)
    )
    # Another user entered the code at the same time, and was first.
    if decided.rowcount == 0:
        raise NotFound


async def poll_device(
    resources: Resources, caller: Caller, device_code: str, resource: str | None
) -> IssuedTokens:
    """Return tokens once a user has let the program in. Raise OAuthError until then."""
    outcome: IssuedTokens | OAuthError
    async with resources.begin() as work:
        outcome = await _poll(work, resources, caller, hash_secret(device_code), resource)
    if isinstance(outcome, OAuthError):
        raise outcome
    return outcome


async def _poll(
    work: UnitOfWork, resources: Resources, caller: Caller, code_hash: str, resource: str | None
) -> IssuedTokens | OAuthError:
    found = select(OAuthDeviceCodeRow.__table__).where(OAuthDeviceCodeRow.hash == code_hash)
    row = (await work.connection.execute(found)).one_or_none()
    if row is None or row.client_id != caller.client_id:
        return invalid_grant()
    if row.expires_at <= work.now:
        return OAuthError("expired_token", "Nobody entered the code in time. Begin again.")
    if resource and parse_resource(resources.settings.web.public_url, resource) != row.audience:
        return OAuthError("invalid_target", "This resource was not asked for.")
    if row.denied_at is not None:
        return OAuthError("access_denied", "The user denied it.")
    if row.grant_id is None:
        return await _still_waiting(work, row)
    return await _issue(work, row)


async def _still_waiting(work: UnitOfWork, row: Any) -> OAuthError:
    """Note the poll. Return what the program does next: wait, or wait longer."""
    earliest = (
        None if row.polled_at is None else row.polled_at + timedelta(seconds=row.interval_seconds)
    )
    is_early = earliest is not None and work.now < earliest
    interval = row.interval_seconds + (INTERVAL_SECONDS if is_early else 0)
    await work.connection.execute(
        update(OAuthDeviceCodeRow)
        .where(OAuthDeviceCodeRow.hash == row.hash)
        .values(polled_at=work.now, interval_seconds=interval)
    )
    if is_early:
        return OAuthError("slow_down", "Wait five seconds longer from now on.")
    return OAuthError("authorization_pending", "The user has not decided yet.")


async def _issue(work: UnitOfWork, row: Any) -> IssuedTokens | OAuthError:
    """Use the device code up. Of two polls at the same time one gets the tokens."""
    of_active_user = (
        select(OAuthGrantRow.user_id)
        .join(UserRow, UserRow.id == OAuthGrantRow.user_id)
        .where(OAuthGrantRow.id == row.grant_id, UserRow.status == AccountStatus.ACTIVE)
    )
    user_id = await work.connection.scalar(of_active_user)
    if user_id is None:
        return invalid_grant()
    await work.lock_streams([user_stream(UserId(user_id))])
    # Gone if another poll was first, or the user has disconnected the program.
    grant_id = await work.connection.scalar(
        delete(OAuthDeviceCodeRow)
        .where(OAuthDeviceCodeRow.hash == row.hash)
        .returning(OAuthDeviceCodeRow.grant_id)
    )
    return invalid_grant() if grant_id is None else await issue_tokens(work, GrantId(grant_id))


async def _find_waiting(read: ReadTransaction, keys: Sequence[bytes], user_code: str) -> Any:
    """Return the device code that nobody has decided on. Raise NotFound."""
    found = select(OAuthDeviceCodeRow.__table__).where(
        OAuthDeviceCodeRow.user_code_hash.in_(hash_user_code_with_all(keys, user_code)),
        OAuthDeviceCodeRow.expires_at > read.now,
        OAuthDeviceCodeRow.grant_id.is_(None),
        OAuthDeviceCodeRow.denied_at.is_(None),
    )
    row = (await read.connection.execute(found)).one_or_none()
    if row is None:
        raise NotFound
    return row


async def _client_of(read: ReadTransaction, row: Any) -> Any:
    try:
        return await find_client(read, row.client_id)
    except OAuthError:
        raise NotFound from None
