"""Reads of a user's own notifications, and of notification preferences."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, func, select

from shared.contract.notifications import (
    ChannelsShape,
    NotificationKind,
    NotificationPage,
    NotificationShape,
    NotificationsShape,
    NotifierShape,
    PreferencesShape,
)
from shared.ids import UserId
from shared.notifications import rules
from shared.tables.notifications import NotificationRow, PreferencesRow
from shared.unit_of_work import ReadTransaction


async def read_newest(read: ReadTransaction, user_id: UserId) -> NotificationsShape:
    """Return the newest notifications and the count of unread ones, for the panel and its badge."""
    items = await _read_page(read, user_id, rules.NEWEST_COUNT, ())
    return NotificationsShape(items=tuple(items), unread_count=await count_unread(read, user_id))


async def read_page(
    read: ReadTransaction, user_id: UserId, before: str | None, limit: int, *, only_unread: bool
) -> NotificationPage:
    """Return a page of a user's notifications, newest first.

    `before` is the id of the last notification of the previous page.
    """
    unread = (NotificationRow.read_at.is_(None),) if only_unread else ()
    older = () if before is None else (NotificationRow.id < before,)
    found = await _read_page(read, user_id, limit + 1, (*unread, *older))
    total = await read.connection.scalar(
        select(func.count()).select_from(NotificationRow).where(*is_shown_to(user_id), *unread)
    )
    return NotificationPage(
        items=found[:limit],
        next_cursor=found[limit - 1].id if len(found) > limit else None,
        total=total or 0,
        unread_count=await count_unread(read, user_id),
    )


async def count_unread(read: ReadTransaction, user_id: UserId) -> int:
    count = await read.connection.scalar(
        select(func.count())
        .select_from(NotificationRow)
        .where(*is_shown_to(user_id), NotificationRow.read_at.is_(None))
    )
    return count or 0


async def read_preferences(read: ReadTransaction, user_id: UserId) -> PreferencesShape:
    """Return a user's notification preferences, defaults included."""
    rows = await read.connection.execute(
        select(PreferencesRow.channels, PreferencesRow.digest, PreferencesRow.digest_hour).where(
            PreferencesRow.user_id == user_id
        )
    )
    row = rows.one_or_none()
    return rules.effective_preferences({}) if row is None else rules.effective_preferences(*row)


_CHANNELS = select(PreferencesRow.user_id, PreferencesRow.channels).where(
    PreferencesRow.user_id.in_(bindparam("user_ids", expanding=True))
)


async def read_channels(
    read: ReadTransaction, user_ids: Collection[UserId]
) -> dict[UserId, dict[NotificationKind, ChannelsShape]]:
    """Return the channels of each kind for each of these users, in one statement."""
    rows = await read.connection.execute(_CHANNELS, {"user_ids": list(user_ids)})
    overrides = {row.user_id: row.channels for row in rows}
    return {user_id: rules.effective_channels(overrides.get(user_id, {})) for user_id in user_ids}


def is_shown_to(user_id: UserId) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of the notifications that the app shows to a user."""
    return NotificationRow.user_id == user_id, NotificationRow.in_app.is_(True)


def _notification_from_row(row: Row[*tuple[Any, ...]]) -> NotificationShape:
    actor = NotifierShape(id=row.actor_id, name=row.actor_name) if row.actor_id else None
    return NotificationShape(
        id=row.id,
        kind=NotificationKind(row.kind),
        actor=actor,
        list_id=row.list_id,
        todo_id=row.todo_id,
        comment_id=row.comment_id,
        invitation_id=row.invitation_id,
        list_name=row.list_name,
        created_at=row.created_at,
        read_at=row.read_at,
    )


async def _read_page(
    read: ReadTransaction, user_id: UserId, limit: int, conditions: tuple[ColumnElement[bool], ...]
) -> list[NotificationShape]:
    rows = await read.connection.execute(
        select(*NotificationRow.__table__.c)
        .where(*is_shown_to(user_id), *conditions)
        .order_by(NotificationRow.id.desc())
        .limit(limit)
    )
    return [_notification_from_row(row) for row in rows]
