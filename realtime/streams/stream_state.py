"""The state of one stream on a node: the last event emitted, frames out of order, subscribers.

    current   get every frame as it is emitted; their cursor is `emitted_seq`
    ahead     have read more from the database than the stream has emitted
    lagging   must read the database before they get anything (new, or too slow for a while)

The epoch is None until the first read; messages that arrive before it wait in `early_messages`.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from realtime.streams.subscriber import LaggingSubscription, Subscriber
from realtime.transports.transport import Transport
from shared.event_log import EventPage
from shared.ids import Epoch, StreamId, UserId
from shared.pubsub import EventMessage

# More than a burst of commits is ever reordered by; beyond it, one read is cheaper than waiting.
REORDER_BUFFER_FRAMES = 64
# Frames emitted while a subscriber reads the database, so that it need not read again for them.
RECENT_FRAMES = 64
RECENT_BYTES = 256 * 1024
_USER_PREFIX = "user:"


@dataclass(frozen=True)
class StreamPosition:
    """A point in a stream: the epoch, and the last sequence number that was emitted."""

    epoch: Epoch
    seq: int


@dataclass(eq=False, slots=True)
class StreamState:
    stream: StreamId
    epoch: Epoch | None = None
    emitted_seq: int = 0
    # The newest event known of; beyond `emitted_seq`, events are missing and must be read.
    target_seq: int = 0
    # A message contradicts the epoch or the position: only the database can say what is true.
    needs_verification: bool = False
    reorder_buffer: dict[int, bytes] = field(default_factory=dict)
    early_messages: list[EventMessage] = field(default_factory=list)
    current: dict[Subscriber, Transport] = field(default_factory=dict)
    ahead: dict[Subscriber, int] = field(default_factory=dict)
    lagging: dict[Subscriber, LaggingSubscription] = field(default_factory=dict)
    recent_frames: deque[tuple[int, bytes]] = field(default_factory=deque)
    # The newest event known of when the running backfill began.
    backfill_seq: int = 0

    @property
    def is_incomplete(self) -> bool:
        """Return True if events up to `target_seq` are missing, or the state may be wrong."""
        return self.target_seq > self.emitted_seq or self.needs_verification

    @property
    def is_idle(self) -> bool:
        """Return True if the stream has no subscribers."""
        return not (self.current or self.ahead or self.lagging)

    @property
    def owner(self) -> UserId | None:
        """Return the user whose own stream this is; None for a list."""
        if not self.stream.startswith(_USER_PREFIX):
            return None
        return UserId(self.stream[len(_USER_PREFIX) :])

    # Position

    def move_to(self, epoch: Epoch, seq: int) -> None:
        """Set the position, and buffer the early messages that come after it."""
        self.epoch, self.emitted_seq, self.target_seq = epoch, seq, seq
        # If `early_messages` was full, messages after this position may have been dropped.
        self.needs_verification = len(self.early_messages) >= REORDER_BUFFER_FRAMES
        self.reorder_buffer.clear()
        early_messages, self.early_messages = self.early_messages, []
        for message in early_messages:
            self.buffer(message)

    def raise_target(self, seq: int) -> None:
        self.target_seq = max(self.target_seq, seq)

    def buffer(self, message: EventMessage) -> bool:
        """Keep a message that is after the position; return True if the hub must act on it now."""
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
            self.raise_target(message.seq)
        else:
            self.reorder_buffer[message.seq] = message.frame
        return True

    def start_backfill(self, epoch: Epoch) -> StreamPosition:
        """Return the position to read from, and note the newest event known of before the read."""
        self.backfill_seq = max(self.target_seq, *self.reorder_buffer, 0)
        return StreamPosition(epoch, self.emitted_seq)

    def add_backfilled(self, page: EventPage) -> None:
        """Buffer the events that a backfill has read, and drop what the database contradicts."""
        for seq, frame in page.frames:
            if seq > self.emitted_seq:
                self.reorder_buffer[seq] = frame
        # Messages are published after their commit: an event known of before the read, and not
        # in it, was never committed.
        for seq in [seq for seq in self.reorder_buffer if page.head.seq < seq <= self.backfill_seq]:
            del self.reorder_buffer[seq]
        if self.target_seq <= self.backfill_seq:
            self.target_seq = page.head.seq
        self.needs_verification = False

    def drop_emitted(self) -> None:
        """Remove frames that were emitted meanwhile from the reorder buffer."""
        if self.reorder_buffer and self.emitted_seq >= min(self.reorder_buffer):
            later = {
                seq: frame for seq, frame in self.reorder_buffer.items() if seq > self.emitted_seq
            }
            self.reorder_buffer = later

    def discard_missing(self) -> None:
        """Give up all events after the position: the stream is no longer in the database."""
        self.needs_verification, self.target_seq = False, self.emitted_seq
        self.reorder_buffer.clear()

    # Subscribers

    def cursor_of(self, subscriber: Subscriber) -> int | None:
        """Return the cursor of a subscriber that is current or ahead; None for any other."""
        return self.emitted_seq if subscriber in self.current else self.ahead.get(subscriber)

    def is_authorized(self, subscriber: Subscriber) -> bool:
        """Return True if the user of a subscriber of this stream was seen to be a member."""
        lagging = self.lagging.get(subscriber)
        return lagging is None or lagging.is_authorized

    def add_lagging(self, subscriber: Subscriber, subscription: LaggingSubscription) -> None:
        """Make the subscriber lagging, whatever it was before."""
        self.remove_subscriber(subscriber)
        self.lagging[subscriber] = subscription

    def add_caught_up(self, subscriber: Subscriber, cursor: int) -> None:
        """Make the subscriber current; or ahead, if its cursor is after the position."""
        self.remove_subscriber(subscriber)
        if cursor == self.emitted_seq:
            self.current[subscriber] = subscriber.transport
        else:
            self.ahead[subscriber] = cursor
            self.raise_target(cursor)

    def remove_subscriber(self, subscriber: Subscriber) -> None:
        self.current.pop(subscriber, None)
        self.ahead.pop(subscriber, None)
        self.lagging.pop(subscriber, None)
        if not self.lagging:
            self.recent_frames.clear()

    def keep_recent(self, frame: bytes) -> None:
        """Keep the frame just emitted for lagging subscribers, within bounds."""
        self.recent_frames.append((self.emitted_seq, frame))
        size = sum(len(kept) for _, kept in self.recent_frames)
        while len(self.recent_frames) > RECENT_FRAMES or (
            size > RECENT_BYTES and self.recent_frames
        ):
            size -= len(self.recent_frames.popleft()[1])

    def revoke_lagging(self, ends: Callable[[Subscriber], object]) -> None:
        """Mark the lagging subscribers whose subscription the event just emitted `ends`."""
        for subscriber, lagging in self.lagging.items():
            if ends(subscriber):
                lagging.revoked_seq = self.emitted_seq
