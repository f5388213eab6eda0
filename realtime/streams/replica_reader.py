"""Reading missed events from a replica of the database, which may be behind.

Who may read, how far a stream is, and every refusal were decided by the database itself, a moment
ago. The replica is asked for events only, and believed only when one moment of it shows the same
epoch, a head at least as far, and the events from the cursor on. It is then as good; else the
database itself is asked, as without a replica.
"""

import asyncio
import logging
from collections.abc import Mapping

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from realtime.limits import Limits
from shared import metrics
from shared.clock import monotonic
from shared.database.connections import Database
from shared.event_log import CannotResume, EventPage, Head, read_after_several
from shared.ids import StreamId
from shared.resources import Resources

# A page takes milliseconds; a replica that needs longer is no relief to anybody.
ANSWER_SECONDS = 1.0
# After a failure nobody waits for it again for this long.
PAUSE_SECONDS = 5.0

Found = dict[StreamId, EventPage | CannotResume | None]
Cursors = Mapping[StreamId, tuple[str, int]]

log = logging.getLogger(__name__)


class Replica:
    def __init__(
        self, resources: Resources, database: Database, limits: Limits, places: asyncio.Semaphore
    ) -> None:
        self._resources = resources
        self._database = database
        self._limits = limits
        # Those of the database itself (realtime/streams/backfill.py), for what the replica does not have.
        self._places = places
        # All of the replica's pool, which has no other reader. Who waits for a place has not begun
        # to wait for an answer: a thousand readers at once are no reason to think it away.
        self._places_there = asyncio.Semaphore(resources.settings.database.pool_size)
        self._silent_until = 0.0

    async def read(self, cursors: Cursors, waiting: Mapping[StreamId, Head]) -> Found:
        """Returns the events after the cursors, up to those heads; as read_after_several, one page.

        Raises what the database itself raises, never what the replica does.
        """
        wanted = {stream: cursors[stream] for stream in waiting}
        if not wanted:
            return {}
        copies = await self._ask(wanted)
        found: Found = {}
        behind: dict[StreamId, tuple[str, int]] = {}
        for stream, head in waiting.items():
            if copies is not None and stream not in copies:
                continue  # no room in this page; asked for again
            missed = _as_of(head, copies[stream]) if copies is not None else None
            if missed is None:
                behind[stream] = wanted[stream]
            else:
                found[stream] = missed
        word = "away" if copies is None else "behind"
        metrics.replica_reads.labels("there").inc(len(found))
        metrics.replica_reads.labels(word).inc(len(behind))
        if behind:
            for stream, read in (await self._read_here(behind)).items():
                # Not beyond those heads either: whoever was removed since may not read on.
                known = _as_of(waiting[stream], read) if isinstance(read, EventPage) else read
                if known is not None or read is None:
                    found[stream] = known
        return found

    async def _ask(self, wanted: Cursors) -> Found | None:
        """Returns what the replica has; None when it does not say."""
        async with self._places_there:
            if monotonic() < self._silent_until:
                return None
            try:
                async with (
                    asyncio.timeout(ANSWER_SECONDS),
                    self._database.read_connection() as connection,
                ):
                    return await read_after_several(connection, wanted, self._limits.page_events)
            except (DBAPIError, PoolTimeout, OSError, TimeoutError) as error:
                self._silent_until = monotonic() + PAUSE_SECONDS
                log.warning("the replica is not read: %s", type(error).__name__)
                return None

    async def _read_here(self, behind: Cursors) -> Found:
        async with self._places, self._resources.begin_read() as read:
            return await read_after_several(read.connection, behind, self._limits.page_events)


def _as_of(head: Head, copy: EventPage | CannotResume | None) -> EventPage | None:
    """Returns the copy's events up to `head`; None when it had not got so far."""
    if not isinstance(copy, EventPage):
        return None
    if copy.head.epoch != head.epoch or copy.head.seq < head.seq:
        return None
    # It may be further by now: what came after is the hub's to send.
    return EventPage([one for one in copy.frames if one[0] <= head.seq], head)
