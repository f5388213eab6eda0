"""Delete the bytes and rows of attachments that are removed, broke off, or whose todo is gone.

The bytes first, and the row after them: whenever this stops, the row is there to go on.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, or_, select

from shared.attachments import rules
from shared.resources import Resources
from shared.tables.details.attachments import AttachmentRow

# Two objects each: with 20 ms for a request to a bucket, 4 s.
BATCH = 100


def is_over(now: datetime) -> ColumnElement[bool]:
    """Return the condition for attachments that nobody can read or restore any more.

    The bytes of an upload may still arrive after its todo was deleted: it waits until it has broken off.
    """
    without_todo = and_(AttachmentRow.todo_id.is_(None), AttachmentRow.state != "uploading")
    return or_(without_todo, AttachmentRow.delete_at <= now)


async def delete_batch(resources: Resources) -> bool:
    """Delete at most BATCH attachments; return True if there may be more. Raise Unavailable."""
    async with resources.single_read() as read:
        # A restore is refused from `delete_at` on, so nothing found here comes back.
        found = list(
            await read.connection.scalars(
                select(AttachmentRow.id).where(is_over(read.now)).limit(BATCH)
            )
        )
    if found:
        keys = [
            key for each in found for key in (rules.content_key(each), rules.thumbnail_key(each))
        ]
        await resources.objects.delete(keys)
        async with resources.begin() as work:
            await work.connection.execute(delete(AttachmentRow).where(AttachmentRow.id.in_(found)))
    if len(found) == BATCH:
        return True
    await resources.objects.delete_partial_files(resources.clock.now())
    return False
