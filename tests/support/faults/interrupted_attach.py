"""A socket's joining, stopped at any of its awaits while something else happens.

The node is real: hub, catch-up, sweeps, doorbell, database. Only the wire is a list of frames.
The awaits are not listed anywhere: a run is repeated, stopping one await later each time, until it
ends before it is stopped.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson

from realtime.connection import Connection
from realtime.limits import Limits
from realtime.node import Credentials, Realtime, open_realtime
from realtime.transports.frame_batch import Burst
from shared.actor import Actor
from shared.clock import monotonic
from shared.contract.frames import Close
from shared.errors import Unauthenticated
from shared.ids import StreamId
from shared.resources import Resources, open_resources
from shared.settings import Settings

T = TypeVar("T")
# Everything that has to come comes by a ring, a fill or a sweep: a second at most. Then some.
CALM_SECONDS = 10.0
Frame = dict[str, Any]


def _nothing() -> None:
    """Nobody asked to be told."""


@dataclass(eq=False)
class RecordingTransport:
    """A wire that keeps what it is given; full after `room` frames, until it is emptied."""

    frames: list[Frame] = field(default_factory=list)
    closed: Close | None = None
    room: int = 10**9
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.drained: Callable[[], None] = _nothing

    def write(self, burst: Burst) -> bool:
        if self.closed is None:
            self.frames += map(orjson.loads, burst.frames)
            self.room -= len(burst.frames)
            self.changed.set()
        return self.has_room

    def empty(self) -> None:
        """The peer has taken everything, and goes on doing so."""
        self.room = 10**9
        self.drained()

    def close(self, code: Close) -> None:
        self.closed = self.closed or code
        self.changed.set()

    @property
    def has_room(self) -> bool:
        return self.room > 0

    @property
    def is_empty(self) -> bool:
        return True

    def is_stuck(self, now: float) -> bool:
        return False

    def seqs(self, stream: str) -> list[int]:
        return [
            one["seq"] for one in self.frames if one["type"] == "event" and one["list"] == stream
        ]

    def answers(self, stream: str) -> list[str]:
        """Returns the kinds of frames of the stream that are no events."""
        some = [one for one in self.frames if one.get("list") == stream]
        return [one["type"] for one in some if one["type"] != "event"]

    async def until(self, happened: Callable[[], bool]) -> None:
        """Returns when it has happened. Raises TimeoutError when it does not."""
        async with asyncio.timeout(CALM_SECONDS):
            while not happened():
                self.changed.clear()
                await self.changed.wait()


class _Stepped(Awaitable[T]):
    """Awaits a coroutine, and something else whenever the coroutine waits."""

    def __init__(
        self, coroutine: Coroutine[Any, Any, T], at_await: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        self._coroutine = coroutine
        self._at_await = at_await

    def __await__(self) -> Generator[Any, Any, T]:
        inner = self._coroutine.__await__()
        answer: Any = None
        error: BaseException | None = None
        while True:
            try:
                waits_for = inner.send(answer) if error is None else inner.throw(error)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]
            yield from self._at_await().__await__()
            answer, error = None, None
            try:
                answer = yield waits_for
            except BaseException as raised:  # noqa: BLE001  it is the coroutine's, cancelling too
                error = raised


@dataclass
class InterruptibleNode:
    """A node that sockets join; `happens` is awaited at the await number `at` of each joining."""

    node: Realtime
    resources: Resources
    at: int = 0
    happens: Callable[[], Coroutine[Any, Any, None]] | None = None
    awaits: int = 0

    async def _count(self) -> None:
        self.awaits += 1
        if self.happens is not None and self.awaits - 1 == self.at:
            await self.happens()

    async def stepped(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return await _Stepped(coroutine, self._count)

    async def join(
        self, actor: Actor, transport: RecordingTransport, stream: StreamId, epoch: str, since: int
    ) -> Connection | None:
        """Returns the connection, subscribed; None when it was not let in."""
        self.awaits = 0
        credentials = Credentials(actor.user_id, actor.session_id, monotonic() + 600)
        try:
            connection, _ = await self.stepped(self.node.attach(credentials, transport))
        except Unauthenticated:
            return None
        self.node.hub.subscribe(connection, stream, epoch, since, re=1)
        return connection


@asynccontextmanager
async def open_interruptible_node(
    settings: Settings, **limits: float
) -> AsyncIterator[InterruptibleNode]:
    """Yields a node of this process, whose joinings are stopped at their awaits."""
    async with (
        open_resources(settings) as resources,
        open_realtime(resources, Limits(**limits)) as node,  # type: ignore[arg-type]
    ):
        joins = InterruptibleNode(node, resources)
        resume = node.catch_up._resume

        async def stepped(connection: Connection) -> None:
            await joins.stepped(resume(connection))

        node.catch_up._resume = stepped  # type: ignore[method-assign]
        yield joins
