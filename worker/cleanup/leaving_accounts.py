"""Delete accounts whose time of grace is over, each in a transaction of its own.

Deleting is idempotent: if the worker dies in it, nothing of that account is deleted, and the next clean-up
begins again.
"""

import logging
from datetime import datetime

from sqlalchemy import and_, or_, select

from shared.accounts.personal_data.deletion import delete_after_grace
from shared.accounts.personal_data.leaving import is_overdue
from shared.errors import NotFound
from shared.ids import UserId
from shared.resources import Resources
from shared.tables.personal_data import AccountDeletionRow

# An account with a thousand lists takes seconds.
BATCH = 20
# Pages that are read past failures; the rest waits for the next hour, as with MAX_BATCHES of chores.
MAX_PAGES = 40

log = logging.getLogger(__name__)


async def delete_batch(resources: Resources) -> bool:
    """Delete at most BATCH accounts; return True if there may be more.

    If one of them fails, go on past it with the next ones, and return False: from the beginning, the
    same accounts would be tried again and again.
    """
    after: tuple[datetime, UserId] | None = None
    for _ in range(MAX_PAGES):
        found = await _read_overdue(resources, after)
        deleted = [await _delete(resources, user_id) for _, user_id in found]
        if len(found) < BATCH:
            return False
        if after is None and all(deleted):
            return True
        after = found[-1]
    return False


async def _read_overdue(
    resources: Resources, after: tuple[datetime, UserId] | None
) -> list[tuple[datetime, UserId]]:
    """Return the first BATCH overdue accounts after this one, with their times of deletion."""
    at, user_id = AccountDeletionRow.delete_at, AccountDeletionRow.user_id
    statement = select(at, user_id).order_by(at, user_id).limit(BATCH)
    if after is not None:
        statement = statement.where(or_(at > after[0], and_(at == after[0], user_id > after[1])))
    async with resources.begin_read() as read:
        rows = await read.connection.execute(statement.where(is_overdue(read.now)))
        return [(delete_at, UserId(found)) for delete_at, found in rows]


async def _delete(resources: Resources, user_id: UserId) -> bool:
    """Delete one account; return False if that failed, which must not keep others from deletion."""
    try:
        async with resources.begin() as work:
            await delete_after_grace(work, user_id)
    except NotFound:
        log.info("account %s: kept or deleted meanwhile", user_id)
    except Exception:
        log.exception("account %s: not deleted; tried again in the next hour", user_id)
        return False
    return True
