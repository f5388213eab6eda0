"""Open-loop load: edits begin at scheduled moments, whether or not earlier edits have ended.

    scheduled ──(backlog, if every connection is busy)──→ sent ──→ answered
        │                                                  └─────→ event received by the other client
        └── every time counts from here

A client that waits for each answer before the next request leaves out exactly the moments at which the
server is slow (coordinated omission). Arrivals are a Poisson process with a fixed seed.
"""

import asyncio
import random
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import orjson

from bench.connections import (
    HttpConnection,
    WebSocketConnection,
    open_http_connection,
    open_websocket,
    patch,
)
from bench.environment import SharedList
from shared.clock import monotonic
from shared.ids import new_id
from shared.resources import Resources
from tests.support.realtime.websocket_client import token_of

# More than a server with one core answers concurrently; further edits wait in the backlog.
CONNECTIONS = 64
# Edits that are unanswered this long after the last arrival count as missing.
DRAIN_SECONDS = 15.0
HANDSHAKE_SECONDS = 10.0
_MUTATION = re.compile(rb'"mutation":"([0-9a-z]+)"')


@dataclass
class Outcome:
    """The outcome of the edits of one run. Times in milliseconds since the scheduled moment."""

    seconds: float
    scheduled: int = 0
    # Answered while edits were still arriving: the rate that the server reached.
    in_time: int = 0
    # Answered with an error, and not answered by the end of the drain.
    refused: int = 0
    unanswered: int = 0
    # Answered with success, but the other client received no event. There must be none.
    lost: int = 0
    answer_times: list[float] = field(default_factory=list)
    event_times: list[float] = field(default_factory=list)
    # The delay with which this client began the edits: the part of each time that is not the server's.
    client_delays: list[float] = field(default_factory=list)

    @property
    def offered(self) -> float:
        return self.scheduled / self.seconds

    @property
    def achieved(self) -> float:
        return self.in_time / self.seconds


class Readers:
    """A socket of the reader of each list; `received_at` has the time of each edit's event."""

    def __init__(self, resources: Resources) -> None:
        self.received_at: dict[bytes, float] = {}
        self._resources = resources
        self._sockets: list[WebSocketConnection] = []
        self._answered: dict[WebSocketConnection, asyncio.Event] = {}

    async def subscribe(self, port: int, lists: Sequence[SharedList]) -> None:
        """Open a socket for each list and subscribe it."""
        for shared_list in lists:
            socket = await open_websocket(port, self._on_text)
            self._sockets.append(socket)
            answered = self._answered[socket] = asyncio.Event()
            token = token_of(self._resources, shared_list.reader)
            cursor = {
                "list": shared_list.list_id,
                "epoch": shared_list.epoch,
                "since": shared_list.seq,
            }
            socket.send_text(orjson.dumps({"id": 1, "type": "hello", "token": token}))
            async with asyncio.timeout(HANDSHAKE_SECONDS):
                await answered.wait()
                answered.clear()
                socket.send_text(orjson.dumps({"id": 2, "type": "subscribe", "lists": [cursor]}))
                await answered.wait()

    def _on_text(self, socket: WebSocketConnection, payload: bytes) -> None:
        now = monotonic()
        for mutation in _MUTATION.findall(payload):
            self.received_at.setdefault(mutation, now)
        if b'"type":"ping"' in payload:
            socket.send_text(b'{"type":"pong"}')
        elif b'"type":"welcome"' in payload or b'"type":"subscribed"' in payload:
            self._answered[socket].set()

    def close(self) -> None:
        for socket in self._sockets:
            socket.close()
        self._sockets.clear()


class Writers:
    """Connections that send edits of the lists in turn; `answered_at` has the time of each answer."""

    def __init__(self, resources: Resources, port: int, lists: Sequence[SharedList]) -> None:
        self._port = port
        self._edits = [
            (f"/api/v1/todos/{shared_list.todo_id}", token_of(resources, shared_list.writer))
            for shared_list in lists
        ]
        self._next = 0
        self._idle: list[HttpConnection] = []
        self._backlog: deque[str] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self.answered_at: dict[str, float] = {}
        self.refused = 0

    async def connect(self, count: int = CONNECTIONS) -> None:
        self._idle = [await open_http_connection(self._port) for _ in range(count)]

    def begin(self, mutation: str) -> None:
        """Send the edit now, or as soon as a connection is idle."""
        self._backlog.append(mutation)
        self._send_backlog()

    def _send_backlog(self) -> None:
        while self._idle and self._backlog:
            task = asyncio.ensure_future(self._edit(self._idle.pop(), self._backlog.popleft()))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _edit(self, connection: HttpConnection, mutation: str) -> None:
        path, token = self._edits[self._next % len(self._edits)]
        self._next += 1
        body = b'{"title":"' + mutation.encode() + b'"}'
        if not connection.is_open:
            # The server closes connections that were idle for long.
            connection = await open_http_connection(self._port)
        try:
            status = await connection.request(patch(self._port, path, token, mutation, body))
        except ConnectionError:
            self.refused += 1
            connection = await open_http_connection(self._port)
        else:
            if status == 200:
                self.answered_at[mutation] = monotonic()
            else:
                self.refused += 1
        self._idle.append(connection)
        self._send_backlog()

    @property
    def is_idle(self) -> bool:
        return not self._backlog and not self._tasks

    def close(self) -> None:
        self._backlog.clear()
        for task in self._tasks:
            task.cancel()
        for connection in self._idle:
            connection.close()


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
    outcome.in_time = sum(mutation in writers.answered_at for mutation in scheduled)
    await _drain(writers, readers, scheduled, DRAIN_SECONDS)
    # The event of an edit that was answered at the very end may still be on its way.
    answered = [mutation for mutation in scheduled if mutation in writers.answered_at]
    await _drain(None, readers, answered, HANDSHAKE_SECONDS)
    outcome.scheduled = len(scheduled)
    outcome.refused = writers.refused - refused_before
    _add_times(outcome, scheduled, writers, readers)
    return outcome


async def saturate(writers: Writers, concurrency: int, seconds: float) -> float:
    """Keep that many edits in flight and return the edits a second: the server's maximum rate."""
    start, begun = monotonic(), 0
    before = len(writers.answered_at)
    while monotonic() < start + seconds:
        while begun - (len(writers.answered_at) - before) - writers.refused < concurrency:
            writers.begin(new_id())
            begun += 1
        # Let the event loop handle answers; this waits for nothing else.
        await asyncio.sleep(0.0005)
    return (len(writers.answered_at) - before) / seconds


def _moments(start: float, rate: float, seconds: float) -> Iterator[float]:
    # The same arrivals for every compared server; no secret.
    rng = random.Random(7)  # noqa: S311
    moment = start + rng.expovariate(rate)
    while moment < start + seconds:
        yield moment
        moment += rng.expovariate(rate)


async def _drain(
    writers: Writers | None, readers: Readers, mutations: Iterable[str], seconds: float
) -> None:
    """Wait until all events have arrived and the writers are idle, at most `seconds`."""
    deadline = monotonic() + seconds
    while monotonic() < deadline:
        is_idle = writers is None or writers.is_idle
        if is_idle and all(mutation.encode() in readers.received_at for mutation in mutations):
            return
        await asyncio.sleep(0.02)  # other processes are waited for


def _add_times(
    outcome: Outcome, scheduled: dict[str, float], writers: Writers, readers: Readers
) -> None:
    for mutation, moment in scheduled.items():
        if (answered := writers.answered_at.get(mutation)) is not None:
            outcome.answer_times.append((answered - moment) * 1000)
        if (received := readers.received_at.get(mutation.encode())) is not None:
            outcome.event_times.append((received - moment) * 1000)
        elif answered is not None:
            outcome.lost += 1
    outcome.unanswered = len(scheduled) - len(outcome.answer_times) - outcome.refused
