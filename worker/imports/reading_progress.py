"""Show how many todos of a file were read, while it is read."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import update

from shared.database.errors import DatabaseError
from shared.ids import ImportId, UserId, user_stream
from shared.imports.commands import record_change
from shared.jobs.retries import Obsolete
from shared.resources import Resources
from shared.tables.interop.imports import ImportRow
from worker.jobs.saving import is_database_unavailable

# The first pause, and how much longer each one is than that before. Each event is a row of the user's
# stream: a file that takes a quarter of an hour has 24 of them.
FIRST_PAUSE_SECONDS, GROWTH = 1.0, 1.25


def pauses() -> Iterator[float]:
    """Yield the seconds before each event."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        yield pause
        pause *= GROWTH


async def show_progress(
    resources: Resources,
    import_id: ImportId,
    user_id: UserId,
    is_current: tuple[Any, ...],
    reading: asyncio.Future[Any],
    count: Callable[[], int],
) -> None:
    """Tell the user's clients how many todos were read, until the reading is over.

    `is_current` are conditions of the import's row. Raise Obsolete once they are not met any more.
    """
    shown = 0
    for pause in pauses():
        await asyncio.wait([reading], timeout=pause)
        if reading.done():
            return
        if count() == shown:
            continue
        try:
            async with resources.begin() as work:
                await work.lock_streams([user_stream(user_id)])
                done = count()
                updated = await work.connection.execute(
                    update(ImportRow).where(*is_current).values(todos_done=done)
                )
                if updated.rowcount != 1:
                    raise Obsolete("the import was cancelled, or is read in another way")
                await record_change(work, import_id)
        except (DatabaseError, OSError) as error:
            if not is_database_unavailable(error):
                raise
            # Also for a lock that is not free, the next one will do.
            continue
        shown = done
