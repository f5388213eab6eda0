"""Reads of a user's own notifications, and of notification preferences."""

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Row,
    Select,
    bindparam,
    func,
    select,
    true,
)

from shared.contract.notifications import (
    ChannelsShape,
    NotificationKind,
    NotificationPage,
    NotificationShape,
    NotifierShape,
    PreferencesShape,
)
from shared.ids import UserId
from shared.notifications import rules
from shared.tables.notifications import NotificationRow, PreferencesRow
from shared.unit_of_work import ReadTransaction

# Of the notifications that the app shows.
IS_UNREAD = NotificationRow.in_app.is_(True), NotificationRow.read_at.is_(None)


async def read_page(
    read: ReadTransaction, user_id: UserId, before: str | None, limit: int, *, only_unread: bool
) -> NotificationPage:
    """Return a page of a user's notifications, newest first, in one statement.

    `before` is the id of the last notification of the previous page.
    """
    statement = _page_statement(only_unread=only_unread, is_first=before is None)
    values: dict[str, str | int] = {"user_id": user_id, "limit": limit + 1}
    if before is not None:
        values["before"] = before
    rows = (await read.connection.execute(statement, values)).all()
    found = [_notification_from_row(row) for row in rows if row.id is not None]
    return NotificationPage(
        items=found[:limit],
        next_cursor=found[limit - 1].id if len(found) > limit else None,
        total=rows[0].unread_count if only_unread else rows[0].total,
        unread_count=rows[0].unread_count,
    )


@cache
def _page_statement(*, only_unread: bool, is_first: bool) -> Select[*tuple[Any, ...]]:
    """Return the statement for a page; each row has the numbers of all and of unread notifications.

    Without a notification on the page there is one row, in which only the numbers are not NULL.
    """
    shown = is_shown_to(bindparam("user_id"))
    is_unread = NotificationRow.read_at.is_(None)
    counted = (
        select(func.count().label("total"), func.count().filter(is_unread).label("unread_count"))
        .where(*shown)
        .subquery("counted")
    )
    page = select(*NotificationRow.__table__.c).where(*shown)
    if only_unread:
        page = page.where(is_unread)
    if not is_first:
        page = page.where(NotificationRow.id < bindparam("before"))
    newest = page.order_by(NotificationRow.id.desc())
    items = newest.limit(bindparam("limit", type_=Integer)).subquery("page")
    return (
        select(counted, items)
        .select_from(counted.outerjoin(items, true()))
        .order_by(items.c.id.desc())
    )


async def count_unread(read: ReadTransaction, user_id: UserId) -> int:
    count = await read.connection.scalar(
        select(func.count())
        .select_from(NotificationRow)
        .where(*is_shown_to(user_id), NotificationRow.read_at.is_(None))
    )
    return count or 0


async def count_unread_of_users(
    read: ReadTransaction, user_ids: Collection[UserId]
) -> Mapping[UserId, int]:
    """Return the numbers of unread notifications, without users who have none, in one statement."""
    rows = await read.connection.execute(
        select(NotificationRow.user_id, func.count())
        .where(NotificationRow.user_id.in_(user_ids), *IS_UNREAD)
        .group_by(NotificationRow.user_id)
    )
    return {UserId(user_id): count for user_id, count in rows}


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


def is_shown_to(user_id: UserId | BindParameter[str]) -> tuple[ColumnElement[bool], ...]:
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
