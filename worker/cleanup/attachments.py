"""Delete the bytes and rows of attachments that are removed, broke off, or whose todo is gone.

The bytes first, and the row after them: whenever this stops, the row is there to go on.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, func, or_, select

from shared.attachments import rules
from shared.errors import Unavailable
from shared.resources import Resources
from shared.tables.details.attachments import AttachmentRow

# Two objects each: with 20 ms for a request to a bucket, 4 s.
BATCH = 100
# A restore, or the end of an upload, reads the time when its transaction begins, and commits after
# `delete_at` if it waits for locks. It waits 5 s for each at most (shared/database/postgres.py).
MARGIN = timedelta(minutes=5)
# Then the storage is away: each takes up to a minute (shared/object_storage/store.py).
MAX_FAILURES = 5


def is_over(now: datetime) -> ColumnElement[bool]:
    """Return the condition for attachments that nobody can read, restore or finish any more.

    The bytes of an upload may still arrive after its todo was deleted: it waits until it has broken off.
    """
    without_todo = and_(AttachmentRow.todo_id.is_(None), AttachmentRow.state != "uploading")
    return or_(without_todo, AttachmentRow.delete_at <= now - MARGIN)


async def delete_batch(resources: Resources) -> bool:
    """Delete at most BATCH attachments; return True if there may be more.

    One whose bytes cannot be deleted is skipped. Raise Unavailable at the end for those.
    """
    async with resources.single_read() as read:
        now = read.now
        found = list(
            await read.connection.scalars(
                # In any order: those that cannot be deleted are not in front every time.
                select(AttachmentRow.id).where(is_over(now)).order_by(func.random()).limit(BATCH)
            )
        )
    deleted, failures = await _delete_bytes(resources, found)
    if deleted:
        async with resources.begin() as work:
            await work.connection.execute(
                delete(AttachmentRow).where(AttachmentRow.id.in_(deleted), is_over(now))
            )
    if len(failures) == MAX_FAILURES:
        raise failures[-1]
    if len(found) == BATCH:
        return True
    await resources.objects.delete_partial_files(resources.clock.now())
    if failures:
        raise failures[-1]
    return False


async def _delete_bytes(
    resources: Resources, found: Sequence[str]
) -> tuple[list[str], list[Unavailable]]:
    """Return the attachments whose bytes are gone, and the failures. Stop after MAX_FAILURES."""
    deleted: list[str] = []
    failures: list[Unavailable] = []
    for each in found:
        try:
            await resources.objects.delete([rules.content_key(each), rules.thumbnail_key(each)])
        except Unavailable as error:
            failures.append(error)
            if len(failures) == MAX_FAILURES:
                break
        else:
            deleted.append(each)
    return deleted, failures
