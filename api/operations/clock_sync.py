"""Keep the clock of this process in step with the database's, so that all hosts agree on the time.

On a host that is an hour ahead, a reminder of the next hour would be treated as past; on one that is
an hour behind, a mail would be due before the event that it reports.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from sqlalchemy import select

from shared.cancellation import end_tasks
from shared.clock import DatabaseClock, monotonic
from shared.database.errors import DatabaseError
from shared.database.server_clock import db_now
from shared.resources import Resources

# Hosts with NTP differ by milliseconds; correcting those would make time jump.
TOLERANCE = timedelta(seconds=1)
# How often to compare: an operator may change the clock while we run. No guarantee is more exact
# than a minute.
INTERVAL_SECONDS = 10.0
# Interval until the first comparison succeeds: the database may be away.
RETRY_SECONDS = 1.0
# How long a start waits for the first comparison: the database may be away.
STARTUP_TIMEOUT_SECONDS = 2.0

log = logging.getLogger(__name__)


@asynccontextmanager
async def synchronized_clock(resources: Resources, clock: DatabaseClock) -> AsyncIterator[None]:
    """Keep `clock` within TOLERANCE of the database's clock until the block ends.

    Waits for the first comparison, at most STARTUP_TIMEOUT_SECONDS.
    """
    compared_once = asyncio.Event()

    async def synchronize() -> None:
        while True:
            if await _compare(resources, clock):
                compared_once.set()
            await asyncio.sleep(INTERVAL_SECONDS if compared_once.is_set() else RETRY_SECONDS)

    task = asyncio.create_task(synchronize(), name="clock synchronization")
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(STARTUP_TIMEOUT_SECONDS):
                await compared_once.wait()
        yield
    finally:
        await end_tasks([task])


async def _compare(resources: Resources, clock: DatabaseClock) -> bool:
    """Correct the clock if it is off by more than TOLERANCE. Return True if it could be compared."""
    began_at = monotonic()
    try:
        async with resources.single_read() as read:
            database_now = (await read.connection.execute(select(db_now()))).scalar_one()
    except (DatabaseError, OSError, TimeoutError):
        return False
    if monotonic() - began_at > TOLERANCE.total_seconds():
        return False  # too long under way to say anything about the present time
    ahead = clock.now() - database_now
    if abs(ahead) > TOLERANCE:
        clock.synchronize(database_now)
        log.warning(
            "this host's clock is off by %+.0f s: using the database's", ahead.total_seconds()
        )
    return True
