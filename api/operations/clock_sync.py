"""Keeps this process by the database's clock, so that all hosts agree what time it is.

On a host an hour ahead a reminder of the next hour would be taken for past; on one an hour behind a
mail would be due before what it tells of.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from shared.cancellation import end_tasks
from shared.clock import DatabaseClock, monotonic
from shared.database.server_clock import db_now
from shared.resources import Resources

# Hosts that are kept by NTP differ by milliseconds; to follow those would make time jump.
CLOSE = timedelta(seconds=1)
# A clock may be set while we run; nothing we promise is closer to time than a minute.
EVERY_SECONDS = 10.0
# While the database has not been asked yet, or is away.
SOON_SECONDS = 1.0
# A process that starts without its database does not wait for it.
FIRST_SECONDS = 2.0

log = logging.getLogger(__name__)


@asynccontextmanager
async def keeping_time(resources: Resources, clock: DatabaseClock) -> AsyncIterator[None]:
    """`clock` is the database's, but for CLOSE, until the block ends; if the database is there."""
    known = asyncio.Event()

    async def keep() -> None:
        while True:
            if await _compare(resources, clock):
                known.set()
            await asyncio.sleep(EVERY_SECONDS if known.is_set() else SOON_SECONDS)

    keeping = asyncio.create_task(keep(), name="timekeeping")
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(FIRST_SECONDS):
                await known.wait()
        yield
    finally:
        await end_tasks([keeping])


async def _compare(resources: Resources, clock: DatabaseClock) -> bool:
    """The clock follows the database's, if it was far off. Tells whether they could be compared."""
    asked_at = monotonic()
    try:
        async with resources.begin_read() as read:
            theirs = (await read.connection.execute(select(db_now()))).scalar_one()
    except (SQLAlchemyError, OSError, TimeoutError):
        return False
    if monotonic() - asked_at > CLOSE.total_seconds():
        return False  # an answer that was so long under way tells nothing
    ahead = clock.now() - theirs
    if abs(ahead) > CLOSE:
        clock.synchronize(theirs)
        log.warning(
            "this host's clock was %+.0f s off: the database's counts", ahead.total_seconds()
        )
    return True
