"""Keep the row of this API process in `api_nodes` fresh, so that administrators see which processes run."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import delete, insert, update

from shared.cancellation import end_tasks
from shared.clock import monotonic
from shared.database.errors import DatabaseError
from shared.database.server_clock import db_now
from shared.ids import new_id
from shared.resources import Resources
from shared.tables.nodes import ApiNodeRow
from shared.version import VERSION

# Three of them may be lost before the process counts as dead (shared/administration/site.py).
INTERVAL_SECONDS = 10.0
# The end of a process does not wait longer for a database that is away: the row expires.
FAREWELL_SECONDS = 1.0

log = logging.getLogger(__name__)


@asynccontextmanager
async def node_heartbeat(resources: Resources) -> AsyncIterator[None]:
    """Write the row of this process every INTERVAL_SECONDS until the block ends, then delete it."""
    heartbeat = _Heartbeat(resources)
    task = asyncio.create_task(heartbeat.run(), name="node heartbeat")
    try:
        yield
    finally:
        await end_tasks([task])
        await heartbeat.end()


class _Heartbeat:
    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._id = f"{os.getpid()}-{new_id()}"
        self._is_written = False

    async def run(self) -> None:
        lag_seconds = 0.0
        while True:
            await self._beat(lag_seconds)
            due_at = monotonic() + INTERVAL_SECONDS
            await asyncio.sleep(INTERVAL_SECONDS)
            lag_seconds = max(0.0, monotonic() - due_at)

    async def _beat(self, lag_seconds: float) -> None:
        """Write the row. Without a database nobody can read it, and other parts say so."""
        values = {"seen_at": db_now(), "lag_milliseconds": round(lag_seconds * 1000)}
        try:
            async with self._resources.begin() as work:
                updated = await work.connection.execute(
                    update(ApiNodeRow).where(ApiNodeRow.id == self._id).values(values)
                )
                if updated.rowcount == 0:
                    await work.connection.execute(insert(ApiNodeRow).values(self._first(values)))
            self._is_written = True
        except (DatabaseError, OSError, TimeoutError) as error:
            log.debug("no heartbeat: %s", type(error).__name__)

    def _first(self, values: dict[str, object]) -> dict[str, object]:
        host = socket.gethostname()[:255]
        return {"id": self._id, "host": host, "version": VERSION, "started_at": db_now(), **values}

    async def end(self) -> None:
        """Delete the row, so that nobody takes the process for one that died."""
        if not self._is_written:
            return
        try:
            async with asyncio.timeout(FAREWELL_SECONDS), self._resources.begin() as work:
                await work.connection.execute(delete(ApiNodeRow).where(ApiNodeRow.id == self._id))
        except (DatabaseError, OSError, TimeoutError) as error:
            log.debug("the row of this process is left: %s", type(error).__name__)
