"""Delete old notifications, and record that on their users' streams."""

from datetime import datetime

from sqlalchemy import ColumnElement, select

from shared.ids import UserId
from shared.notifications import rules
from shared.notifications.commands import remove_expired_notifications
from shared.resources import Resources
from shared.tables.notifications import NotificationRow

# Notifications, and users, of one transaction.
BATCH = 500
USERS_PER_BATCH = 50


def is_old(now: datetime) -> ColumnElement[bool]:
    """Return the condition for notifications that are deleted because of their age."""
    return NotificationRow.created_at <= now - rules.RETENTION


async def delete_batch(resources: Resources) -> bool:
    """Delete at most BATCH old notifications of some users; return False if there are none."""
    async with resources.begin_read() as read:
        rows = await read.connection.scalars(
            select(NotificationRow.user_id)
            .where(is_old(read.now))
            .distinct()
            .limit(USERS_PER_BATCH)
        )
        user_ids = [UserId(user_id) for user_id in rows]
    if not user_ids:
        return False
    async with resources.begin() as work:
        await remove_expired_notifications(work, user_ids, BATCH)
    return True
