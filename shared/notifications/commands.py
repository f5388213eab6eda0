"""Commands on notifications: add, mark as read, remove. Events go to each user's own stream.

Notifications are added in the transaction of the change they are about. Locks: the caller of
`notify` holds the lock of the list's stream, so that no user is notified about a list they were
removed from; then the recipients' streams are locked in one call. The number of statements does not grow
with the number of recipients.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import ColumnElement, delete, insert, or_, select, update

from shared.actor import Actor
from shared.contract.events import NotificationAdded, NotificationRead, NotificationRemoved
from shared.contract.jobs import SendNotifications
from shared.contract.notifications import (
    ChannelsShape,
    NotificationKind,
    NotificationShape,
    NotifierShape,
    UnreadShape,
)
from shared.ids import InvitationId, ListId, StreamId, UserId, new_id, user_stream
from shared.notifications import push_subscriptions, queries, rules
from shared.notifications.push_subscriptions import SubscriptionsByUser
from shared.notifications.rules import NewNotification
from shared.tables.notifications import NotificationRow
from shared.unit_of_work import UnitOfWork

ChannelsByUser = Mapping[UserId, Mapping[NotificationKind, ChannelsShape]]


async def notify(
    work: UnitOfWork,
    actor: Actor | None,
    notifications: Sequence[NewNotification],
    *,
    is_one_change: bool = True,
) -> None:
    """Add notifications for the recipients who want them, with their mails and pushes.

    Leave out the actor's own changes, kinds that a recipient turned off, and repetitions of unread
    ones. The caller holds the locks of the lists' streams, and has checked under them that each
    recipient may read the subject. A caller that holds locks of users' streams must hold those of
    `recipient_streams`. Of one change a user gets each notification once, and few pushes;
    `is_one_change` is False if the notifications have nothing to do with each other.
    """
    notifications = [new for new in notifications if actor is None or new.user_id != actor.user_id]
    if not notifications:
        return
    channels = await queries.read_channels(work, {new.user_id for new in notifications})
    pushed_to = {new.user_id for new in notifications if channels[new.user_id][new.kind].push}
    subscriptions = await push_subscriptions.find_live_subscriptions(work, pushed_to)
    if is_one_change:
        notifications = list(dict.fromkeys(notifications))  # a comment can mention a user twice
    # Lock only recipients who want the notification: a busy list must not wait for all its members.
    notifications = _wanted(notifications, channels, subscriptions)
    locked = await work.lock_streams(recipient_streams(notifications))
    notifications = [new for new in notifications if user_stream(new.user_id) in locked]
    notifications = await _without_repetitions(work, notifications, channels)
    if not notifications:
        return
    shapes = [_shape(work, actor, new) for new in notifications]
    added = list(zip(notifications, shapes, strict=True))
    await work.connection.execute(
        insert(NotificationRow), [_row(new, shape, channels) for new, shape in added]
    )
    pushes: dict[UserId, list[str]] = {}
    for new, shape in added:
        if channels[new.user_id][new.kind].push:
            pushes.setdefault(new.user_id, []).append(shape.id)
    push_subscriptions.add_push_jobs(work, subscriptions, pushes, is_one_change=is_one_change)
    for new, shape in added:
        if _is_mailed(new, channels):
            _add_mail_job(work, new.user_id)
        if channels[new.user_id][new.kind].in_app:
            event = NotificationAdded(notification=shape)
            work.record(user_stream(new.user_id), event, actor)


def recipient_streams(notifications: Iterable[NewNotification]) -> set[StreamId]:
    """Return the streams that `notify` may lock, for a caller that locks other users' streams too."""
    return {user_stream(new.user_id) for new in notifications}


async def mark_notifications_read(
    work: UnitOfWork,
    actor: Actor,
    *,
    notification_ids: Sequence[str] = (),
    through: str | None = None,
) -> UnreadShape:
    """Mark these notifications, or all up to and including `through`, as read by the actor.

    Ignore ids of other users' notifications. Return the number that is still unread.
    """
    await work.lock_streams([user_stream(actor.user_id)])
    condition = (
        NotificationRow.id.in_(notification_ids)
        if through is None
        else NotificationRow.id <= through
    )
    marked_ids = await _mark_read(work, actor.user_id, condition)
    unread_count = await queries.count_unread(work, actor.user_id)
    if marked_ids:
        ids = marked_ids if through is None else []
        _record_read(work, actor, actor.user_id, ids, unread_count, through)
    return UnreadShape(unread_count=unread_count)


async def mark_invitations_read(
    work: UnitOfWork,
    actor: Actor,
    user_ids: Collection[UserId],
    invitation_ids: Collection[InvitationId],
) -> None:
    """Mark the notifications that these users have of invitations as read: those are closed.

    The caller holds the users' streams. Two statements, whatever the number of invitations.
    """
    if not user_ids:
        return
    rows = await work.connection.execute(
        update(NotificationRow)
        .where(
            NotificationRow.user_id.in_(user_ids),
            NotificationRow.invitation_id.in_(invitation_ids),
            *queries.IS_UNREAD,
        )
        .values(read_at=work.now)
        .returning(NotificationRow.user_id, NotificationRow.id)
    )
    marked: dict[UserId, list[str]] = {}
    for user_id, notification_id in rows:
        marked.setdefault(UserId(user_id), []).append(notification_id)
    if not marked:
        return
    unread_counts = await queries.count_unread_of_users(work, marked)
    for user_id, notification_ids in sorted(marked.items()):
        ids = sorted(notification_ids)
        _record_read(work, actor, user_id, ids, unread_counts.get(user_id, 0))


async def _mark_read(
    work: UnitOfWork, user_id: UserId, condition: ColumnElement[bool]
) -> list[str]:
    marked = await work.connection.scalars(
        update(NotificationRow)
        .where(*queries.is_shown_to(user_id), NotificationRow.read_at.is_(None), condition)
        .values(read_at=work.now)
        .returning(NotificationRow.id)
    )
    return sorted(marked)


def _record_read(
    work: UnitOfWork,
    actor: Actor,
    user_id: UserId,
    notification_ids: list[str],
    unread_count: int,
    through: str | None = None,
) -> None:
    event = NotificationRead(
        notification_ids=notification_ids,
        through=through,
        read_at=work.now,
        unread_count=unread_count,
    )
    work.record(user_stream(user_id), event, actor)


async def remove_notifications_of_list(
    work: UnitOfWork, actor: Actor, list_id: ListId, user_id: UserId
) -> None:
    """Remove a user's notifications about a list they can no longer read.

    The caller holds the user's stream.
    """
    await _delete(work, actor, user_id, NotificationRow.list_id == list_id)


async def anonymize_actor(work: UnitOfWork, user_id: UserId) -> None:
    """Clear the user's name from the notifications of others that they caused."""
    await work.connection.execute(
        update(NotificationRow)
        .where(NotificationRow.actor_id == user_id)
        .values(actor_id=None, actor_name="")
    )


async def remove_expired_notifications(
    work: UnitOfWork, user_ids: Sequence[UserId], limit: int
) -> int:
    """Remove at most `limit` notifications of these users older than RETENTION. Return the number."""
    await work.lock_streams([user_stream(user_id) for user_id in user_ids])
    rows = await work.connection.execute(
        select(NotificationRow.id, NotificationRow.user_id)
        .where(
            NotificationRow.user_id.in_(user_ids),
            NotificationRow.created_at <= work.now - rules.RETENTION,
        )
        .limit(limit)
    )
    expired: dict[UserId, list[str]] = {}
    for row in rows:
        expired.setdefault(UserId(row.user_id), []).append(row.id)
    return sum(
        [
            await _delete(work, None, user_id, NotificationRow.id.in_(ids))
            for user_id, ids in expired.items()
        ]
    )


async def _delete(
    work: UnitOfWork, actor: Actor | None, user_id: UserId, condition: ColumnElement[bool]
) -> int:
    rows = await work.connection.execute(
        delete(NotificationRow)
        .where(NotificationRow.user_id == user_id, condition)
        .returning(NotificationRow.id, NotificationRow.in_app)
    )
    deleted = list(rows)
    shown_ids = sorted(row.id for row in deleted if row.in_app)
    if shown_ids:
        unread_count = await queries.count_unread(work, user_id)
        event = NotificationRemoved(notification_ids=shown_ids, unread_count=unread_count)
        work.record(user_stream(user_id), event, actor)
    return len(deleted)


def _add_mail_job(work: UnitOfWork, user_id: UserId) -> None:
    window_end, run_at = rules.mail_schedule(work.now)
    work.add_job(
        SendNotifications(user_id=user_id, until=window_end),
        run_at=run_at,
        dedupe_key=f"notifications:{user_id}:{window_end:%Y%m%d%H%M}",
        fairness_key=user_id,
    )


def _wanted(
    notifications: Sequence[NewNotification],
    channels: ChannelsByUser,
    subscriptions: SubscriptionsByUser,
) -> list[NewNotification]:
    def is_wanted(new: NewNotification) -> bool:
        chosen = channels[new.user_id][new.kind]
        # Push without a subscribed browser has no recipient.
        return chosen.in_app or chosen.mail or (chosen.push and new.user_id in subscriptions)

    return [new for new in notifications if is_wanted(new)]


async def _without_repetitions(
    work: UnitOfWork, notifications: Sequence[NewNotification], channels: ChannelsByUser
) -> list[NewNotification]:
    repeatable = [new for new in notifications if new.kind in rules.COALESCED_UNTIL_READ]
    if not repeatable:
        return list(notifications)
    is_recent = NotificationRow.created_at > work.now - rules.MAIL_WINDOW - rules.MAIL_GRACE
    rows = await work.connection.execute(
        select(
            NotificationRow.user_id,
            NotificationRow.kind,
            NotificationRow.todo_id,
            or_(NotificationRow.in_app, NotificationRow.mail_due).label("is_pending"),
        ).where(
            NotificationRow.user_id.in_({new.user_id for new in repeatable}),
            NotificationRow.todo_id.in_({new.todo_id for new in repeatable}),
            NotificationRow.read_at.is_(None),
            or_(NotificationRow.in_app.is_(True), is_recent),
        )
    )
    # A user with mail alone never marks the row as read: for them a notification repeats only until
    # the mail is written; with push alone, only for as long as a mail would have waited.
    unread = {
        (row.user_id, row.kind, row.todo_id)
        for row in rows
        if row.is_pending or not channels[row.user_id][NotificationKind(row.kind)].mail
    }
    return [
        new
        for new in notifications
        if new.kind not in rules.COALESCED_UNTIL_READ
        or (new.user_id, new.kind.value, new.todo_id) not in unread
    ]


def _is_mailed(new: NewNotification, channels: ChannelsByUser) -> bool:
    return channels[new.user_id][new.kind].mail and new.kind in rules.MAILED_IN_BATCHES


def _shape(work: UnitOfWork, actor: Actor | None, new: NewNotification) -> NotificationShape:
    return NotificationShape(
        id=new_id(),
        kind=new.kind,
        actor=None if actor is None else NotifierShape(id=actor.user_id, name=actor.name),
        list_id=new.list_id,
        todo_id=new.todo_id,
        comment_id=new.comment_id,
        invitation_id=new.invitation_id,
        list_name=new.list_name,
        created_at=work.now,
        read_at=None,
    )


def _row(
    new: NewNotification, shape: NotificationShape, channels: ChannelsByUser
) -> dict[str, object]:
    return {
        "id": shape.id,
        "user_id": new.user_id,
        "kind": new.kind.value,
        "actor_id": shape.actor.id if shape.actor else None,
        "actor_name": shape.actor.name if shape.actor else "",
        "list_id": new.list_id,
        "todo_id": new.todo_id,
        "comment_id": new.comment_id,
        "invitation_id": new.invitation_id,
        "list_name": new.list_name,
        "in_app": channels[new.user_id][new.kind].in_app,
        "mail_due": _is_mailed(new, channels),
        "created_at": shape.created_at,
        "read_at": None,
    }
