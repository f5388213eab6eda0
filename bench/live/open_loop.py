"""Open-loop load: edits begin at scheduled moments, whether or not earlier edits have ended.

    scheduled ──(backlog, if every connection is busy)──→ sent ──→ answered
        │                                                  └─────→ event received by the other client
        └── every time counts from here

A client that waits for each answer before the next request leaves out exactly the moments at which the
server is slow (coordinated omission). Arrivals are a Poisson process with a fixed seed.
"""

import asyncio
import random
from collections.abc import Collection, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

import orjson

from bench.connections import (
    HttpConnection,
    WebSocketConnection,
    open_http_connection,
    open_websocket,
    patch,
)
from bench.environment import SharedList, percentile
from shared.clock import monotonic
from shared.ids import new_id
from shared.resources import Resources
from tests.support.realtime.websocket_client import head_of, token_of

# Edits that are unanswered this long after the last arrival count as missing, and their events.
DRAIN_SECONDS = 15.0
HANDSHAKE_SECONDS = 10.0


@dataclass(frozen=True)
class Faults:
    """Events that readers did not receive, received twice, or received after a later one."""

    lost: int
    doubled: int
    disordered: int

    @property
    def total(self) -> int:
        return self.lost + self.doubled + self.disordered


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


class Readers:
    """A socket of the reader of each list; `received_at` has the time of each edit's event."""

    def __init__(self, resources: Resources) -> None:
        self.received_at: dict[str, float] = {}
        self._resources = resources
        self._sockets: list[WebSocketConnection] = []
        self._answered: dict[WebSocketConnection, asyncio.Event] = {}
        # The sequence number of each list's last event.
        self._seqs: dict[str, int] = {}
        self._doubled = 0
        self._disordered = 0

    async def subscribe(self, ports: Sequence[int], lists: Sequence[SharedList]) -> None:
        """Open a socket for each list, on the ports in turn, and subscribe it from its head."""
        for number, shared_list in enumerate(lists):
            socket = await open_websocket(ports[number % len(ports)], self._on_text)
            self._sockets.append(socket)
            answered = self._answered[socket] = asyncio.Event()
            token = token_of(self._resources, shared_list.reader)
            epoch, seq = await head_of(self._resources, shared_list.list_id)
            self._seqs[shared_list.list_id] = seq
            cursor = {"list": shared_list.list_id, "epoch": epoch, "since": seq}
            socket.send_text(orjson.dumps({"id": 1, "type": "hello", "token": token}))
            async with asyncio.timeout(HANDSHAKE_SECONDS):
                await answered.wait()
                answered.clear()
                socket.send_text(orjson.dumps({"id": 2, "type": "subscribe", "lists": [cursor]}))
                await answered.wait()

    def _on_text(self, socket: WebSocketConnection, payload: bytes) -> None:
        now = monotonic()
        frame = orjson.loads(payload)
        for part in frame["frames"] if frame["type"] == "batch" else (frame,):
            if part["type"] == "event":
                self._on_event(part, now)
            elif part["type"] == "ping":
                socket.send_text(b'{"type":"pong"}')
            elif part["type"] in ("welcome", "subscribed"):
                self._answered[socket].set()

    def _on_event(self, event: dict[str, Any], now: float) -> None:
        name, seq = event["list"], event["seq"]
        if event["mutation"] in self.received_at:
            self._doubled += 1
        elif seq != self._seqs[name] + 1:
            self._disordered += 1
        self._seqs[name] = max(seq, self._seqs[name])
        self.received_at.setdefault(event["mutation"], now)

    def faults(self, answered: Collection[str]) -> Faults:
        """Return what is wrong with the events of these edits, which were answered with success."""
        lost = sum(mutation not in self.received_at for mutation in answered)
        return Faults(lost, self._doubled, self._disordered)

    def close(self) -> None:
        for socket in self._sockets:
            socket.close()
        self._sockets.clear()


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
