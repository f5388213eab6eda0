"""Open-loop load: edits begin when the schedule says so, whether or not earlier ones have ended.

    scheduled ──(backlog, when every connection is busy)──→ sent ──→ answered
        │                                                    └─────→ heard by the other client
        └── every time counts from here

A client that waits for an answer before it sends the next leaves out just those moments at which
the server is slow (coordinated omission). Arrivals are Poisson, from a fixed seed.
"""

import asyncio
import random
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import orjson

from bench.connections import Ear, HttpConnection, http_connection, open_ear, patch
from bench.environment import SharedList
from shared.clock import monotonic
from shared.ids import new_id
from shared.resources import Resources
from tests.support.realtime.websocket_client import token_of

# More than a server with one core answers side by side; beyond it, edits wait in the backlog.
CONNECTIONS = 64
# What is still under way after the last arrival has this long; then it counts as missing.
DRAIN_SECONDS = 15.0
GREETING_SECONDS = 10.0
_MUTATION = re.compile(rb'"mutation":"([0-9a-z]+)"')


@dataclass
class Outcome:
    """What became of the edits of one run. Times in milliseconds since the scheduled moment."""

    seconds: float
    scheduled: int = 0
    # Answered while edits were still arriving: what the server kept up with.
    in_time: int = 0
    # Answered with an error, or not at all by the end of the drain.
    refused: int = 0
    unanswered: int = 0
    # Answered with success, and never heard by the other client: there must be none.
    lost: int = 0
    answered: list[float] = field(default_factory=list)
    heard: list[float] = field(default_factory=list)
    # How late our own clock began them: the part of every time above that is not the server's.
    late: list[float] = field(default_factory=list)

    @property
    def offered(self) -> float:
        return self.scheduled / self.seconds

    @property
    def achieved(self) -> float:
        return self.in_time / self.seconds


class Audience:
    """One socket a list, of its reader. Knows when which edit was heard."""

    def __init__(self, resources: Resources) -> None:
        self.heard_at: dict[bytes, float] = {}
        self._resources = resources
        self._ears: list[Ear] = []
        self._ready: dict[Ear, asyncio.Event] = {}

    async def listen(self, port: int, lists: Sequence[SharedList]) -> None:
        """Every list has a listening socket."""
        for one in lists:
            ear = await open_ear(port, self._hear)
            self._ears.append(ear)
            self._ready[ear] = asyncio.Event()
            hello = {"id": 1, "type": "hello", "token": token_of(self._resources, one.reader)}
            cursor = {"list": one.list_id, "epoch": one.epoch, "since": one.seq}
            ear.say(orjson.dumps(hello))
            async with asyncio.timeout(GREETING_SECONDS):
                await self._ready[ear].wait()
                self._ready[ear].clear()
                ear.say(orjson.dumps({"id": 2, "type": "subscribe", "lists": [cursor]}))
                await self._ready[ear].wait()

    def _hear(self, ear: Ear, payload: bytes) -> None:
        now = monotonic()
        found = _MUTATION.findall(payload)
        for mutation in found:
            self.heard_at.setdefault(mutation, now)
        if b'"type":"ping"' in payload:
            ear.say(b'{"type":"pong"}')
        elif b'"type":"welcome"' in payload or b'"type":"subscribed"' in payload:
            self._ready[ear].set()

    def leave(self) -> None:
        for ear in self._ears:
            ear.close()
        self._ears.clear()


class Writers:
    """Connections that send edits of the lists in turn, and what is known of each."""

    def __init__(self, resources: Resources, port: int, lists: Sequence[SharedList]) -> None:
        self._port = port
        self._edits = [
            (f"/api/v1/todos/{one.todo_id}", token_of(resources, one.writer)) for one in lists
        ]
        self._turn = 0
        self._idle: list[HttpConnection] = []
        self._backlog: deque[str] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self.answered_at: dict[str, float] = {}
        self.refused = 0

    async def connect(self, count: int = CONNECTIONS) -> None:
        self._idle = [await http_connection(self._port) for _ in range(count)]

    def begin(self, mutation: str) -> None:
        """The edit is sent now, or as soon as a connection is free."""
        self._backlog.append(mutation)
        self._send_waiting()

    def _send_waiting(self) -> None:
        while self._idle and self._backlog:
            task = asyncio.ensure_future(self._edit(self._idle.pop(), self._backlog.popleft()))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _edit(self, connection: HttpConnection, mutation: str) -> None:
        path, token = self._edits[self._turn % len(self._edits)]
        self._turn += 1
        body = b'{"title":"' + mutation.encode() + b'"}'
        if not connection.is_open:
            # A server closes what was idle for long; a client looks before it sends.
            connection = await http_connection(self._port)
        try:
            status = await connection.request(patch(self._port, path, token, mutation, body))
        except ConnectionError:
            self.refused += 1
            connection = await http_connection(self._port)
        else:
            if status == 200:
                self.answered_at[mutation] = monotonic()
            else:
                self.refused += 1
        self._idle.append(connection)
        self._send_waiting()

    @property
    def is_idle(self) -> bool:
        return not self._backlog and not self._tasks

    def close(self) -> None:
        self._backlog.clear()
        for task in self._tasks:
            task.cancel()
        for connection in self._idle:
            connection.close()


async def offer(writers: Writers, audience: Audience, rate: float, seconds: float) -> Outcome:
    """Returns what became of `rate` edits a second, offered for so long."""
    outcome = Outcome(seconds)
    scheduled: dict[str, float] = {}
    start = monotonic() + 0.05
    refused_before = writers.refused
    for moment in _moments(start, rate, seconds):
        if (wait := moment - monotonic()) > 0:
            await asyncio.sleep(wait)
        mutation = new_id()
        scheduled[mutation] = moment
        outcome.late.append((monotonic() - moment) * 1000)
        writers.begin(mutation)
    if (wait := start + seconds - monotonic()) > 0:
        await asyncio.sleep(wait)
    outcome.in_time = sum(mutation in writers.answered_at for mutation in scheduled)
    await _drain(writers, audience, scheduled, DRAIN_SECONDS)
    # What was answered at the very end has still to arrive before it can be called lost.
    answered = {one: at for one, at in scheduled.items() if one in writers.answered_at}
    await _drain(None, audience, answered, GREETING_SECONDS)
    outcome.scheduled = len(scheduled)
    outcome.refused = writers.refused - refused_before
    _reckon(outcome, scheduled, writers, audience)
    return outcome


async def saturate(writers: Writers, abreast: int, seconds: float) -> float:
    """Returns edits a second with `abreast` always under way: what the server can do at most."""
    start, begun = monotonic(), 0
    before = len(writers.answered_at)
    while monotonic() < start + seconds:
        while begun - (len(writers.answered_at) - before) - writers.refused < abreast:
            writers.begin(new_id())
            begun += 1
        # The turn of the loop in which answers arrive; not a wait for anything else.
        await asyncio.sleep(0.0005)
    return (len(writers.answered_at) - before) / seconds


def _moments(start: float, rate: float, seconds: float) -> Iterator[float]:
    # The same arrivals for every server that is compared. Not a secret.
    chance = random.Random(7)  # noqa: S311
    moment = start + chance.expovariate(rate)
    while moment < start + seconds:
        yield moment
        moment += chance.expovariate(rate)


async def _drain(
    writers: Writers | None, audience: Audience, wanted: Iterable[str], seconds: float
) -> None:
    """All that is wanted was heard, and the writers are idle; or the seconds are over."""
    deadline = monotonic() + seconds
    while monotonic() < deadline:
        is_idle = writers is None or writers.is_idle
        if is_idle and all(one.encode() in audience.heard_at for one in wanted):
            return
        await asyncio.sleep(0.02)  # other processes are waited for


def _reckon(
    outcome: Outcome, scheduled: dict[str, float], writers: Writers, audience: Audience
) -> None:
    for mutation, moment in scheduled.items():
        if (answered := writers.answered_at.get(mutation)) is not None:
            outcome.answered.append((answered - moment) * 1000)
        if (heard := audience.heard_at.get(mutation.encode())) is not None:
            outcome.heard.append((heard - moment) * 1000)
        elif answered is not None:
            outcome.lost += 1
    outcome.unanswered = len(scheduled) - len(outcome.answered) - outcome.refused
