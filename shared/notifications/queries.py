"""Reads of a person's own notifications, and of how people want to be told."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select

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
    """Returns what a panel shows first, and the number on the bell."""
    items = await _page(read, user_id, rules.NEWEST_COUNT, ())
    return NotificationsShape(items=tuple(items), unread_count=await count_unread(read, user_id))


async def read_page(
    read: ReadTransaction, user_id: UserId, before: str | None, limit: int, *, only_unread: bool
) -> NotificationPage:
    """Returns a person's notifications older than that one, the newest first."""
    which = (NotificationRow.read_at.is_(None),) if only_unread else ()
    older = () if before is None else (NotificationRow.id < before,)
    found = await _page(read, user_id, limit + 1, (*which, *older))
    total = await read.connection.scalar(
        select(func.count()).select_from(NotificationRow).where(*is_shown_to(user_id), *which)
    )
    return NotificationPage(
        items=found[:limit],
        next_cursor=found[limit - 1].id if len(found) > limit else None,
        total=total or 0,
        unread_count=await count_unread(read, user_id),
    )


async def count_unread(read: ReadTransaction, user_id: UserId) -> int:
    counted = await read.connection.scalar(
        select(func.count())
        .select_from(NotificationRow)
        .where(*is_shown_to(user_id), NotificationRow.read_at.is_(None))
    )
    return counted or 0


async def read_preferences(read: ReadTransaction, user_id: UserId) -> PreferencesShape:
    """Returns how a person wants to be told."""
    rows = await read.connection.execute(
        select(PreferencesRow.channels, PreferencesRow.digest, PreferencesRow.digest_hour).where(
            PreferencesRow.user_id == user_id
        )
    )
    row = rows.one_or_none()
    return rules.preferences_of({}) if row is None else rules.preferences_of(*row)


async def read_channels(
    read: ReadTransaction, user_ids: Collection[UserId]
) -> dict[UserId, dict[NotificationKind, ChannelsShape]]:
    """Returns how each of these persons wants to be told, in one statement."""
    rows = await read.connection.execute(
        select(PreferencesRow.user_id, PreferencesRow.channels).where(
            PreferencesRow.user_id.in_(user_ids)
        )
    )
    overrides = {row.user_id: row.channels for row in rows}
    return {one: rules.chosen(overrides.get(one, {})) for one in user_ids}


def is_shown_to(user_id: UserId) -> tuple[ColumnElement[bool], ...]:
    """Returns the conditions of those the app shows to a person."""
    return NotificationRow.user_id == user_id, NotificationRow.in_app.is_(True)


def shape_of(row: Row[*tuple[Any, ...]]) -> NotificationShape:
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


async def _page(
    read: ReadTransaction, user_id: UserId, limit: int, which: tuple[ColumnElement[bool], ...]
) -> list[NotificationShape]:
    rows = await read.connection.execute(
        select(*NotificationRow.__table__.c)
        .where(*is_shown_to(user_id), *which)
        .order_by(NotificationRow.id.desc())
        .limit(limit)
    )
    return [shape_of(row) for row in rows]
