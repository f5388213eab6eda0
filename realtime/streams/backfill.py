"""Reading events after a position: for a line that missed some, for a socket that is behind, and
the head sweep, which finds out what no doorbell told.

No database session is held while a socket waits; a storm of reconnects queues for a few of them.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from realtime.connection import Connection
from realtime.limits import Limits
from realtime.streams.hub import Hub
from realtime.streams.replica_reader import Replica
from realtime.streams.stream_state import LaggingSubscription, StreamPosition, Subscriber
from realtime.waiting import wait
from shared import metrics
from shared.access.gate import filter_readable
from shared.clock import monotonic
from shared.contract.frames import Close
from shared.event_log import (
    CannotResume,
    EventPage,
    compare_cursors,
    read_after_several,
    read_many_heads,
)
from shared.ids import StreamId, is_id, list_stream, user_stream
from shared.resources import Resources
from shared.unit_of_work import ReadTransaction

# What the database may do to a reader without it being our fault: it is away, or too busy.
DATABASE_ERRORS = (DBAPIError, PoolTimeout, OSError)
# One statement's worth of fills, a few of which are cut into more by the page's bounds.
BACKFILLS_AT_ONCE = 100
# When a line and a reader disagree about the epoch, a fill decides within milliseconds.
DISAGREEMENT_SECONDS = 0.05

Found = dict[StreamId, EventPage | CannotResume | None]

log = logging.getLogger(__name__)


class CatchUp:
    def __init__(
        self,
        resources: Resources,
        limits: Limits,
        tasks: asyncio.TaskGroup,
        doorbell_is_healthy: Callable[[], bool],
    ) -> None:
        self.hub = Hub(self.request_backfill, self.request_resume)
        self._resources = resources
        self._limits = limits
        # Half of the pool stays for requests, whatever the number of sockets that come back.
        self.places = asyncio.Semaphore(max(1, resources.settings.database.pool_size // 2))
        self._replica: Replica | None = None
        if resources.replica is not None:
            self._replica = Replica(resources, resources.replica, limits, self.places)
        self._tasks = tasks
        self._doorbell_is_healthy = doorbell_is_healthy
        self._due_at: dict[StreamId, float] = {}
        self._backfill_requested = asyncio.Event()
        self._check_requested = asyncio.Event()
        self._resuming: set[Connection] = set()

    # The hub's wishes

    def request_backfill(self, stream: StreamId, seconds: float) -> None:
        """The stream is read for its line in `seconds`, unless it needs no reading by then."""
        at = monotonic() + seconds
        self._due_at[stream] = min(at, self._due_at.get(stream, at))
        self._backfill_requested.set()

    def request_resume(self, subscriber: Subscriber) -> None:
        """The listener's missed events are read for it once it has room for them."""
        assert isinstance(subscriber, Connection)
        if subscriber in self._resuming:
            return
        if not subscriber.transport.has_room:
            subscriber.resumes_when_drained = True
            return
        self._resuming.add(subscriber)
        self._tasks.create_task(self._resume(subscriber))

    def on_drained(self, connection: Connection) -> None:
        """The socket has room again; if it is behind, it is read for."""
        if connection.resumes_when_drained:
            connection.resumes_when_drained = False
            self.request_resume(connection)

    # Filling lines

    async def backfill_forever(self) -> None:
        """Lines that miss something are read for, many in one transaction, one at a time."""
        while True:
            self._backfill_requested.clear()
            now = monotonic()
            due = [stream for stream, at in self._due_at.items() if at <= now][:BACKFILLS_AT_ONCE]
            if due:
                await self._backfill(due)
            else:
                soonest = min(self._due_at.values(), default=None)
                await wait(self._backfill_requested, None if soonest is None else soonest - now)

    async def _backfill(self, due: Iterable[StreamId]) -> None:
        positions: dict[StreamId, StreamPosition] = {}
        for stream in due:
            del self._due_at[stream]
            if position := self.hub.start_backfill(stream):
                positions[stream] = position
        if not positions:
            return
        cursors = {stream: (position.epoch, position.seq) for stream, position in positions.items()}
        try:
            async with self._resources.begin_read() as read:
                found = await read_after_several(read.connection, cursors, self._limits.page_events)
        except DATABASE_ERRORS as error:
            log.warning("fill failed: %s", type(error).__name__)
            for stream in positions:
                self.request_backfill(stream, self._limits.retry_seconds)
            return
        for stream, position in positions.items():
            if stream in found:
                self.hub.finish_backfill(stream, position, found[stream])
            else:
                self.request_backfill(stream, 0)

    # The head sweep

    def sweep_now(self) -> None:
        """The heads are compared at once: rings may have been lost."""
        self._check_requested.set()

    async def sweep_forever(self) -> None:
        """Every watched stream is compared with the database, more often without a doorbell."""
        while True:
            is_healthy = self._doorbell_is_healthy()
            limits = self._limits
            await wait(
                self._check_requested,
                limits.sweep_seconds if is_healthy else limits.sweep_alone_seconds,
            )
            self._check_requested.clear()
            watched = self.hub.watched()
            metrics.hub_streams.set(len(watched))
            if not watched:
                continue
            try:
                async with self._resources.begin_read() as read:
                    heads = await read_many_heads(read.connection, watched)
            except DATABASE_ERRORS as error:
                log.warning("head sweep failed: %s", type(error).__name__)
                continue
            self.hub.heads(watched, heads)

    # Sockets that are behind

    async def _resume(self, connection: Connection) -> None:
        try:
            while not connection.is_closed and (
                wanted := self.hub.lagging_subscriptions(connection)
            ):
                if not connection.transport.has_room:
                    connection.resumes_when_drained = True
                    return
                before = [(lagging, lagging.cursor, lagging.re) for lagging in wanted]
                await self._read_once(connection, wanted)
                after = self.hub.lagging_subscriptions(connection)
                if before == [(lagging, lagging.cursor, lagging.re) for lagging in after]:
                    await asyncio.sleep(DISAGREEMENT_SECONDS)
        except Exception:
            # A bug met by one socket must not end the task group of all; it may come back.
            log.exception("catching up failed")
            connection.close(Close.GOING_AWAY)
        finally:
            self._resuming.discard(connection)

    async def _read_once(self, connection: Connection, wanted: list[LaggingSubscription]) -> None:
        try:
            readable, found = await self._read(connection, wanted)
        except DATABASE_ERRORS as error:
            log.warning("catching up failed: %s", type(error).__name__)
            await asyncio.sleep(self._limits.retry_seconds)
            return
        self._hand_out(connection, wanted, readable, found)

    async def _read(
        self, connection: Connection, wanted: list[LaggingSubscription]
    ) -> tuple[set[StreamId], Found]:
        async with self.places, self._resources.begin_read() as read:
            readable = await self._readable(read, connection, wanted)
            cursors = {
                lagging.stream: (lagging.epoch, lagging.cursor)
                for lagging in wanted
                if lagging.stream in readable
            }
            if self._replica is None:
                limit = self._limits.page_events
                return readable, await read_after_several(read.connection, cursors, limit)
            found, waiting = await compare_cursors(read.connection, cursors)
        # Outside: neither a connection to the database itself nor a place there waits for its copy.
        return readable, found | await self._replica.read(cursors, waiting)

    async def _readable(
        self, read: ReadTransaction, connection: Connection, wanted: list[LaggingSubscription]
    ) -> set[StreamId]:
        """Returns what of it the person may read, as of the moment at which it is read.

        Who was let in before is not asked again: a removal since then is an event, after which
        the hub sends nothing.
        """
        assert connection.actor is not None
        readable = {lagging.stream for lagging in wanted if lagging.authorized_seq is not None}
        readable.add(user_stream(connection.user_id))
        asked = [one.stream for one in wanted if one.stream not in readable and is_id(one.stream)]
        if asked:
            mine = await filter_readable(read, connection.actor, asked)
            readable.update(map(list_stream, mine))
        return readable

    def _hand_out(
        self,
        connection: Connection,
        wanted: list[LaggingSubscription],
        readable: set[StreamId],
        found: Found,
    ) -> None:
        for lagging in wanted:
            if lagging.stream not in readable:
                self.hub.refuse_resume(connection, lagging, None)
            elif lagging.stream in found:
                missed = found[lagging.stream]
                if isinstance(missed, EventPage):
                    self.hub.deliver_missed(connection, lagging, missed)
                else:
                    self.hub.refuse_resume(connection, lagging, missed)
