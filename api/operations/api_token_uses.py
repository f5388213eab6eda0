"""Save when API tokens and calendar feeds were used, once a minute, apart from their requests."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.accounts.authentication.api_tokens import LAST_USE_INTERVAL, save_last_uses
from shared.calendar_feeds import commands as feeds
from shared.cancellation import end_tasks
from shared.database.errors import DatabaseError
from shared.errors import DomainError
from shared.resources import Resources

log = logging.getLogger(__name__)


@asynccontextmanager
async def saved_regularly(resources: Resources) -> AsyncIterator[None]:
    """Save the uses until the block ends, and those that are left."""

    async def save_forever() -> None:
        while True:
            await asyncio.sleep(LAST_USE_INTERVAL.total_seconds())
            await _save(resources)

    task = asyncio.create_task(save_forever(), name="last uses of API tokens")
    try:
        yield
    finally:
        await end_tasks([task])
        await _save(resources)


async def save_feed_uses(resources: Resources) -> None:
    """Write the time to the calendar feeds that were read since the last call."""
    used, resources.used_calendar_feeds = resources.used_calendar_feeds, set()
    if used:
        async with resources.begin() as work:
            await feeds.save_last_uses(work, used)


async def _save(resources: Resources) -> None:
    try:
        await save_last_uses(resources)
        await save_feed_uses(resources)
    except (DatabaseError, DomainError, OSError, TimeoutError) as error:
        # It is only information for the user; the next use is saved again.
        log.warning("last uses of tokens and feeds not saved: %s", type(error).__name__)
