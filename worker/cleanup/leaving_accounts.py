"""Delete accounts whose time of grace is over, each in a transaction of its own.

Deleting is idempotent: if the worker dies in it, nothing of that account is deleted, and the next clean-up
begins again.
"""

import logging

from sqlalchemy import select

from shared.accounts.personal_data.deletion import delete_after_grace
from shared.accounts.personal_data.leaving import is_overdue
from shared.errors import NotFound
from shared.ids import UserId
from shared.resources import Resources
from shared.tables.personal_data import AccountDeletionRow

# An account with a thousand lists takes seconds.
BATCH = 20

log = logging.getLogger(__name__)


async def delete_batch(resources: Resources) -> bool:
    """Delete at most BATCH accounts; return True if there may be more."""
    async with resources.begin_read() as read:
        rows = await read.connection.scalars(
            select(AccountDeletionRow.user_id)
            .where(is_overdue(read.now))
            .order_by(AccountDeletionRow.delete_at)
            .limit(BATCH)
        )
        found = [UserId(user_id) for user_id in rows]
    deleted = [await _delete(resources, user_id) for user_id in found]
    # After a failure not: the same accounts would be tried again and again.
    return len(found) == BATCH and all(deleted)


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
