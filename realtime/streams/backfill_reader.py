"""Read the events that a stream has missed, for all of its subscribers at once."""

import asyncio
import logging
from collections.abc import Sequence

from realtime.limits import Limits
from realtime.read_limits import DATABASE_ERRORS
from realtime.streams.hub_protocols import BackfillAnswers
from realtime.streams.stream_state import StreamPosition
from realtime.timed_wait import wait_at_most
from shared.clock import monotonic
from shared.event_log import read_after_several
from shared.ids import StreamId
from shared.resources import Resources

# One statement's worth of streams; the bounds of a page cut a few of them into more reads.
BACKFILLS_AT_ONCE = 100

log = logging.getLogger(__name__)


class BackfillQueue:
    """The hub's BackfillRequests: which streams to read, and when."""

    def __init__(self) -> None:
        self._due_at: dict[StreamId, float] = {}
        self._requested = asyncio.Event()

    def request_backfill(self, stream: StreamId, delay_seconds: float) -> None:
        """Ask to read the stream after the delay; of several requests the soonest counts."""
        at = monotonic() + delay_seconds
        self._due_at[stream] = min(at, self._due_at.get(stream, at))
        self._requested.set()

    async def take_due(self) -> list[StreamId]:
        """Wait until streams are due, and remove and return up to BACKFILLS_AT_ONCE of them."""
        while True:
            self._requested.clear()
            now = monotonic()
            due = [stream for stream, at in self._due_at.items() if at <= now][:BACKFILLS_AT_ONCE]
            for stream in due:
                del self._due_at[stream]
            if due:
                return due
            soonest = min(self._due_at.values(), default=None)
            await wait_at_most(self._requested, None if soonest is None else soonest - now)


class BackfillReader:
    def __init__(
        self, resources: Resources, limits: Limits, hub: BackfillAnswers, queue: BackfillQueue
    ) -> None:
        self._resources = resources
        self._limits = limits
        self._hub = hub
        self._queue = queue

    async def run_forever(self) -> None:
        """Answer the hub's requests, many streams in one transaction, one transaction at a time."""
        while True:
            await self._read(await self._queue.take_due())

    async def _read(self, due: Sequence[StreamId]) -> None:
        starts: dict[StreamId, StreamPosition] = {}
        for stream in due:
            if start := self._hub.start_backfill(stream):
                starts[stream] = start
        if not starts:
            return
        cursors = {stream: (start.epoch, start.seq) for stream, start in starts.items()}
        try:
            async with self._resources.begin_read() as read:
                results = await read_after_several(
                    read.connection, cursors, self._limits.page_events
                )
        except DATABASE_ERRORS as error:
            log.warning("backfill failed: %s", type(error).__name__)
            for stream in starts:
                self._queue.request_backfill(stream, self._limits.retry_seconds)
            return
        for stream, start in starts.items():
            if stream in results:
                self._hub.finish_backfill(stream, start, results[stream])
            else:
                self._queue.request_backfill(stream, 0)
