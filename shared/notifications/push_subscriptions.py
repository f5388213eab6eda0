"""Push subscriptions of browsers, and the jobs that push notifications to them.

    browser ─subscribe→ row ─notify→ a job per subscription of the user ─worker/push/→ push service

A subscription belongs to a session. When the session ends, by sign-out or by revocation, nothing is
pushed to that browser any more, although the browser itself remains subscribed.
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

# Browsers and profiles of one user. A new subscription deletes the oldest.
MAX_SUBSCRIPTIONS_PER_USER = 20
# More notifications of one transaction, as when many todos are assigned, become one push with a count.
MAX_PUSHES_PER_CHANGE = 3

# The ids of each user's push subscriptions.
SubscriptionsByUser = Mapping[UserId, Sequence[str]]


async def subscribe(
    work: UnitOfWork, actor: Actor, subscription: PushSubscription, server_key: str
) -> PushSubscriptionShape:
    """Subscribe a browser for the actor's session, and for no other user any more.

    `server_key` is our public VAPID key. Calling again with the same values changes nothing.
    """
    await work.lock_streams([user_stream(actor.user_id)])
    endpoint_hash = _hash(subscription.endpoint)
    existing = (
        await work.connection.execute(
            select(PushSubscriptionRow.__table__).where(
                PushSubscriptionRow.endpoint_hash == endpoint_hash
            )
        )
    ).one_or_none()
    values = {
        "user_id": actor.user_id, "session_id": actor.session_id, "endpoint": subscription.endpoint,
        "endpoint_hash": endpoint_hash, "p256dh": subscription.p256dh, "auth": subscription.auth,
        "server_key": server_key,
    }  # fmt: skip
    if existing and all(getattr(existing, name) == value for name, value in values.items()):
        return PushSubscriptionShape(id=existing.id, created_at=existing.created_at)
    await work.connection.execute(
        delete(PushSubscriptionRow).where(PushSubscriptionRow.endpoint_hash == endpoint_hash)
    )
    await _delete_excess(work, actor.user_id)
    row = {**values, "id": new_id(), "created_at": work.now}
    # Another account may subscribe the same browser at this moment: the last one wins.
    await insert_or_replace(work.connection, PushSubscriptionRow, row, key="endpoint_hash")
    return PushSubscriptionShape(id=str(row["id"]), created_at=work.now)


async def unsubscribe(work: UnitOfWork, actor: Actor, endpoint: str) -> None:
    """Delete the actor's subscription of a browser."""
    await work.connection.execute(
        delete(PushSubscriptionRow).where(
            PushSubscriptionRow.user_id == actor.user_id,
            PushSubscriptionRow.endpoint_hash == _hash(endpoint),
        )
    )


async def delete_subscription(work: UnitOfWork, subscription_id: str) -> None:
    """Delete a subscription that its push service ended or that cannot be delivered to."""
    await work.connection.execute(
        delete(PushSubscriptionRow).where(PushSubscriptionRow.id == subscription_id)
    )


async def find_live_subscriptions(
    read: ReadTransaction, user_ids: Collection[UserId]
) -> SubscriptionsByUser:
    """Return the subscriptions of these users whose session is live."""
    subscriptions: dict[UserId, list[str]] = {}
    if not user_ids:
        return subscriptions
    rows = await read.connection.execute(
        select(PushSubscriptionRow.id, PushSubscriptionRow.user_id)
        .where(PushSubscriptionRow.user_id.in_(user_ids), _has_live_session(read))
        .order_by(PushSubscriptionRow.id)
    )
    for row in rows:
        subscriptions.setdefault(UserId(row.user_id), []).append(row.id)
    return subscriptions


def add_push_jobs(
    work: UnitOfWork,
    subscriptions: SubscriptionsByUser,
    notifications: Mapping[UserId, Sequence[str]],
    *,
    is_one_change: bool,
) -> None:
    """Add a job for each notification and subscription of these users.

    `notifications` are notification ids by recipient. Too many of one change become one push.
    """
    for user_id, notification_ids in notifications.items():
        pushes = [(notification_id, 0) for notification_id in notification_ids]
        if is_one_change and len(pushes) > MAX_PUSHES_PER_CHANGE:
            pushes = [(notification_ids[0], len(notification_ids) - 1)]
        for notification_id, more in pushes:
            for subscription_id in subscriptions.get(user_id, ()):
                job = SendPush(
                    subscription_id=subscription_id, notification_id=notification_id, more=more
                )
                work.add_job(job, fairness_key=user_id)


def _has_live_session(read: ReadTransaction) -> ColumnElement[bool]:
    """Return the condition that a subscription's session is live."""
    live_session = select(SessionRow.id).where(
        SessionRow.id == PushSubscriptionRow.session_id,
        SessionRow.revoked_at.is_(None),
        SessionRow.expires_at > read.now,
    )
    return live_session.exists()


async def _delete_excess(work: UnitOfWork, user_id: UserId) -> None:
    of_user = PushSubscriptionRow.user_id == user_id
    # First delete those with an expired session: they must not displace one in use.
    await work.connection.execute(
        delete(PushSubscriptionRow).where(of_user, ~_has_live_session(work))
    )
    newest = (
        select(PushSubscriptionRow.id)
        .where(of_user)
        .order_by(PushSubscriptionRow.id.desc())
        .limit(MAX_SUBSCRIPTIONS_PER_USER - 1)
    )
    await work.connection.execute(
        delete(PushSubscriptionRow).where(of_user, PushSubscriptionRow.id.not_in(newest))
    )


def _hash(endpoint: str) -> str:
    return hashlib.sha256(endpoint.encode()).hexdigest()
