"""Save what a job did, although the database may be restarting."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from shared.database.errors import DatabaseError
from shared.jobs.claims import LeaseLost
from shared.resources import Resources
from shared.unit_of_work import UnitOfWork

# The database may restart or fail over between an effect and its commit. While these retries last,
# a mail that was sent is still recorded as sent. Their sum, 21.7 s, is below the time after which a
# worker that cannot renew its leases gives them up (worker/jobs/executor.py).
SAVE_RETRY_SECONDS = (0.2, 0.5, 1.0, *[2.0] * 10)

log = logging.getLogger(__name__)


def is_database_unavailable(error: BaseException) -> bool:
    """Return True if the database is down or overloaded: the rows being written are not the cause."""
    if isinstance(error, DatabaseError):
        return error.is_transient
    return isinstance(error, OSError | TimeoutError)


class SaveFailed(Exception):
    """The database stayed unavailable. The lease will expire, and another attempt follows."""


async def save_with_retries(
    resources: Resources, write: Callable[[UnitOfWork], Awaitable[object]]
) -> None:
    """Run `write` in a unit of work and commit it, trying again while the database restarts.

    Raise LeaseLost, and SaveFailed when the database stayed unavailable.
    """
    for pause in (*SAVE_RETRY_SECONDS, None):
        try:
            async with resources.begin() as work:
                await write(work)
        except LeaseLost:
            raise
        except (DatabaseError, OSError) as error:
            log.warning("not saved yet: %s", error)
        else:
            return
        if pause is not None:
            await asyncio.sleep(pause)
    raise SaveFailed
