"""Read missed events from a replica of the database, which may lag.

Who may read, the head of a stream, and every refusal were decided by the database itself a moment
ago. The replica is asked for events only. Its answer counts only if one snapshot of it shows the
same epoch, a head at least as far, and the events after the cursor: it is then as good as the
database's. Otherwise the database is read, as without a replica.
"""

import asyncio
import logging
from collections.abc import Mapping

from realtime.limits import Limits
from shared import metrics
from shared.clock import monotonic
from shared.database.connections import Database
from shared.database.errors import DatabaseError
from shared.event_log import CannotResume, EventPage, Head, read_after_several
from shared.ids import StreamId
from shared.resources import Resources

# A page takes milliseconds; a replica that needs longer is no relief.
ANSWER_SECONDS = 1.0
# After a failure the replica is not asked again for this long.
PAUSE_SECONDS = 5.0

Results = dict[StreamId, EventPage | CannotResume | None]
Cursors = Mapping[StreamId, tuple[str, int]]

log = logging.getLogger(__name__)


class ReplicaReader:
    def __init__(
        self, resources: Resources, replica: Database, limits: Limits, slots: asyncio.Semaphore
    ) -> None:
        """`slots` are those of the database, which is read for what the replica does not have."""
        self._resources = resources
        self._replica = replica
        self._limits = limits
        self._slots = slots
        # The whole pool of the replica, which has no other reader. The time limit of an answer
        # does not run while a reader waits here: a thousand at once are no sign of a dead replica.
        self._replica_slots = asyncio.Semaphore(resources.settings.database.pool_size)
        self._paused_until = 0.0

    async def read(self, cursors: Cursors, heads: Mapping[StreamId, Head]) -> Results:
        """Return the events after the cursors, up to these heads; one page, as read_after_several.

        Raise what the database itself raises, never what the replica raises.
        """
        wanted = {stream: cursors[stream] for stream in heads}
        if not wanted:
            return {}
        copies = await self.read_replica(wanted)
        results: Results = {}
        lacking: dict[StreamId, tuple[str, int]] = {}
        for stream, head in heads.items():
            if copies is not None and stream not in copies:
                continue  # no room in this page; requested again
            page = _as_of(head, copies[stream]) if copies is not None else None
            if page is None:
                lacking[stream] = wanted[stream]
            else:
                results[stream] = page
        metrics.replica_reads.labels("found").inc(len(results))
        metrics.replica_reads.labels("unavailable" if copies is None else "lagging").inc(
            len(lacking)
        )
        if lacking:
            for stream, result in (await self._read_database(lacking)).items():
                # Not beyond these heads either: a user who was removed since may not read on.
                known = _as_of(heads[stream], result) if isinstance(result, EventPage) else result
                if known is not None or result is None:
                    results[stream] = known
        return results

    async def read_replica(self, wanted: Cursors) -> Results | None:
        """Return what the replica has; None if it does not answer."""
        async with self._replica_slots:
            if monotonic() < self._paused_until:
                return None
            try:
                async with (
                    asyncio.timeout(ANSWER_SECONDS),
                    self._replica.read_connection() as connection,
                ):
                    return await read_after_several(connection, wanted, self._limits.page_events)
            except (DatabaseError, OSError, TimeoutError) as error:
                self._paused_until = monotonic() + PAUSE_SECONDS
                log.warning("replica not read: %s", type(error).__name__)
                return None

    async def _read_database(self, lacking: Cursors) -> Results:
        async with self._slots, self._resources.begin_read() as read:
            return await read_after_several(read.connection, lacking, self._limits.page_events)


def _as_of(head: Head, copy: EventPage | CannotResume | None) -> EventPage | None:
    """Return the events up to `head`; None if the copy has not got that far."""
    if not isinstance(copy, EventPage):
        return None
    if copy.head.epoch != head.epoch or copy.head.seq < head.seq:
        return None
    # The copy may be further by now: later events are the hub's to send.
    return EventPage([(seq, frame) for seq, frame in copy.frames if seq <= head.seq], head)
