"""Writes of notifications: in the transaction of the deed they tell of, on each person's own stream.

Locks: whoever notifies holds the list the deed is in, so nobody is told of a list they were removed
from; then the persons, in one call. The number of statements does not grow with the persons.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Result, Row, delete, insert, or_, select, update

from shared.actor import Actor
from shared.contract.events import (
    NotificationAdded,
    NotificationRead,
    NotificationRemoved,
    PreferencesEdited,
)
from shared.contract.jobs import SendNotifications
from shared.contract.notifications import (
    ChannelsShape,
    NotificationKind,
    NotificationShape,
    NotifierShape,
    PreferencesShape,
    UnreadShape,
)
from shared.database.statements import insert_new
from shared.ids import ListId, StreamId, UserId, new_id, new_secret, user_stream
from shared.notifications import push_subscriptions, queries, rules
from shared.notifications.push_subscriptions import SubscriptionsByUser
from shared.notifications.rules import NewNotification
from shared.tables.accounts import UserRow
from shared.tables.notifications import NotificationRow, PreferencesRow
from shared.unit_of_work import UnitOfWork

ChannelsByUser = Mapping[UserId, Mapping[NotificationKind, ChannelsShape]]


async def notify(work: UnitOfWork, actor: Actor | None, notices: Sequence[NewNotification]) -> None:
    """Those who want to know have a notification each; nobody is told of their own deed.

    The caller holds the lists, and has seen under that lock that each may read what they are told
    of. A caller that holds persons must hold these among them.
    """
    notices = [one for one in notices if actor is None or one.user_id != actor.user_id]
    if not notices:
        return
    # Only those who want to know are held: a busy list must not wait for everybody around a todo.
    chosen = await queries.read_channels(work, {one.user_id for one in notices})
    pushed = {one.user_id for one in notices if chosen[one.user_id][one.kind].push}
    devices = await push_subscriptions.find_live_subscriptions(work, pushed)
    notices = _wanted(notices, chosen, devices)
    held = await work.lock_streams(recipient_streams(notices))
    notices = [one for one in notices if user_stream(one.user_id) in held]
    notices = await _without_repetition(work, notices, chosen)
    if not notices:
        return
    shapes = [_shape(work, actor, one) for one in notices]
    rows = [_row(one, shape, chosen) for one, shape in zip(notices, shapes, strict=True)]
    await work.connection.execute(insert(NotificationRow), rows)
    pushes: dict[UserId, list[str]] = {}
    for one, shape in zip(notices, shapes, strict=True):
        if chosen[one.user_id][one.kind].push:
            pushes.setdefault(one.user_id, []).append(shape.id)
    push_subscriptions.add_push_jobs(work, devices, pushes)
    for row, shape in zip(rows, shapes, strict=True):
        if row["mail_due"]:
            _add_mail(work, UserId(str(row["user_id"])))
        if row["in_app"]:
            stream = user_stream(UserId(str(row["user_id"])))
            work.record(stream, NotificationAdded(notification=shape), actor)


def recipient_streams(notices: Iterable[NewNotification]) -> set[StreamId]:
    """Returns the persons' streams that `notify` holds, for a caller that locks others too."""
    return {user_stream(one.user_id) for one in notices}


async def mark_notifications_read(
    work: UnitOfWork,
    actor: Actor,
    *,
    notification_ids: Sequence[str] = (),
    through: str | None = None,
) -> UnreadShape:
    """These are read, or all up to and including `through`. Ids of others' mean nothing."""
    stream = user_stream(actor.user_id)
    await work.lock_streams([stream])
    which = (
        NotificationRow.id.in_(notification_ids)
        if through is None
        else NotificationRow.id <= through
    )
    marked = await work.connection.scalars(
        update(NotificationRow)
        .where(*queries.is_shown_to(actor.user_id), NotificationRow.read_at.is_(None), which)
        .values(read_at=work.now)
        .returning(NotificationRow.id)
    )
    newly = sorted(marked)
    unread = await queries.count_unread(work, actor.user_id)
    if newly:
        event = NotificationRead(
            notification_ids=newly if through is None else [],
            through=through,
            read_at=work.now,
            unread_count=unread,
        )
        work.record(stream, event, actor)
    return UnreadShape(unread_count=unread)


async def remove_notifications_of_list(
    work: UnitOfWork, actor: Actor, list_id: ListId, user_id: UserId
) -> None:
    """What a person was told of a list is gone with their right to read it. They are held."""
    await _delete(work, actor, user_id, NotificationRow.list_id == list_id)


async def anonymize_actor(work: UnitOfWork, user_id: UserId) -> None:
    """What others were told of this person's deeds does not name them any more."""
    await work.connection.execute(
        update(NotificationRow)
        .where(NotificationRow.actor_id == user_id)
        .values(actor_id=None, actor_name="")
    )


async def remove_expired_notifications(
    work: UnitOfWork, user_ids: Sequence[UserId], limit: int
) -> int:
    """At most `limit` notifications of these persons that are too old are gone; returns how many."""
    await work.lock_streams([user_stream(one) for one in user_ids])
    rows = await work.connection.execute(
        select(NotificationRow.id, NotificationRow.user_id)
        .where(
            NotificationRow.user_id.in_(user_ids),
            NotificationRow.created_at <= work.now - rules.RETENTION,
        )
        .limit(limit)
    )
    old: dict[UserId, list[str]] = {}
    for row in rows:
        old.setdefault(UserId(row.user_id), []).append(row.id)
    return sum(
        [
            await _delete(work, None, user_id, NotificationRow.id.in_(ids))
            for user_id, ids in old.items()
        ]
    )


async def edit_preferences(
    work: UnitOfWork,
    actor: Actor | None,
    user_id: UserId,
    wanted: Mapping[NotificationKind, Mapping[str, bool]],
    *,
    digest: bool | None = None,
    digest_hour: int | None = None,
) -> PreferencesShape:
    """That person is told by these ways from now on. `actor` is None for a link in a mail."""
    stream = user_stream(user_id)
    await work.lock_streams([stream])
    await ensure_preferences(work, user_id)
    before = await _hold(work, user_id)
    channels = rules.overridden(before.channels, wanted)
    wants = before.digest if digest is None else digest
    hour = before.digest_hour if digest_hour is None else digest_hour
    after = rules.preferences_of(channels, wants, hour)
    if after == rules.preferences_of(before.channels, before.digest, before.digest_hour):
        return after
    at = before.next_digest_at
    if (wants, hour) != (before.digest, before.digest_hour):
        at = rules.next_digest(work.now, before.time_zone, hour) if wants else None
    values = {"channels": channels, "digest": wants, "digest_hour": hour, "next_digest_at": at}
    await work.connection.execute(
        update(PreferencesRow).where(PreferencesRow.user_id == user_id).values(values)
    )
    work.record(stream, PreferencesEdited(preferences=after), actor)
    return after


async def reschedule_digest(work: UnitOfWork, user_id: UserId) -> None:
    """The next digest comes at the hour of the zone they are in now. The person is held."""
    before = (await _read(work, user_id)).one_or_none()
    if before is not None and before.digest:
        at = rules.next_digest(work.now, before.time_zone, before.digest_hour)
        await work.connection.execute(
            update(PreferencesRow)
            .where(PreferencesRow.user_id == user_id)
            .values(next_digest_at=at)
        )


async def _hold(work: UnitOfWork, user_id: UserId) -> Row[*tuple[Any, ...]]:
    # Its row, after the person's stream: the worker that takes due digests holds the row alone.
    await work.connection.execute(
        select(PreferencesRow.user_id).where(PreferencesRow.user_id == user_id).with_for_update()
    )
    return (await _read(work, user_id)).one()


async def _read(work: UnitOfWork, user_id: UserId) -> Result[*tuple[Any, ...]]:
    return await work.connection.execute(
        select(
            PreferencesRow.channels,
            PreferencesRow.digest,
            PreferencesRow.digest_hour,
            PreferencesRow.next_digest_at,
            UserRow.time_zone,
        )
        .join(UserRow, UserRow.id == PreferencesRow.user_id)
        .where(PreferencesRow.user_id == user_id)
    )


async def ensure_preferences(work: UnitOfWork, user_id: UserId) -> None:
    """The person has a row of preferences, with the defaults if it is new."""
    new = {"user_id": user_id, "channels": {}, "mail_nonce": new_secret()}
    await insert_new(work.connection, PreferencesRow, [new], key="user_id")


async def _delete(work: UnitOfWork, actor: Actor | None, user_id: UserId, which: object) -> int:
    rows = await work.connection.execute(
        delete(NotificationRow)
        .where(NotificationRow.user_id == user_id, which)  # type: ignore[arg-type]
        .returning(NotificationRow.id, NotificationRow.in_app)
    )
    gone = list(rows)
    shown = sorted(row.id for row in gone if row.in_app)
    if shown:
        unread = await queries.count_unread(work, user_id)
        event = NotificationRemoved(notification_ids=shown, unread_count=unread)
        work.record(user_stream(user_id), event, actor)
    return len(gone)


def _add_mail(work: UnitOfWork, user_id: UserId) -> None:
    until, at = rules.mail_schedule(work.now)
    work.add_job(
        SendNotifications(user_id=user_id, until=until),
        run_at=at,
        dedupe_key=f"notifications:{user_id}:{until:%Y%m%d%H%M}",
        fairness_key=user_id,
    )


def _wanted(
    notices: Sequence[NewNotification], chosen: ChannelsByUser, devices: SubscriptionsByUser
) -> list[NewNotification]:
    def is_wanted(one: NewNotification) -> bool:
        channels = chosen[one.user_id][one.kind]
        # Whoever wants pushes and has no device is told nothing by them.
        return channels.in_app or channels.mail or (channels.push and one.user_id in devices)

    # Twice the same in one deed is once: somebody may be named twice.
    return [one for one in dict.fromkeys(notices) if is_wanted(one)]


async def _without_repetition(
    work: UnitOfWork, notices: Sequence[NewNotification], chosen: ChannelsByUser
) -> list[NewNotification]:
    """Returns those that say something new."""
    repeatable = [one for one in notices if one.kind in rules.COALESCED_UNTIL_READ]
    if not repeatable:
        return list(notices)
    is_recent = NotificationRow.created_at > work.now - rules.MAIL_WINDOW - rules.MAIL_GRACE
    rows = await work.connection.execute(
        select(
            NotificationRow.user_id,
            NotificationRow.kind,
            NotificationRow.todo_id,
            or_(NotificationRow.in_app, NotificationRow.mail_due).label("is_to_come"),
        ).where(
            NotificationRow.user_id.in_({one.user_id for one in repeatable}),
            NotificationRow.todo_id.in_({one.todo_id for one in repeatable}),
            NotificationRow.read_at.is_(None),
            or_(NotificationRow.in_app.is_(True), is_recent),
        )
    )
    # Who gets it by mail alone never reads the row: for them it is new once the mail is written;
    # by push alone, after as long as a mail would have waited.
    unread = {
        (row.user_id, row.kind, row.todo_id)
        for row in rows
        if row.is_to_come or not chosen[row.user_id][NotificationKind(row.kind)].mail
    }
    return [
        one
        for one in notices
        if one.kind not in rules.COALESCED_UNTIL_READ
        or (one.user_id, one.kind.value, one.todo_id) not in unread
    ]


def _shape(work: UnitOfWork, actor: Actor | None, notice: NewNotification) -> NotificationShape:
    return NotificationShape(
        id=new_id(),
        kind=notice.kind,
        actor=None if actor is None else NotifierShape(id=actor.user_id, name=actor.name),
        list_id=notice.list_id,
        todo_id=notice.todo_id,
        comment_id=notice.comment_id,
        invitation_id=notice.invitation_id,
        list_name=notice.list_name,
        created_at=work.now,
        read_at=None,
    )


def _row(
    notice: NewNotification, shape: NotificationShape, chosen: ChannelsByUser
) -> dict[str, object]:
    channels = chosen[notice.user_id][notice.kind]
    return {
        "id": shape.id,
        "user_id": notice.user_id,
        "kind": notice.kind.value,
        "actor_id": shape.actor.id if shape.actor else None,
        "actor_name": shape.actor.name if shape.actor else "",
        "list_id": notice.list_id,
        "todo_id": notice.todo_id,
        "comment_id": notice.comment_id,
        "invitation_id": notice.invitation_id,
        "list_name": notice.list_name,
        "in_app": channels.in_app,
        "mail_due": channels.mail and notice.kind in rules.MAILED_IN_BATCHES,
        "created_at": shape.created_at,
        "read_at": None,
    }
