"""That this worker is alive, written where its health check and the API look."""

import os
import socket

from sqlalchemy import delete, insert, update

from shared.database import db_now
from shared.ids import new_id
from shared.tables.jobs import WorkerRow
from shared.unit_of_work import UnitOfWork


def host_name() -> str:
    """Returns the name of this machine or container, as its health check knows it too."""
    return socket.gethostname()[:255]


class Presence:
    """One worker process. Its row is new as often as its leases are."""

    def __init__(self) -> None:
        self.id = f"{os.getpid()}-{new_id()}"

    async def note(self, work: UnitOfWork) -> None:
        """The worker was alive just now."""
        seen = await work.connection.execute(
            update(WorkerRow).where(WorkerRow.id == self.id).values(seen_at=db_now())
        )
        if seen.rowcount == 0:
            await work.connection.execute(
                insert(WorkerRow).values(
                    id=self.id, host=host_name(), started_at=db_now(), seen_at=db_now()
                )
            )

    async def leave(self, work: UnitOfWork) -> None:
        """Nobody waits for this worker any more."""
        await work.connection.execute(delete(WorkerRow).where(WorkerRow.id == self.id))
