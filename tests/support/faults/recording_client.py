"""A client that follows docs/protocol.md and records every frame it receives.

Its cursors and its state are those of livelist_client; its sockets are light, so that thousands fit into
one process. The scenario `python-client` runs whole clients, with their own sockets and reconnects.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import cast

from livelist_client import State
from livelist_client.live.cursors import Cursors, Step
from livelist_client.live.reducer import apply_event
from livelist_client.shapes import EventFrame
from shared.actor import Actor
from shared.clock import monotonic
from shared.ids import user_stream
from shared.resources import Resources
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.faults.expected_events import compare_events
from tests.support.faults.light_socket import Frame, LightSocket, RefusedError, open_socket
from tests.support.faults.scenarios import Outcome
from tests.support.realtime.snapshots import comparable, fetch, fetch_list, todos_with_comments
from tests.support.realtime.websocket_client import head_of, token_of


@dataclass(eq=False)
class RecordingClient:
    """The client of one user over all its sockets: on each node it resumes from its own cursors."""

    resources: Resources
    actor: Actor
    cursors: Cursors = field(default_factory=Cursors)
    # The position in each stream from which the client started.
    started_at: dict[str, int] = field(default_factory=dict)
    received: dict[str, list[int]] = field(default_factory=dict)
    # The arrival time of each event, kept only if a scenario sets this to a dict.
    arrivals: dict[tuple[str, int], float] | None = None
    # All frames but events and pings: answers, resets, errors, ends of subscriptions.
    control_frames: list[Frame] = field(default_factory=list)
    state: State | None = None
    socket: LightSocket | None = None
    # The address of this machine from which it connects, if not any.
    local_address: str | None = None
    _waiting: list[tuple[Callable[[], bool], asyncio.Future[None]]] = field(default_factory=list)

    async def start_at_head(self, *lists: str) -> "RecordingClient":
        """Set the cursors to the present heads of these lists, without subscribing."""
        for stream in lists:
            epoch, seq = await head_of(self.resources, stream)
            self.set_cursor(stream, epoch, seq)
        return self

    async def start_from_snapshot(self) -> "RecordingClient":
        """Fetch a snapshot of all lists of the user, and set the cursors of all streams from it."""
        async with self.resources.begin_read() as read:
            self.state = await fetch(read, self.actor)
        for content in self.state.lists.values():
            at = content["stream"]
            self.set_cursor(at["list_id"], at["epoch"], at["seq"])
        return await self.start_at_head(user_stream(self.actor.user_id))

    def set_cursor(self, stream: str, epoch: str, seq: int) -> None:
        self.cursors.set(stream, epoch, seq)
        self.started_at[stream] = seq
        self.received[stream] = []

    async def connect(self, url: str, *, subscribe: bool = True) -> "RecordingClient":
        """Open a welcomed socket to the node and send the subscriptions, without waiting for answers."""
        token = token_of(self.resources, self.actor)
        self.socket = await open_socket(
            url, token, self._on_frame, local_address=self.local_address
        )
        if subscribe:
            self.subscribe()
        return self

    async def connect_with_retries(self, choose_url: Callable[[], str], attempts: int) -> int:
        """Connect, pausing after each refusal; return the number of retries."""
        for attempt in range(attempts):
            try:
                await self.connect(choose_url())
            except (RefusedError, OSError):
                await asyncio.sleep(0.5)  # the shortest pause that docs/protocol.md names
            else:
                return attempt
        raise AssertionError(f"the nodes refused a client {attempts} times")

    def subscribe(self, *streams: str) -> int:
        """Subscribe from the cursors to these streams, or to all, and return the id of the frame."""
        assert self.socket is not None
        lists = self.cursors.subscriptions(streams or None)
        return self.socket.send("subscribe", lists=lists)

    def drop(self) -> None:
        """Abort the connection without a close handshake, as when the network is lost."""
        if self.socket is not None:
            self.socket.drop()
            self.socket = None

    async def wait_until(
        self, condition: Callable[[], bool], seconds: float = DEADLINE_SECONDS
    ) -> None:
        """Wait until the condition is true, testing it after each frame. Raise TimeoutError if never."""
        if condition():
            return
        is_true: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((condition, is_true))
        try:
            async with asyncio.timeout(seconds):
                await is_true
        finally:
            self._waiting = [entry for entry in self._waiting if entry[1] is not is_true]

    async def wait_for_answer(self, number: int) -> None:
        """Wait for the answer to the frame with that id. Raise TimeoutError if none comes."""
        await self.wait_until(
            lambda: any(frame.get("re") == number for frame in self.control_frames)
        )

    async def wait_subscribed(self, seconds: float = DEADLINE_SECONDS) -> "RecordingClient":
        """Wait until every subscription of the first socket was answered."""
        await self.wait_until(
            lambda: (
                {frame["list"] for frame in self.control_frames_of("subscribed")}
                >= self.cursors.keys()
            ),
            seconds,
        )
        return self

    async def wait_for_seq(self, stream: str, seq: int, seconds: float = DEADLINE_SECONDS) -> None:
        """Wait until the cursor has reached that position. Raise AssertionError if it does not."""
        try:
            await self.wait_until(lambda: self.cursors[stream].seq >= seq, seconds)
        except TimeoutError:
            position = f"is at {self.cursors[stream].seq} of {seq} after {seconds:.0f} s"
            raise AssertionError(
                f"a client {position}; last frames: {self.control_frames[-3:]}"
            ) from None

    def control_frames_of(self, kind: str) -> list[Frame]:
        return [frame for frame in self.control_frames if frame["type"] == kind]

    def compare(self, stream: str, head: int) -> Outcome:
        """Compare the received events with all events from the start of the client up to `head`."""
        return compare_events(self.received[stream], self.started_at[stream], head)

    async def matches_database(self) -> bool:
        """Return True if the state equals that of a client that fetches a snapshot now."""
        assert self.state is not None
        async with self.resources.begin_read() as read:
            for list_id in sorted(self.state.missing_lists):
                await fetch_list(read, self.actor, self.state, list_id)
            fresh = await fetch(read, self.actor)
        todos = todos_with_comments(self.state)
        return comparable(self.state, todos) == comparable(fresh, todos)

    def _on_frame(self, frame: Frame) -> None:
        if frame["type"] == "event":
            self._on_event(cast("EventFrame", frame))
        elif frame["type"] != "ping":
            self.control_frames.append(frame)
        for condition, is_true in self._waiting:
            if not is_true.done() and condition():
                is_true.set_result(None)

    def _on_event(self, frame: EventFrame) -> None:
        stream, seq = frame["list"], frame["seq"]
        self.received.setdefault(stream, []).append(seq)
        if self.arrivals is not None:
            self.arrivals.setdefault((stream, seq), monotonic())
        if self.cursors.advance(frame) is Step.NEXT and self.state is not None:
            apply_event(self.state, frame)


def drop_all(clients: Iterable[RecordingClient]) -> None:
    for client in clients:
        client.drop()
