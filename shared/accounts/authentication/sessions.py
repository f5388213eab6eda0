"""Sessions: a sign-in on one device, and the rotating refresh tokens that keep it alive.

    session ─── token 1 (used) ── token 2 (used) ── token 3        each token is used once

A second tab may use a token within 10 s of the first, and gets the same next one. A used token that is
presented later has been copied: the whole session is revoked. Every
revocation is an event on the user's own stream; that event closes the session's sockets.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update

from shared import audit
from shared.accounts.account import Account, lock_account, lock_own_account, save_account
from shared.accounts.authentication.access_tokens import make_access_token
from shared.accounts.authentication.devices import Device
from shared.accounts.authentication.known_devices import (
    forget_devices,
    notice_device,
    remember_device,
)
from shared.accounts.personal_data.leaving import may_sign_in, read_delete_at
from shared.accounts.second_factors.requirement import lacks_second_factor
from shared.accounts.token_rotation import token_after
from shared.accounts.user_agents import device_name
from shared.actor import Actor
from shared.contract.events import SessionRevoked
from shared.contract.jobs import SendSecurityNotice
from shared.contract.sessions import SignInMethod
from shared.contract.shapes import SiteRole
from shared.database.statements import insert_new
from shared.errors import NotFound, Unauthenticated
from shared.ids import SessionId, UserId, new_id, new_secret, user_stream
from shared.resources import Resources
from shared.settings import Settings
from shared.tables.accounts import RefreshTokenRow, SessionRow, TicketRow
from shared.tables.notifications import PushSubscriptionRow
from shared.tables.second_factors import SignInChallengeRow
from shared.unit_of_work import UnitOfWork

# Two tabs wake together and both send the token they share. The slower one may be this much later.
REFRESH_GRACE_SECONDS = 10
# More than a user has devices. A new session revokes the one that was unused longest.
MAX_SESSIONS = 100


@dataclass(frozen=True)
class IssuedTokens:
    """The tokens of a signed-in device. Only hashes are stored, so they cannot be read again."""

    actor: Actor
    access_token: str
    refresh_token: str
    expires_in: int
    must_set_up_second_factor: bool
    # Set for a leaving account: the session can keep it or delete it, and nothing else.
    delete_at: datetime | None = None


async def open_session(
    work: UnitOfWork, settings: Settings, account: Account, device: Device, method: SignInMethod
) -> IssuedTokens:
    """Sign a device in to the account, which the caller has locked."""
    await _revoke_excess(work, account.id)
    session_id = SessionId(new_id())
    await work.connection.execute(
        insert(SessionRow).values(
            id=session_id,
            user_id=account.id,
            user_agent=device.printable_user_agent(),
            address=device.address,
            sign_in_method=method.value,
            created_at=work.now,
            last_used_at=work.now,
            expires_at=_expiry(settings, work.now),
        )
    )
    signed_in = await _issue(work, settings, account, session_id, device, new_secret())
    after = replace(account, last_login_at=work.now)
    await save_account(work, account, after, signed_in.actor, bump_version=False)
    facts = {
        "session_id": session_id,
        "method": method.value,
        "device": device_name(device.user_agent),
    }
    await audit.record(work, signed_in.actor, "session.opened", user_id=account.id, facts=facts)
    await notice_device(work, account, signed_in.actor, device, method)
    return signed_in


async def refresh(resources: Resources, refresh_token: str, device: Device) -> IssuedTokens:
    """Exchange a refresh token for new tokens. Raise Unauthenticated.

    A token first used more than REFRESH_GRACE_SECONDS ago revokes its session; the revocation is
    audited and a security mail about it is queued.
    """
    async with resources.begin() as work:
        # Raise after the transaction: the revocation of a copied token must be committed.
        signed_in = await _rotate(work, resources.settings, refresh_token, device)
    if signed_in is None:
        raise Unauthenticated
    return signed_in


async def sign_out(work: UnitOfWork, actor: Actor) -> None:
    """Revoke the actor's session."""
    await lock_account(work, actor.user_id)
    own = [actor.session_id]
    await revoke_sessions(work, actor, actor.user_id, own, forgets_devices=False)
    await audit.record(work, actor, "session.signed_out", user_id=actor.user_id)


async def find_actor_by_refresh_token(work: UnitOfWork, refresh_token: str) -> Actor | None:
    """Lock and return the actor of a refresh token, for signing out without an access token."""
    found = await _find_token(work, refresh_token)
    if found is None or found.revoked_at is not None:
        return None
    account = await lock_account(work, found.user_id)
    return Actor(account.id, account.name, found.session_id, SiteRole(account.site_role))


async def revoke_session(work: UnitOfWork, actor: Actor, session_id: SessionId) -> None:
    """Revoke one of the actor's sessions. Raise NotFound for any other."""
    await lock_own_account(work, actor)
    user_agent = await work.connection.scalar(
        select(SessionRow.user_agent).where(SessionRow.id == session_id)
    )
    if not await revoke_sessions(work, actor, actor.user_id, [session_id]):
        raise NotFound
    facts = {"session_id": session_id, "device": device_name(user_agent or "")}
    await audit.record(work, actor, "session.revoked", user_id=actor.user_id, facts=facts)


async def revoke_other_sessions(work: UnitOfWork, actor: Actor) -> None:
    """Revoke all of the actor's sessions except the one that makes the request."""
    await lock_own_account(work, actor)
    revoked = await revoke_all_sessions(work, actor, actor.user_id, except_for=actor.session_id)
    facts = {"sessions": str(len(revoked))}
    await audit.record(work, actor, "session.others_revoked", user_id=actor.user_id, facts=facts)


async def revoke_all_sessions(
    work: UnitOfWork, actor: Actor | None, user_id: UserId, *, except_for: SessionId | None = None
) -> list[SessionId]:
    """Revoke the sessions of the locked account but `except_for`; return the revoked sessions.

    Sign-ins that wait for a second factor end too: what they proved may not hold any more.
    """
    await work.connection.execute(
        delete(SignInChallengeRow).where(SignInChallengeRow.user_id == user_id)
    )
    live = await work.connection.scalars(
        select(SessionRow.id).where(SessionRow.user_id == user_id, SessionRow.revoked_at.is_(None))
    )
    session_ids = [SessionId(session_id) for session_id in live if session_id != except_for]
    return await revoke_sessions(work, actor, user_id, session_ids)


async def revoke_sessions(
    work: UnitOfWork,
    actor: Actor | None,
    user_id: UserId,
    session_ids: Collection[SessionId],
    *,
    forgets_devices: bool = True,
) -> list[SessionId]:
    """Revoke sessions of the locked account, with their tickets and push subscriptions.

    With `forgets_devices`, the next sign-in on their devices is reported as one on a new device.
    Return the sessions that were live before.
    """
    rows = await work.connection.scalars(
        update(SessionRow)
        .where(
            SessionRow.user_id == user_id,
            SessionRow.id.in_(session_ids),
            SessionRow.revoked_at.is_(None),
        )
        .values(revoked_at=work.now)
        .returning(SessionRow.id)
    )
    revoked = sorted(SessionId(session_id) for session_id in rows)
    if revoked:
        await work.connection.execute(delete(TicketRow).where(TicketRow.session_id.in_(revoked)))
        of_sessions = PushSubscriptionRow.session_id.in_(revoked)
        await work.connection.execute(delete(PushSubscriptionRow).where(of_sessions))
        if forgets_devices:
            await forget_devices(work, user_id, revoked)
        work.record(user_stream(user_id), SessionRevoked(session_ids=[*revoked]), actor)
    return revoked


@dataclass(frozen=True)
class _RefreshToken:
    user_id: UserId
    session_id: SessionId
    used_at: datetime | None
    expires_at: datetime
    revoked_at: datetime | None


async def _rotate(
    work: UnitOfWork, settings: Settings, refresh_token: str, device: Device
) -> IssuedTokens | None:
    found = await _find_token(work, refresh_token)
    if found is None:
        return None
    account = await lock_account(work, found.user_id)
    # Read again under the lock: another tab may have used the token meanwhile.
    found = await _find_token(work, refresh_token)
    if found is None or found.revoked_at or not await may_sign_in(work, account):
        return None
    if found.used_at and work.now > found.used_at + timedelta(seconds=REFRESH_GRACE_SECONDS):
        await _revoke_copied(work, account, found.session_id, device)
        return None
    if found.expires_at <= work.now:
        return None
    if found.used_at is None:
        await work.connection.execute(
            update(RefreshTokenRow)
            .where(RefreshTokenRow.hash == _hash(refresh_token))
            .values(used_at=work.now)
        )
    await work.connection.execute(
        update(SessionRow)
        .where(SessionRow.id == found.session_id)
        .values(
            last_used_at=work.now,
            expires_at=_expiry(settings, work.now),
            address=device.address,
            user_agent=device.printable_user_agent(),
        )
    )
    if device.has_new_token:
        await remember_device(work, account.id, found.session_id, device)
    [key, *_] = settings.secrets.signing_keys()
    successor = token_after(key, "session", refresh_token)
    return await _issue(work, settings, account, found.session_id, device, successor)


async def _revoke_copied(
    work: UnitOfWork, account: Account, session_id: SessionId, device: Device
) -> None:
    if not await revoke_sessions(work, None, account.id, [session_id]):
        return
    audit_id = await audit.record(
        work,
        None,
        "session.token_replayed",
        user_id=account.id,
        facts={"session_id": session_id},
        address=device.address,
    )
    work.add_job(SendSecurityNotice(audit_id=audit_id))


async def _find_token(work: UnitOfWork, refresh_token: str) -> _RefreshToken | None:
    rows = await work.connection.execute(
        select(
            SessionRow.user_id,
            RefreshTokenRow.session_id,
            RefreshTokenRow.used_at,
            RefreshTokenRow.expires_at,
            SessionRow.revoked_at,
        )
        .join(SessionRow, SessionRow.id == RefreshTokenRow.session_id)
        .where(RefreshTokenRow.hash == _hash(refresh_token))
    )
    row = rows.one_or_none()
    return None if row is None else _RefreshToken(**row._asdict())


async def _issue(
    work: UnitOfWork,
    settings: Settings,
    account: Account,
    session_id: SessionId,
    device: Device,
    refresh_token: str,
) -> IssuedTokens:
    row = {
        "hash": _hash(refresh_token),
        "session_id": session_id,
        "issued_at": work.now,
        "expires_at": _expiry(settings, work.now),
    }
    # Two tabs get the same one.
    await insert_new(work.connection, RefreshTokenRow, row, key=("hash",))
    access_token, seconds = make_access_token(settings, account.id, session_id, work.now)
    role = SiteRole(account.site_role)
    actor = Actor(
        account.id,
        account.name,
        session_id,
        role,
        device.address,
        has_second_factor=account.has_second_factor,
    )
    lacks = lacks_second_factor(settings, actor)
    delete_at = await read_delete_at(work, account)
    return IssuedTokens(actor, access_token, refresh_token, seconds, lacks, delete_at)


async def _revoke_excess(work: UnitOfWork, user_id: UserId) -> None:
    excess = (
        select(SessionRow.id)
        .where(SessionRow.user_id == user_id, SessionRow.revoked_at.is_(None))
        .order_by(SessionRow.last_used_at.desc(), SessionRow.id.desc())
        .offset(MAX_SESSIONS - 1)
    )
    session_ids = [SessionId(session_id) for session_id in await work.connection.scalars(excess)]
    if session_ids:
        await revoke_sessions(work, None, user_id, session_ids, forgets_devices=False)


def _expiry(settings: Settings, now: datetime) -> datetime:
    return now + timedelta(days=settings.accounts.session_days)


def _hash(refresh_token: str) -> str:
    # 256 random bits need no salt and no slow hash.
    return hashlib.sha256(refresh_token.encode("utf-8", "surrogatepass")).hexdigest()
