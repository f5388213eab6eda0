"""Read missed events for single subscribers: new ones, and those that were too slow for a while.

No database session is held while a socket waits for room. A storm of reconnects queues for the
node's read slots.
"""

import asyncio
import logging
from collections.abc import Sequence

from realtime.connection import Connection
from realtime.limits import Limits
from realtime.read_limits import DATABASE_ERRORS
from realtime.streams.hub_protocols import ResumeAnswers
from realtime.streams.replica_reader import ReplicaReader
from realtime.streams.subscriber import LaggingSubscription, Subscriber
from shared.access.gate import filter_readable
from shared.contract.frames import Close
from shared.event_log import CannotResume, EventPage, compare_cursors, read_after_several
from shared.ids import StreamId, is_id, list_stream, user_stream
from shared.resources import Resources
from shared.unit_of_work import ReadTransaction

# When a stream and a subscriber disagree about the epoch, a backfill decides within milliseconds.
DISAGREEMENT_SECONDS = 0.05

Results = dict[StreamId, EventPage | CannotResume | None]

log = logging.getLogger(__name__)


class ResumeQueue:
    """The hub's ResumeRequests: which connections to read for."""

    def __init__(self) -> None:
        self._pending: dict[Connection, None] = {}
        self._requested = asyncio.Event()

    def request_resume(self, subscriber: Subscriber) -> None:
        assert isinstance(subscriber, Connection)
        self._pending[subscriber] = None
        self._requested.set()

    async def take_all(self) -> list[Connection]:
        """Wait for requests, and remove and return them."""
        await self._requested.wait()
        self._requested.clear()
        pending, self._pending = self._pending, {}
        return list(pending)


class ResumeReader:
    def __init__(
        self,
        resources: Resources,
        limits: Limits,
        hub: ResumeAnswers,
        queue: ResumeQueue,
        slots: asyncio.Semaphore,
        tasks: asyncio.TaskGroup,
        replica: ReplicaReader | None,
    ) -> None:
        self._resources = resources
        self._limits = limits
        self._hub = hub
        self._queue = queue
        self._slots = slots
        self._tasks = tasks
        self._replica = replica
        self._resuming: set[Connection] = set()

    async def run_forever(self) -> None:
        """Start a task for each connection to read for; a task reads until nothing is missing."""
        while True:
            # No name in this frame may refer to a connection: it would outlive its socket.
            self._start_all(await self._queue.take_all())

    def _start_all(self, connections: Sequence[Connection]) -> None:
        for connection in connections:
            try:
                self._start(connection)
            except Exception:
                # A bug that one socket triggers must not leave the others lagging for good.
                log.exception("resume not started")
                connection.close(Close.GOING_AWAY)

    def _start(self, connection: Connection) -> None:
        if connection in self._resuming:
            return
        if not connection.transport.has_room:
            connection.resumes_when_drained = True
            return
        self._resuming.add(connection)
        self._tasks.create_task(self.resume(connection))

    def on_drained(self, connection: Connection) -> None:
        """Read for a socket that has room again, if it waits for that."""
        if connection.resumes_when_drained:
            connection.resumes_when_drained = False
            self._queue.request_resume(connection)

    async def resume(self, connection: Connection) -> None:
        """Read for the connection until nothing is missing or it has no room."""
        try:
            while not connection.is_closed:
                wanted = self._hub.lagging_subscriptions(connection)
                if not wanted:
                    return
                if not connection.transport.has_room:
                    connection.resumes_when_drained = True
                    return
                before = _progress(wanted)
                await self._read_once(connection, wanted)
                if before == _progress(self._hub.lagging_subscriptions(connection)):
                    await asyncio.sleep(DISAGREEMENT_SECONDS)
        except Exception:
            # A bug met by one socket must not end the task group of all; its client may reconnect.
            log.exception("resuming failed")
            connection.close(Close.GOING_AWAY)
        finally:
            self._resuming.discard(connection)

    async def _read_once(
        self, connection: Connection, wanted: Sequence[LaggingSubscription]
    ) -> None:
        try:
            readable, results = await self._read(connection, wanted)
        except DATABASE_ERRORS as error:
            log.warning("resuming failed: %s", type(error).__name__)
            await asyncio.sleep(self._limits.retry_seconds)
            return
        for lagging in wanted:
            if lagging.stream not in readable:
                self._hub.refuse_resume(connection, lagging, None)
            elif lagging.stream in results:
                result = results[lagging.stream]
                if isinstance(result, EventPage):
                    self._hub.deliver_missed(connection, lagging, result)
                else:
                    self._hub.refuse_resume(connection, lagging, result)

    async def _read(
        self, connection: Connection, wanted: Sequence[LaggingSubscription]
    ) -> tuple[set[StreamId], Results]:
        """Return which streams the user may read, and what was read of them."""
        async with self._slots, self._resources.begin_read() as read:
            readable = await self.readable_streams(read, connection, wanted)
            cursors = {it.stream: (it.epoch, it.cursor) for it in wanted if it.stream in readable}
            if self._replica is None:
                limit = self._limits.page_events
                return readable, await read_after_several(read.connection, cursors, limit)
            results, unread = await compare_cursors(read.connection, cursors)
        # Outside: no connection to the database and no slot is held while the replica is read.
        return readable, results | await self._replica.read(cursors, unread)

    async def readable_streams(
        self, read: ReadTransaction, connection: Connection, wanted: Sequence[LaggingSubscription]
    ) -> set[StreamId]:
        """Return which of the streams the user may read, as of the transaction's snapshot.

        Streams for which the user was authorized before are not looked up again: a removal since
        then is an event, after which the hub sends nothing.
        """
        assert connection.actor is not None
        readable = {it.stream for it in wanted if it.authorized_seq is not None}
        if not connection.actor.is_restricted and not connection.actor.is_guest:
            # Events of lists that the API token does not reach are on it too. A guest has no account.
            readable.add(user_stream(connection.user_id))
        unknown = [it.stream for it in wanted if it.stream not in readable and is_id(it.stream)]
        if unknown:
            lists = await filter_readable(read, connection.actor, unknown)
            readable.update(map(list_stream, lists))
        return readable


def _progress(
    subscriptions: Sequence[LaggingSubscription],
) -> list[tuple[LaggingSubscription, int, int | None]]:
    return [(it, it.cursor, it.request_id) for it in subscriptions]
