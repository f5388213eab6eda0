"""Sessions: one sign-in on one device, and the refresh tokens that keep it alive.

    session ──┬─ token 1 (used) ── token 2 (used) ── token 3        each is spent by being used
              └─ token 2' …         a second tab, within 10 s of the first

A spent token that comes back later was copied by somebody: the whole session is revoked. Every
revocation is an event on the person's own stream, and sockets are closed at that event.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update

from shared import audit
from shared.accounts.account import Account, lock_account, save_account
from shared.accounts.authentication.access_tokens import make_access_token
from shared.actor import Actor
from shared.contract.events import SessionRevoked
from shared.contract.jobs import SendSecurityNotice
from shared.contract.shapes import AccountStatus, SiteRole
from shared.errors import NotFound, Unauthenticated
from shared.ids import SessionId, UserId, new_id, new_secret, user_stream
from shared.resources import Resources
from shared.settings import Settings
from shared.tables.accounts import RefreshTokenRow, SessionRow, TicketRow
from shared.tables.notifications import PushSubscriptionRow
from shared.unit_of_work import UnitOfWork

# Two tabs wake together and both send the token they share; the slower may take this long.
REFRESH_GRACE_SECONDS = 10
# Nobody has so many devices. The one that was unused longest makes room.
MAX_SESSIONS = 100
MAX_USER_AGENT_LENGTH = 300


@dataclass(frozen=True)
class Device:
    """Where a sign-in comes from, as far as we are told."""

    address: str = ""
    user_agent: str = ""

    def printable_user_agent(self) -> str:
        shown = "".join(c for c in self.user_agent if c.isprintable())
        return shown[:MAX_USER_AGENT_LENGTH]


@dataclass(frozen=True)
class IssuedTokens:
    """What a device holds while it is signed in. The tokens are told once, here."""

    actor: Actor
    access_token: str
    refresh_token: str
    expires_in: int


async def open_session(
    work: UnitOfWork, settings: Settings, account: Account, device: Device
) -> IssuedTokens:
    """A device is signed in to the account, which the caller holds."""
    await _make_room(work, account.id)
    session_id = SessionId(new_id())
    await work.connection.execute(
        insert(SessionRow).values(
            id=session_id,
            user_id=account.id,
            user_agent=device.printable_user_agent(),
            address=device.address,
            created_at=work.now,
            last_used_at=work.now,
            expires_at=_expiry(settings, work.now),
        )
    )
    signed_in = await _issue(work, settings, account, session_id, device)
    after = replace(account, last_login_at=work.now)
    await save_account(work, account, after, signed_in.actor, counts=False)
    await audit.record(work, signed_in.actor, "session.opened", user_id=account.id)
    return signed_in


async def refresh(resources: Resources, refresh_token: str, device: Device) -> IssuedTokens:
    """The token is spent, and the device has new ones. Raises Unauthenticated.

    A token that was spent more than ten seconds ago revokes its session, audited and told by mail.
    """
    async with resources.begin() as work:
        # Not raised inside: the revocation of a copied token must be committed.
        signed_in = await _rotate(work, resources.settings, refresh_token, device)
    if signed_in is None:
        raise Unauthenticated
    return signed_in


async def sign_out(work: UnitOfWork, actor: Actor) -> None:
    """The actor's session is revoked."""
    await lock_account(work, actor.user_id)
    await revoke(work, actor, actor.user_id, [actor.session_id])
    await audit.record(work, actor, "session.signed_out", user_id=actor.user_id)


async def find_actor_by_refresh_token(work: UnitOfWork, refresh_token: str) -> Actor | None:
    """Returns whose session the token keeps alive, for signing out without an access token."""
    found = await _find_token(work, refresh_token)
    if found is None or found.revoked_at is not None:
        return None
    account = await lock_account(work, found.user_id)
    return Actor(account.id, account.name, found.session_id, SiteRole(account.site_role))


async def revoke_session(work: UnitOfWork, actor: Actor, session_id: SessionId) -> None:
    """One of the actor's sessions is dead. Raises NotFound for any other."""
    await lock_account(work, actor.user_id)
    if not await revoke(work, actor, actor.user_id, [session_id]):
        raise NotFound
    facts = {"session_id": session_id}
    await audit.record(work, actor, "session.revoked", user_id=actor.user_id, facts=facts)


async def revoke_other_sessions(work: UnitOfWork, actor: Actor) -> None:
    """Only the session that the actor is using still lives."""
    await lock_account(work, actor.user_id)
    revoked = await revoke_all_sessions(work, actor, actor.user_id, but=actor.session_id)
    facts = {"sessions": str(len(revoked))}
    await audit.record(work, actor, "session.others_revoked", user_id=actor.user_id, facts=facts)


async def revoke_all_sessions(
    work: UnitOfWork, actor: Actor | None, user_id: UserId, *, but: SessionId | None = None
) -> list[SessionId]:
    """The held account has no session left, `but` one. Returns those that died."""
    alive = await work.connection.scalars(
        select(SessionRow.id).where(SessionRow.user_id == user_id, SessionRow.revoked_at.is_(None))
    )
    return await revoke(work, actor, user_id, [SessionId(one) for one in alive if one != but])


async def revoke(
    work: UnitOfWork, actor: Actor | None, user_id: UserId, session_ids: Collection[SessionId]
) -> list[SessionId]:
    """Those sessions of the held account are dead. Returns which had been alive."""
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
    revoked = sorted(SessionId(one) for one in rows)
    if revoked:
        await work.connection.execute(delete(TicketRow).where(TicketRow.session_id.in_(revoked)))
        devices = PushSubscriptionRow.session_id.in_(revoked)
        await work.connection.execute(delete(PushSubscriptionRow).where(devices))
        work.record(user_stream(user_id), SessionRevoked(session_ids=[*revoked]), actor)
    return revoked


@dataclass(frozen=True)
class _Token:
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
    # Again, under the lock: the other tab may have spent it while we waited.
    found = await _find_token(work, refresh_token)
    if found is None or found.revoked_at or account.status != AccountStatus.ACTIVE:
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
    return await _issue(work, settings, account, found.session_id, device)


async def _revoke_copied(
    work: UnitOfWork, account: Account, session_id: SessionId, device: Device
) -> None:
    if not await revoke(work, None, account.id, [session_id]):
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


async def _find_token(work: UnitOfWork, refresh_token: str) -> _Token | None:
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
    return None if row is None else _Token(**row._asdict())


async def _issue(
    work: UnitOfWork, settings: Settings, account: Account, session_id: SessionId, device: Device
) -> IssuedTokens:
    refresh_token = new_secret()
    await work.connection.execute(
        insert(RefreshTokenRow).values(
            hash=_hash(refresh_token),
            session_id=session_id,
            issued_at=work.now,
            expires_at=_expiry(settings, work.now),
        )
    )
    access_token, seconds = make_access_token(settings, account.id, session_id, work.now)
    role = SiteRole(account.site_role)
    actor = Actor(account.id, account.name, session_id, role, device.address)
    return IssuedTokens(actor, access_token, refresh_token, seconds)


async def _make_room(work: UnitOfWork, user_id: UserId) -> None:
    newest_first = (
        select(SessionRow.id)
        .where(SessionRow.user_id == user_id, SessionRow.revoked_at.is_(None))
        .order_by(SessionRow.last_used_at.desc(), SessionRow.id.desc())
        .offset(MAX_SESSIONS - 1)
    )
    stale = [SessionId(one) for one in await work.connection.scalars(newest_first)]
    if stale:
        await revoke(work, None, user_id, stale)


def _expiry(settings: Settings, now: datetime) -> datetime:
    return now + timedelta(days=settings.accounts.session_days)


def _hash(refresh_token: str) -> str:
    # 256 random bits need no salt and no slow hash.
    return hashlib.sha256(refresh_token.encode("utf-8", "surrogatepass")).hexdigest()
