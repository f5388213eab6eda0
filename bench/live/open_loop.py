"""Open-loop load: edits begin at scheduled moments, whether or not earlier edits have ended.

    scheduled ──(backlog, if every connection is busy)──→ sent ──→ answered
        │                                                  └─────→ event received by the other client
        └── every time counts from here

A client that waits for each answer before the next request leaves out exactly the moments at which the
server is slow (coordinated omission). Arrivals are a Poisson process with a fixed seed.
"""

import asyncio
import random
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

from bench.connections import HttpConnection, open_http_connection, patch
from bench.environment import SharedList, percentile
from bench.live.readers import Readers
from shared.clock import monotonic
from shared.ids import new_id
from shared.resources import Resources
from tests.support.realtime.websocket_client import token_of

# Edits that are unanswered this long after the last arrival count as missing, and their events.
DRAIN_SECONDS = 15.0


@dataclass
class Outcome:
    """The outcome of the edits of one run. Times in milliseconds since the scheduled moment."""

    seconds: float
    scheduled: int = 0
    # Answered with an error.
    refused: int = 0
    answer_times: list[float] = field(default_factory=list)
    event_times: list[float] = field(default_factory=list)
    # The delay with which this client began the edits: the part of each time that is not the server's.
    client_delays: list[float] = field(default_factory=list)

    @property
    def offered(self) -> float:
        return self.scheduled / self.seconds

    def event_percentile(self, fraction: float) -> float:
        return percentile(self.event_times, fraction)

    def answer_percentile(self, fraction: float) -> float:
        return percentile(self.answer_times, fraction)

    def client_delay_percentile(self, fraction: float) -> float:
        return percentile(self.client_delays, fraction)


@dataclass(frozen=True)
class _Target:
    """An API process: its idle connections, and the edits of its lists, in turn without end."""

    port: int
    edits: Iterator[tuple[str, str]]
    idle: asyncio.LifoQueue[HttpConnection] = field(default_factory=asyncio.LifoQueue)


class Writers:
    """Connections that send edits of the lists in turn; `answered_at` has the time of each answer."""

    def __init__(
        self, resources: Resources, ports: Sequence[int], lists: Sequence[SharedList]
    ) -> None:
        """The lists are edited on the ports in turn."""
        edits = [
            (f"/api/v1/todos/{shared_list.todo_id}", token_of(resources, shared_list.writer))
            for shared_list in lists
        ]
        self._targets = [
            _Target(port, cycle(edits[number :: len(ports)])) for number, port in enumerate(ports)
        ]
        self._next_target = cycle(self._targets)
        self._tasks: set[asyncio.Task[None]] = set()
        self.answered_at: dict[str, float] = {}
        self.refused = 0

    async def connect(self, count: int) -> None:
        """Open that many connections to each process."""
        for target in self._targets:
            for _ in range(count):
                target.idle.put_nowait(await open_http_connection(target.port))

    def begin(self, mutation: str) -> None:
        """Send the edit now, or as soon as a connection is idle."""
        self._start(self._edit(next(self._next_target), mutation))

    def begin_closed_loops(self, until: float) -> None:
        """On each connection, send an edit whenever the one before it was answered."""
        for target in self._targets:
            for _ in range(target.idle.qsize()):
                self._start(self._edit_until(target, until))

    def _start(self, edits: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(edits)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _edit_until(self, target: _Target, until: float) -> None:
        while monotonic() < until:
            await self._edit(target, new_id())

    async def _edit(self, target: _Target, mutation: str) -> None:
        connection = await target.idle.get()
        path, token = next(target.edits)
        body = b'{"title":"' + mutation.encode() + b'"}'
        if not connection.is_open:
            # The server closes connections that were idle for long.
            connection = await open_http_connection(target.port)
        try:
            status = await connection.request(patch(target.port, path, token, mutation, body))
        except ConnectionError:
            self.refused += 1
            connection = await open_http_connection(target.port)
        else:
            if status == 200:
                self.answered_at[mutation] = monotonic()
            else:
                self.refused += 1
        target.idle.put_nowait(connection)

    @property
    def is_idle(self) -> bool:
        return not self._tasks

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        for target in self._targets:
            while not target.idle.empty():
                target.idle.get_nowait().close()


async def offer(writers: Writers, readers: Readers, rate: float, seconds: float) -> Outcome:
    """Offer `rate` edits a second for that long, and return their outcome."""
    outcome = Outcome(seconds)
    scheduled: dict[str, float] = {}
    start = monotonic() + 0.05
    refused_before = writers.refused
    for moment in _moments(start, rate, seconds):
        if (wait := moment - monotonic()) > 0:
            await asyncio.sleep(wait)
        mutation = new_id()
        scheduled[mutation] = moment
        outcome.client_delays.append((monotonic() - moment) * 1000)
        writers.begin(mutation)
    if (wait := start + seconds - monotonic()) > 0:
        await asyncio.sleep(wait)
    await drain(writers, readers)
    outcome.scheduled = len(scheduled)
    outcome.refused = writers.refused - refused_before
    for mutation, moment in scheduled.items():
        if (answered := writers.answered_at.get(mutation)) is not None:
            outcome.answer_times.append((answered - moment) * 1000)
        if (received := readers.received_at.get(mutation)) is not None:
            outcome.event_times.append((received - moment) * 1000)
    return outcome


async def saturate(writers: Writers, readers: Readers, seconds: float) -> float:
    """Keep every connection busy and return the edits a second that were received as events.

    Received, not answered: a server that answers sooner than it delivers does not keep up.
    """
    start, before = monotonic(), len(readers.received_at)
    writers.begin_closed_loops(start + seconds)
    await asyncio.sleep(seconds)
    return (len(readers.received_at) - before) / (monotonic() - start)


def _moments(start: float, rate: float, seconds: float) -> Iterator[float]:
    # The same arrivals for every compared server; no secret.
    rng = random.Random(7)  # noqa: S311
    moment = start + rng.expovariate(rate)
    while moment < start + seconds:
        yield moment
        moment += rng.expovariate(rate)


async def drain(writers: Writers, readers: Readers) -> None:
    """Wait until every edit was answered and received, at most DRAIN_SECONDS."""
    deadline = monotonic() + DRAIN_SECONDS
    while monotonic() < deadline:
        if writers.is_idle and writers.answered_at.keys() <= readers.received_at.keys():
            return
        await asyncio.sleep(0.02)  # other processes are waited for
