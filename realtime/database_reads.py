"""What all database reads of a node share: how many may run at once, and which errors are retried."""

import asyncio

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.settings import Settings

# The database is away or too busy; anything else is a bug.
DATABASE_ERRORS = (DBAPIError, PoolTimeout, OSError)


def read_slots(settings: Settings) -> asyncio.Semaphore:
    """Return the slots for reads on behalf of sockets.

    They are half of the pool: the other half stays for requests, however many sockets come back.
    """
    return asyncio.Semaphore(max(1, settings.database.pool_size // 2))
