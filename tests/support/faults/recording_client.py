"""A client that does what docs/protocol.md asks of it, and keeps a record of all it was told."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from shared.actor import Actor
from shared.clock import monotonic
from shared.ids import user_stream
from shared.resources import Resources
from tests.support.faults.expected_events import score
from tests.support.faults.light_socket import Frame, LightSocket, open_socket
from tests.support.faults.scenarios import Outcome
from tests.support.realtime.reference_client import ReferenceClient
from tests.support.realtime.snapshots import comparable, fetch, fetch_list, looked_at
from tests.support.realtime.websocket_client import head_of, token_of

# Far beyond anything that works, on a machine that four others share.
DEADLINE_SECONDS = 30.0


@dataclass
class Cursor:
    """Where a client stands in a stream, and where it began."""

    epoch: str
    began: int
    seq: int


@dataclass(eq=False)
class RecordingClient:
    """One person's client over all its sockets: it resumes where it was, on whichever node."""

    resources: Resources
    actor: Actor
    cursors: dict[str, Cursor] = field(default_factory=dict)
    heard: dict[str, list[int]] = field(default_factory=dict)
    # When each event arrived; kept only by those who ask for it.
    arrivals: dict[tuple[str, int], float] | None = None
    # What is not an event: answers, resets, errors, ends of subscriptions.
    told: list[Frame] = field(default_factory=list)
    state: ReferenceClient | None = None
    socket: LightSocket | None = None
    _waiting: list[tuple[Callable[[], bool], asyncio.Future[None]]] = field(default_factory=list)

    async def begin(self, *lists: str) -> "RecordingClient":
        """Stands at the present end of these lists; nothing is subscribed yet."""
        for stream in lists:
            epoch, seq = await head_of(self.resources, stream)
            self.stand(stream, epoch, seq)
        return self

    async def start_from_snapshot(self) -> "RecordingClient":
        """Holds a snapshot of everything the person has, and follows all of its streams."""
        async with self.resources.begin_read() as read:
            self.state = await fetch(read, self.actor)
        for one in self.state.lists.values():
            at = one["stream"]
            self.stand(at["list_id"], at["epoch"], at["seq"])
        return await self.begin(user_stream(self.actor.user_id))

    def stand(self, stream: str, epoch: str, seq: int) -> None:
        self.cursors[stream] = Cursor(epoch, seq, seq)
        self.heard[stream] = []

    async def connect(self, url: str, *, subscribe: bool = True) -> "RecordingClient":
        """Is welcomed at that node; its subscriptions are on their way, not yet answered."""
        self.socket = await open_socket(url, token_of(self.resources, self.actor), self._hear)
        if subscribe:
            self.subscribe()
        return self

    def subscribe(self, *streams: str) -> int:
        """Asks for what came after the cursors, of all streams or of these; returns the frame's id."""
        assert self.socket is not None
        wanted = {stream: self.cursors[stream] for stream in streams or self.cursors}
        lists = [
            {"list": stream, "epoch": at.epoch, "since": at.seq} for stream, at in wanted.items()
        ]
        return self.socket.say("subscribe", lists=lists)

    def drop(self) -> None:
        """The connection is gone, as in a tunnel; what it said until now was heard."""
        if self.socket is not None:
            self.socket.drop()
            self.socket = None

    async def until(self, happened: Callable[[], bool], seconds: float = DEADLINE_SECONDS) -> None:
        """Returns when it has happened, looked at after each frame. Raises TimeoutError."""
        if happened():
            return
        news: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((happened, news))
        try:
            async with asyncio.timeout(seconds):
                await news
        finally:
            self._waiting = [one for one in self._waiting if one[1] is not news]

    async def subscribed(self, seconds: float = DEADLINE_SECONDS) -> "RecordingClient":
        """Every stream it follows was answered, on its first socket."""
        await self.until(
            lambda: {one["list"] for one in self.kinds("subscribed")} >= self.cursors.keys(),
            seconds,
        )
        return self

    async def reach(self, stream: str, seq: int, seconds: float = DEADLINE_SECONDS) -> None:
        """Has heard of that position. Fails in words when it does not in time."""
        try:
            await self.until(lambda: self.cursors[stream].seq >= seq, seconds)
        except TimeoutError:
            words = f"stands at {self.cursors[stream].seq} of {seq} after {seconds:.0f} s"
            raise AssertionError(f"a client {words}; told: {self.told[-3:]}") from None

    def kinds(self, kind: str) -> list[Frame]:
        return [one for one in self.told if one["type"] == kind]

    def score(self, stream: str, head: int) -> Outcome:
        return score(self.heard[stream], self.cursors[stream].began, head)

    async def matches_database(self) -> bool:
        """Whether the state is what a client that starts now would hold."""
        assert self.state is not None
        async with self.resources.begin_read() as read:
            for list_id in sorted(self.state.missing):
                await fetch_list(read, self.actor, self.state, list_id)
            fresh = await fetch(read, self.actor)
        todos = looked_at(self.state)
        return comparable(self.state, todos) == comparable(fresh, todos)

    def _hear(self, frame: Frame) -> None:
        if frame["type"] == "event":
            self._take(frame)
        elif frame["type"] != "ping":
            self.told.append(frame)
        for happened, news in self._waiting:
            if not news.done() and happened():
                news.set_result(None)

    def _take(self, frame: Frame) -> None:
        stream, seq = frame["list"], frame["seq"]
        self.heard.setdefault(stream, []).append(seq)
        if self.arrivals is not None:
            self.arrivals.setdefault((stream, seq), monotonic())
        at = self.cursors.get(stream)
        # As the protocol says: only the next one is applied.
        if at is not None and seq == at.seq + 1:
            at.seq = seq
            if self.state is not None:
                self.state.apply(frame)


def drop_all(followers: Iterable[RecordingClient]) -> None:
    """Nobody is connected any more."""
    for one in followers:
        one.drop()
