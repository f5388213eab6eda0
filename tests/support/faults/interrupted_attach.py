"""Interrupt the attaching of a socket at any of its awaits while something else happens.

Everything in the node is real: hub, backfill, head check, pub/sub and database. Only the transport is
a list of frames. No list names the awaits: a test repeats the run and interrupts it one await later
each time, until the run ends before the interruption.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson

from realtime.authentication import Credentials
from realtime.connection import Connection
from realtime.limits import Limits
from realtime.node import RealtimeNode
from realtime.startup import open_realtime
from realtime.transports.frame_batch import FrameBatch
from realtime.transports.transport import NOT_DIRECT
from shared.actor import Actor
from shared.clock import monotonic
from shared.contract.frames import Close
from shared.errors import Unauthenticated
from shared.ids import StreamId
from shared.resources import Resources, open_resources
from shared.settings import Settings
from tests.support.deadlines import DEADLINE_SECONDS

T = TypeVar("T")
Frame = dict[str, Any]


def _ignore() -> None:
    """Do nothing: the default until the connection sets its callback."""


@dataclass(eq=False)
class RecordingTransport:
    """A transport that keeps its frames; full after `room` frames, until empty() is called."""

    frames: list[Frame] = field(default_factory=list)
    closed: Close | None = None
    room: int = 10**9
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    descriptor: int = NOT_DIRECT

    def __post_init__(self) -> None:
        self.on_drained: Callable[[], None] = _ignore

    def write(self, batch: FrameBatch, sent: int = 0) -> bool:
        if self.closed is None:
            self.frames += map(orjson.loads, batch.frames)
            self.room -= len(batch.frames)
            self.changed.set()
        return self.has_room

    def empty(self) -> None:
        """Make room without limit, as if the peer had read everything and keeps reading."""
        self.room = 10**9
        self.on_drained()

    def close(self, code: Close) -> None:
        self.closed = self.closed or code
        self.changed.set()

    @property
    def has_room(self) -> bool:
        return self.room > 0

    @property
    def is_empty(self) -> bool:
        return True

    @property
    def waiting_bytes(self) -> int:
        return 0

    def is_stalled(self, now: float) -> bool:
        return False

    def seqs(self, stream: str) -> list[int]:
        return [
            frame["seq"]
            for frame in self.frames
            if frame["type"] == "event" and frame["list"] == stream
        ]

    def answers(self, stream: str) -> list[str]:
        """Return the types of all frames of the stream but events."""
        frames = [frame for frame in self.frames if frame.get("list") == stream]
        return [frame["type"] for frame in frames if frame["type"] != "event"]

    async def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition is true. Raise TimeoutError if it does not become true."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not condition():
                self.changed.clear()
                await self.changed.wait()


class _Stepped(Awaitable[T]):
    """Await a coroutine, and call `at_await` each time the coroutine is about to wait."""

    def __init__(
        self, coroutine: Coroutine[Any, Any, T], at_await: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        self._coroutine = coroutine
        self._at_await = at_await

    def __await__(self) -> Generator[Any, Any, T]:
        inner = self._coroutine.__await__()
        value: Any = None
        error: BaseException | None = None
        while True:
            try:
                waits_for = inner.send(value) if error is None else inner.throw(error)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]
            yield from self._at_await().__await__()
            value, error = None, None
            try:
                value = yield waits_for
            except BaseException as raised:  # noqa: BLE001  thrown into the coroutine
                error = raised


@dataclass
class InterruptibleNode:
    """A node that awaits `interruption` at await number `interrupt_at` of each attaching.

    `awaits` counts the awaits of the last attaching and of its resume.
    """

    node: RealtimeNode
    resources: Resources
    interrupt_at: int = 0
    interruption: Callable[[], Coroutine[Any, Any, None]] | None = None
    awaits: int = 0

    async def _count(self) -> None:
        self.awaits += 1
        if self.interruption is not None and self.awaits - 1 == self.interrupt_at:
            await self.interruption()

    async def stepped(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Await the coroutine and count its awaits."""
        return await _Stepped(coroutine, self._count)

    async def attach(
        self, actor: Actor, transport: RecordingTransport, stream: StreamId, epoch: str, since: int
    ) -> Connection | None:
        """Attach and subscribe; return the connection, or None if it was not authenticated."""
        self.awaits = 0
        credentials = Credentials(actor.user_id, actor.session_id, monotonic() + 600)
        try:
            connection, _ = await self.stepped(self.node.attach(credentials, transport))
        except Unauthenticated:
            return None
        self.node.hub.subscribe(connection, stream, epoch, since, request_id=1)
        return connection


@asynccontextmanager
async def open_interruptible_node(
    settings: Settings, **limits: float
) -> AsyncIterator[InterruptibleNode]:
    """Yield a node in this process whose attaching and resuming can be interrupted."""
    async with (
        open_resources(settings) as resources,
        open_realtime(resources, Limits(**limits)) as node,  # type: ignore[arg-type]
    ):
        interruptible = InterruptibleNode(node, resources)
        resume = node.resume_reader.resume

        async def stepped(connection: Connection) -> None:
            await interruptible.stepped(resume(connection))

        node.resume_reader.resume = stepped  # type: ignore[method-assign]
        yield interruptible
