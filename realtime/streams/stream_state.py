"""What a node knows of one stream: how far it has come, what waits, and who listens.

    current   hear every frame as it is emitted; their cursor is the line's position
    ahead     have already got more than the line has emitted (they read it from the database)
    behind    must read the database before they hear anything (new, or too slow for a while)

A line has no epoch until somebody has read one; what rings before that is kept in `unplaced`.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from realtime.transports.frame_batch import FrameBatch
from shared.contract.frames import Close
from shared.ids import Epoch, SessionId, StreamId, UserId

# More than any reordering of a burst of commits; beyond it, one read is cheaper than waiting.
REORDER_BUFFER_FRAMES = 64
# What was emitted while somebody read the database, so that they need not read it once more.
RECENT_FRAMES = 64
RECENT_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class EventMessage:
    """News of an event that is committed. Without `frame` it is too large to travel by doorbell."""

    stream: StreamId
    epoch: Epoch
    seq: int
    frame: bytes | None


@dataclass(frozen=True)
class StreamPosition:
    """A point in a stream: the epoch, and the last sequence number that was emitted."""

    epoch: Epoch
    seq: int


class Subscriber(Protocol):
    """One open socket, as the hub sees it."""

    @property
    def user_id(self) -> UserId: ...

    @property
    def session_id(self) -> SessionId: ...

    def write(self, batch: FrameBatch) -> bool:
        """Takes the burst; answers whether there is room for more. Never waits."""
        ...

    def close(self, code: Close) -> None:
        """Nothing more is sent but this close. Never waits."""
        ...


class SubscriptionObserver:
    """Is told by the hub who may listen to what. This one does nothing; presence is another."""

    def on_admitted(self, subscriber: Subscriber, stream: StreamId) -> None:
        """The listener was seen to be allowed the stream."""

    def on_ended(
        self, subscriber: Subscriber, stream: StreamId | None, *, at_once: bool = False
    ) -> None:
        """The listener hears nothing more of the stream; of None: of any."""

    def on_revoked(self, stream: StreamId, user_id: UserId | None) -> None:
        """The person may not read the stream any more; None: nobody may."""


@dataclass(eq=False, slots=True)
class LaggingSubscription:
    """A subscription that has to read the database from `cursor` on.

    `re` is the `subscribe` still to be answered. `reader_at` is the position at which the person
    was seen to be a member: removals up to it are history, the first one after it ends delivery.
    `ended_at` is the latest removal that the line has emitted: until it is sent to them as well,
    they may hear the events before it, and nothing else.
    """

    stream: StreamId
    epoch: str
    cursor: int
    re: int | None = None
    authorized_seq: int | None = None
    revoked_seq: int = 0

    @property
    def is_authorized(self) -> bool:
        return self.authorized_seq is not None and self.authorized_seq >= self.revoked_seq

    def authorize_at(self, seq: int) -> bool:
        """The person was seen to be a member at `seq`; answers whether that is news, and still so."""
        is_news = self.authorized_seq is None
        if is_news:
            self.authorized_seq = seq
        return is_news and self.is_authorized


@dataclass(eq=False, slots=True)
class StreamState:
    stream: StreamId
    epoch: Epoch | None = None
    emitted_seq: int = 0
    # The newest position heard of; beyond `position` means that something is to be read.
    target_seq: int = 0
    # Something contradicts the epoch or the position: the database must say what is true.
    needs_verification: bool = False
    reorder_buffer: dict[int, bytes] = field(default_factory=dict)
    early_messages: list[EventMessage] = field(default_factory=list)
    current: dict[Subscriber, None] = field(default_factory=dict)
    ahead: dict[Subscriber, int] = field(default_factory=dict)
    lagging: dict[Subscriber, LaggingSubscription] = field(default_factory=dict)
    recent: deque[tuple[int, bytes]] = field(default_factory=deque)
    # What was known of when the fill under way began: if the database does not have it, it is not.
    backfill_seq: int = 0

    def move_to(self, epoch: Epoch, emitted_seq: int) -> None:
        """The line stands there; what rang meanwhile is held or forgotten."""
        self.epoch, self.emitted_seq, self.target_seq = epoch, emitted_seq, emitted_seq
        # A full `unplaced` may have turned away what came after the reading.
        self.needs_verification = len(self.early_messages) >= REORDER_BUFFER_FRAMES
        self.reorder_buffer.clear()
        early_messages, self.early_messages = self.early_messages, []
        for message in early_messages:
            self.buffer(message)

    def buffer(self, message: EventMessage) -> bool:
        """Keeps what lies ahead of the position; answers whether there is anything to do now."""
        if self.epoch is None:
            if len(self.early_messages) < REORDER_BUFFER_FRAMES:
                self.early_messages.append(message)
            return False
        if message.epoch != self.epoch:
            self.needs_verification = True
            return True
        if message.seq <= self.emitted_seq:
            return False
        if message.frame is None or len(self.reorder_buffer) >= REORDER_BUFFER_FRAMES:
            self.target_seq = max(self.target_seq, message.seq)
        else:
            self.reorder_buffer[message.seq] = message.frame
        return True

    def keep_recent(self, frame: bytes) -> None:
        """Keeps the frame just emitted for those who are reading, within bounds."""
        self.recent.append((self.emitted_seq, frame))
        size = sum(len(one) for _, one in self.recent)
        while len(self.recent) > RECENT_FRAMES or (size > RECENT_BYTES and self.recent):
            size -= len(self.recent.popleft()[1])

    def cursor_of(self, subscriber: Subscriber) -> int | None:
        """Returns how far a listener that is not behind has come; None for any other."""
        return self.emitted_seq if subscriber in self.current else self.ahead.get(subscriber)

    def remove_subscriber(self, subscriber: Subscriber) -> bool:
        """The listener hears nothing more; answers whether it was subscribed."""
        was_here = (
            subscriber in self.current or subscriber in self.ahead or subscriber in self.lagging
        )
        self.current.pop(subscriber, None)
        self.ahead.pop(subscriber, None)
        self.lagging.pop(subscriber, None)
        if not self.lagging:
            self.recent.clear()
        return was_here

    def mark_revoked(self, ends: Callable[[Subscriber], object]) -> None:
        """Those who are behind and whom the event just emitted `ends` are readers no more."""
        for subscriber, lagging in self.lagging.items():
            if ends(subscriber):
                lagging.revoked_seq = self.emitted_seq

    def is_authorized(self, subscriber: Subscriber) -> bool:
        """Tells whether a subscriber was seen to be allowed the stream."""
        lagging = self.lagging.get(subscriber)
        return lagging is None or lagging.is_authorized

    @property
    def is_incomplete(self) -> bool:
        """Return True if events up to `target_seq` are missing, or the state may be wrong."""
        return self.target_seq > self.emitted_seq or self.needs_verification

    @property
    def is_idle(self) -> bool:
        return not (self.current or self.ahead or self.lagging)
