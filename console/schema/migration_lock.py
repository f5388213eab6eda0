"""The lock under which one process at a time migrates a database, or copies it on Postgres.

Postgres: an advisory lock of the session. SQLite: a lock on a file beside the database. Both end with
the process, however it ends.
"""

import asyncio
import fcntl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import IO

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.clock import monotonic
from shared.settings.database import DatabaseSettings
from shared.settings.private_files import create_private_file

# Any number that no other program uses as advisory lock in this database.
LOCK_ID = 5_478_216_301
# A migration of large tables takes minutes. Whoever deploys several processes wants the others to wait.
WAIT_SECONDS = 1_800.0
# Polled: a session that waits inside Postgres holds a snapshot, and CREATE INDEX CONCURRENTLY of the
# process that has the lock would wait for it, for ever.
POLL_SECONDS = 0.1


class LockedError(Exception):
    """Another process has held the lock for too long."""


@asynccontextmanager
async def migration_lock(
    connection: AsyncConnection,
    settings: DatabaseSettings,
    report: Callable[[str], None],
    wait_seconds: float = WAIT_SECONDS,
) -> AsyncIterator[None]:
    """Hold the lock during the block; on Postgres until `connection` is closed.

    Raise LockedError if another process keeps the lock for longer than `wait_seconds`.
    """
    deadline = monotonic() + wait_seconds
    is_waiting = False
    with _lock_file(settings) if settings.is_sqlite else nullcontext() as file:
        while not (_try_flock(file) if file else await _try_advisory_lock(connection)):
            if monotonic() > deadline:
                raise LockedError(
                    f"another process has migrated or copied it for {wait_seconds:.0f} s; "
                    "wait until that process ends, and try again"
                )
            if not is_waiting:
                report("Another process migrates or copies this database: waiting for it.")
            is_waiting = True
            await asyncio.sleep(POLL_SECONDS)
        yield


async def _try_advisory_lock(connection: AsyncConnection) -> bool:
    found = await connection.scalar(text(f"SELECT pg_try_advisory_lock({LOCK_ID})"))
    # The lock belongs to the session. An open transaction would hold back vacuum while we wait.
    await connection.commit()
    return bool(found)


def _lock_file(settings: DatabaseSettings) -> IO[str]:
    path = Path(f"{make_url(settings.url).database}.lock")
    create_private_file(path)
    return path.open("a")


def _try_flock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
