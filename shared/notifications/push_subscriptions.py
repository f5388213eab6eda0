"""Devices that want to be told by push: subscribed, found again when there is something to tell.

    browser ─subscribe→ row ─notify→ a job for each of a person's devices ─worker/push/→ its service

A subscription belongs to a sign-in. When that ends, here or from afar, the device is not told any
more, though its browser knows nothing of it.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, delete, select

from shared.actor import Actor
from shared.contract.jobs import SendPush
from shared.contract.notifications import PushSubscriptionShape
from shared.database.statements import insert_or_replace
from shared.ids import UserId, new_id, user_stream
from shared.notifications.push_subscription_rules import PushSubscription
from shared.tables.accounts import SessionRow
from shared.tables.notifications import PushSubscriptionRow
from shared.unit_of_work import ReadTransaction, UnitOfWork

# Browsers and profiles of one person. The oldest makes room.
MAX_SUBSCRIPTIONS_PER_USER = 20
# More of one deed, as when somebody hands over a list, are one push that counts them.
MAX_PUSHES_PER_CHANGE = 3

# Whose devices there are, by the ids of their subscriptions.
SubscriptionsByUser = Mapping[UserId, Sequence[str]]


async def subscribe(
    work: UnitOfWork, actor: Actor, browser: PushSubscription, server_key: str
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
    # Another account may subscribe the same browser at this moment: the last one has it.
    await insert_or_replace(work.connection, PushSubscriptionRow, row, key="endpoint_hash")
    return PushSubscriptionShape(id=str(row["id"]), created_at=work.now)


async def unsubscribe(work: UnitOfWork, actor: Actor, endpoint: str) -> None:
    """The actor is not told on that browser any more."""
    await work.connection.execute(
        delete(PushSubscriptionRow).where(
            PushSubscriptionRow.user_id == actor.user_id,
            PushSubscriptionRow.endpoint_hash == _hash(endpoint),
        )
    )


async def delete_subscription(work: UnitOfWork, subscription_id: str) -> None:
    """It is over: its service said so, or nothing can be sent there."""
    await work.connection.execute(
        delete(PushSubscriptionRow).where(PushSubscriptionRow.id == subscription_id)
    )


async def find_live_subscriptions(
    read: ReadTransaction, user_ids: Collection[UserId]
) -> SubscriptionsByUser:
    """Returns the subscriptions of these persons whose sign-in lives."""
    devices: dict[UserId, list[str]] = {}
    if not user_ids:
        return devices
    rows = await read.connection.execute(
        select(PushSubscriptionRow.id, PushSubscriptionRow.user_id)
        .where(PushSubscriptionRow.user_id.in_(user_ids), _is_alive(read))
        .order_by(PushSubscriptionRow.id)
    )
    for row in rows:
        devices.setdefault(UserId(row.user_id), []).append(row.id)
    return devices


def add_push_jobs(
    work: UnitOfWork, devices: SubscriptionsByUser, told: Mapping[UserId, Sequence[str]]
) -> None:
    """Each of these persons is told of the notifications beside them, on all their devices."""
    for user_id, notification_ids in told.items():
        pushed = [(one, 0) for one in notification_ids]
        if len(pushed) > MAX_PUSHES_PER_CHANGE:
            pushed = [(notification_ids[0], len(notification_ids) - 1)]
        for notification_id, more in pushed:
            for device in devices.get(user_id, ()):
                push = SendPush(subscription_id=device, notification_id=notification_id, more=more)
                work.add_job(push, fairness_key=user_id)


def _is_alive(read: ReadTransaction) -> ColumnElement[bool]:
    """Returns the condition of subscriptions whose sign-in lives."""
    lives = select(SessionRow.id).where(
        SessionRow.id == PushSubscriptionRow.session_id,
        SessionRow.revoked_at.is_(None),
        SessionRow.expires_at > read.now,
    )
    return lives.exists()


async def _make_room(work: UnitOfWork, user_id: UserId) -> None:
    mine = PushSubscriptionRow.user_id == user_id
    # First those whose sign-in has run out: they must not push out one that is in use.
    await work.connection.execute(delete(PushSubscriptionRow).where(mine, ~_is_alive(work)))
    kept = (
        select(PushSubscriptionRow.id)
        .where(mine)
        .order_by(PushSubscriptionRow.id.desc())
        .limit(MAX_SUBSCRIPTIONS_PER_USER - 1)
    )
    await work.connection.execute(
        delete(PushSubscriptionRow).where(mine, PushSubscriptionRow.id.not_in(kept))
    )


def _hash(endpoint: str) -> str:
    return hashlib.sha256(endpoint.encode()).hexdigest()
