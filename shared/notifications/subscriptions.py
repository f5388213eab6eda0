"""Devices that want to be told by push: subscribed, found again when there is something to tell.

    browser ─subscribe→ row ─notify→ a job for each of a person's devices ─worker/pushes.py→ its service

A subscription belongs to a sign-in. When that ends, here or from afar, the device is not told any
more, though its browser knows nothing of it.
"""

import hashlib
from base64 import urlsafe_b64decode
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, delete, func, select

from shared.actor import Actor
from shared.contract.jobs import SendPush
from shared.contract.notifications import PushShape, PushSubscriptionShape
from shared.database import insert_new
from shared.ids import UserId, new_id, user_stream
from shared.tables.accounts import SessionRow
from shared.tables.notifications import PushSubscriptionRow
from shared.work import Read, Work

# Browsers and profiles of one person. The oldest makes room.
MOST_DEVICES = 20
LONGEST_ENDPOINT = 1000


@dataclass(frozen=True)
class Browser:
    """Where a browser's service takes pushes for it, and the keys only the browser can open them with."""

    endpoint: str
    p256dh: str
    auth: str


def endpoint_of(text: str, *, private: bool) -> str:
    """Returns `text` if a service of a browser may be there. Raises ValueError, for people.

    What its name resolves to is checked when something is sent there, by worker/push_addresses.py:
    it may be another machine by then.
    """
    refused = "must be an https address as a browser gives it"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError(refused) from None
    host = parts.hostname or ""
    if not text.isascii() or not text.isprintable() or " " in text or not host or parts.fragment:
        raise ValueError(refused)
    if parts.username is not None or parts.scheme not in ("https", "http"):
        raise ValueError(refused)
    if not private and (parts.scheme != "https" or port not in (None, 443) or _is_number(host)):
        raise ValueError(refused)
    return text


def key_of(text: str, size: int) -> str:
    """Returns `text` if it is `size` bytes in base64url. Raises ValueError, for people."""
    bare = text.rstrip("=")
    try:
        found = urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    except ValueError:
        found = b""
    if len(found) != size or (size == 65 and found[0] != 4):
        raise ValueError("is not a key of a push subscription")
    return bare


async def push_shape(read: Read, user_id: UserId, public_key: str | None) -> PushShape:
    """Returns what a browser needs to subscribe."""
    counted = await read.connection.scalar(
        select(func.count()).select_from(PushSubscriptionRow).where(*_alive(read, [user_id]))
    )
    return PushShape(public_key=public_key, devices=counted or 0)


async def subscribe(
    work: Work, actor: Actor, browser: Browser, server_key: str
) -> PushSubscriptionShape:
    """The actor is told on that browser too, and nobody else any more. Again changes nothing."""
    await work.lock_streams([user_stream(actor.user_id)])
    hashed = _hash(browser.endpoint)
    known = (
        await work.connection.execute(
            select(PushSubscriptionRow.__table__).where(PushSubscriptionRow.endpoint_hash == hashed)
        )
    ).one_or_none()
    values = {
        "user_id": actor.user_id, "session_id": actor.session_id, "endpoint": browser.endpoint,
        "endpoint_hash": hashed, "p256dh": browser.p256dh, "auth": browser.auth,
        "server_key": server_key,
    }  # fmt: skip
    if known is not None and all(getattr(known, name) == one for name, one in values.items()):
        return PushSubscriptionShape(id=known.id, created_at=known.created_at)
    await work.connection.execute(
        delete(PushSubscriptionRow).where(PushSubscriptionRow.endpoint_hash == hashed)
    )
    await _make_room(work, actor.user_id)
    row = {**values, "id": new_id(), "created_at": work.now}
    # Where two sign-ins of one browser subscribe at the same moment, the one that came first stays.
    await insert_new(work.connection, PushSubscriptionRow, [row], key="endpoint_hash")
    return PushSubscriptionShape(id=str(row["id"]), created_at=work.now)


async def unsubscribe(work: Work, actor: Actor, endpoint: str) -> None:
    """The actor is not told on that browser any more."""
    await work.connection.execute(
        delete(PushSubscriptionRow).where(
            PushSubscriptionRow.user_id == actor.user_id,
            PushSubscriptionRow.endpoint_hash == _hash(endpoint),
        )
    )


async def forget(work: Work, subscription_id: str) -> None:
    """Its service said that it is over."""
    await work.connection.execute(
        delete(PushSubscriptionRow).where(PushSubscriptionRow.id == subscription_id)
    )


async def add_pushes(work: Work, told: Sequence[tuple[UserId, str]]) -> None:
    """Each of these persons is told of the notification beside them, on all their devices."""
    if not told:
        return
    rows = await work.connection.execute(
        select(PushSubscriptionRow.id, PushSubscriptionRow.user_id)
        .where(*_alive(work, {user_id for user_id, _ in told}))
        .order_by(PushSubscriptionRow.id)
    )
    devices: dict[str, list[str]] = {}
    for row in rows:
        devices.setdefault(row.user_id, []).append(row.id)
    for user_id, notification_id in told:
        for one in devices.get(user_id, ()):
            work.add_job(
                SendPush(subscription_id=one, notification_id=notification_id),
                dedupe_key=f"push:{notification_id}:{one}",
                for_user=user_id,
            )


def _alive(read: Read, user_ids: Collection[UserId]) -> tuple[ColumnElement[bool], ...]:
    """Returns the conditions of subscriptions whose sign-in lives."""
    lives = select(SessionRow.id).where(
        SessionRow.id == PushSubscriptionRow.session_id,
        SessionRow.revoked_at.is_(None),
        SessionRow.expires_at > read.now,
    )
    return PushSubscriptionRow.user_id.in_(user_ids), lives.exists()


async def _make_room(work: Work, user_id: UserId) -> None:
    kept = (
        select(PushSubscriptionRow.id)
        .where(PushSubscriptionRow.user_id == user_id)
        .order_by(PushSubscriptionRow.id.desc())
        .limit(MOST_DEVICES - 1)
    )
    await work.connection.execute(
        delete(PushSubscriptionRow).where(
            PushSubscriptionRow.user_id == user_id, PushSubscriptionRow.id.not_in(kept)
        )
    )


def _hash(endpoint: str) -> str:
    return hashlib.sha256(endpoint.encode()).hexdigest()


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
