"""How many database reads of a node may run at once, and which of their errors are retried."""

import asyncio

from shared.database.errors import DatabaseError
from shared.settings import Settings

# The database is away or too busy; anything else is a bug.
DATABASE_ERRORS = (DatabaseError, OSError)


def read_slots(settings: Settings) -> asyncio.Semaphore:
    """Return the semaphore that limits the reads for sockets to half of the connection pool.

    The other half stays for HTTP requests, however many sockets reconnect at once.
    """
    return asyncio.Semaphore(max(1, settings.database.pool_size // 2))
