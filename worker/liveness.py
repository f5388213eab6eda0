"""Register this worker process as alive, for its health check and for the API."""

import logging
import os
import socket
from contextlib import suppress
from pathlib import Path

from sqlalchemy import delete, insert, update

from shared.database.server_clock import db_now
from shared.ids import new_id
from shared.tables.jobs import WorkerRow
from shared.unit_of_work import UnitOfWork
from shared.version import VERSION

log = logging.getLogger(__name__)


def host_name() -> str:
    """Return the name of this machine or container. Its health check reads the same name."""
    return socket.gethostname()[:255]


class WorkerRegistration:
    """Keep this worker's row in `workers` fresh: every renewal of the leases writes it."""

    def __init__(self) -> None:
        self.id = f"{os.getpid()}-{new_id()}"

    async def record_heartbeat(self, work: UnitOfWork) -> None:
        """Record in the row that the worker is alive now."""
        updated = await work.connection.execute(
            update(WorkerRow).where(WorkerRow.id == self.id).values(seen_at=db_now())
        )
        if updated.rowcount == 0:
            await work.connection.execute(
                insert(WorkerRow).values(
                    id=self.id,
                    host=host_name(),
                    version=VERSION,
                    started_at=db_now(),
                    seen_at=db_now(),
                )
            )

    async def deregister(self, work: UnitOfWork) -> None:
        """Delete the row, so that no health check expects this worker."""
        await work.connection.execute(delete(WorkerRow).where(WorkerRow.id == self.id))


class HeartbeatFile:
    """A file whose time of change says that the worker lives. Reading it costs no process start.

    It is touched without the database too: a restart of the worker does not bring the database back.
    """

    def __init__(self, path: str) -> None:
        self._path = Path(path) if path else None

    def touch(self) -> None:
        if self._path is None:
            return
        try:
            self._path.touch()
        except OSError as error:
            # Sending mail matters more than the health check, which will fail.
            log.error("no heartbeat file: %s: %s", self._path, error.strerror)

    def remove(self) -> None:
        """Remove the file at the end, so that no health check expects this worker."""
        if self._path is not None:
            with suppress(OSError):
                self._path.unlink()
