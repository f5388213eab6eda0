"""A hub with subscribers that only record, and an event log in place of the database."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, cast

import orjson

from realtime.streams.hub import Hub
from realtime.streams.subscriber import Subscriber, SubscriptionObserver
from realtime.streams.subscription_table import SubscriptionTable
from realtime.transports.frame_batch import FrameBatch
from realtime.transports.transport import NOT_DIRECT, Transport
from shared import event_log
from shared.contract.events import Event, TodoPurged
from shared.contract.frames import Close
from shared.contract.shapes import SiteRole
from shared.event_log import CannotResume, EventPage, Head
from shared.ids import Epoch, SessionId, StreamId, UserId, user_stream
from shared.pubsub import EventMessage

AT = datetime(2026, 1, 1, tzinfo=UTC)
LIST = StreamId("list1")


@dataclass(eq=False)
class RecordingSubscriber:
    """A subscriber that keeps every frame it was given; full after `room` frames."""

    user_id: UserId
    session_id: SessionId
    frames: list[dict[str, Any]] = field(default_factory=list)
    closed: Close | None = None
    room: int = 10**9
    descriptor: ClassVar[int] = NOT_DIRECT

    @property
    def transport(self) -> Transport:
        return cast(Transport, self)

    def write(self, batch: FrameBatch, sent: int = 0) -> bool:
        if self.closed is None:
            self.frames += map(orjson.loads, batch.frames)
            self.room -= len(batch.frames)
        return self.room > 0

    def close(self, code: Close) -> None:
        self.closed = self.closed or code

    def on_account_edited(self, site_role: SiteRole, *, has_second_factor: bool) -> bool:
        return True

    def seqs(self, stream: str) -> list[int]:
        """Return the sequence numbers of the events it was given of the stream."""
        return [
            frame["seq"]
            for frame in self.frames
            if frame.get("list") == stream and frame["type"] == "event"
        ]

    def kinds(self) -> list[str]:
        return [frame["type"] for frame in self.frames]


class _NoObserver:
    def on_admitted(self, subscriber: Subscriber, stream: StreamId) -> None:
        pass

    def on_ended(
        self, subscriber: Subscriber, stream: StreamId | None, *, at_once: bool = False
    ) -> None:
        pass

    def on_revoked(self, stream: StreamId, user_id: UserId | None) -> None:
        pass

    def on_member_edited(self, user_id: UserId) -> None:
        pass


@dataclass
class FakeEventLog:
    """Streams with an epoch, a head, a floor, and their events."""

    epochs: dict[StreamId, Epoch] = field(default_factory=dict)
    events: dict[StreamId, list[bytes]] = field(default_factory=dict)
    floors: dict[StreamId, int] = field(default_factory=dict)

    def open(self, stream: StreamId, epoch: str = "e1") -> None:
        self.epochs[stream], self.events[stream] = Epoch(epoch), []
        self.floors[stream] = 0

    def commit(self, stream: StreamId, event: Event | None = None) -> EventMessage:
        seq = len(self.events[stream]) + 1
        event = event or TodoPurged(todo_id=str(seq))
        frame = event_log.encode(stream, seq, event, AT, None, None)
        self.events[stream].append(frame)
        return EventMessage(stream, self.epochs[stream], seq, frame)

    def head(self, stream: StreamId) -> Head:
        return Head(stream, self.epochs[stream], len(self.events[stream]), self.floors[stream])

    def heads(self) -> dict[StreamId, Head]:
        return {stream: self.head(stream) for stream in self.epochs}

    def read(
        self, stream: StreamId, epoch: str, since: int, limit: int = 1000
    ) -> EventPage | CannotResume | None:
        if stream not in self.epochs:
            return None
        head = self.head(stream)
        if epoch != head.epoch:
            return CannotResume(head, "epoch")
        if since > head.seq:
            return CannotResume(head, "ahead")
        if since < head.floor:
            return CannotResume(head, "trimmed")
        frames = list(enumerate(self.events[stream], start=1))[since : since + limit]
        return EventPage(frames, head)

    def read_page(self, stream: StreamId, since: int = 0, limit: int = 1000) -> EventPage:
        page = self.read(stream, self.epochs[stream], since, limit)
        assert isinstance(page, EventPage)
        return page


class HubHarness:
    """A hub whose requests are kept until a test answers them."""

    def __init__(
        self,
        subscriptions: SubscriptionTable | None = None,
        observer: SubscriptionObserver | None = None,
    ) -> None:
        self.log = FakeEventLog()
        self.backfills: dict[StreamId, float] = {}
        self.resumes: list[Subscriber] = []
        self.subscriptions = subscriptions or SubscriptionTable()
        self.hub = Hub(self.subscriptions, self, self, observer or _NoObserver())

    # The hub's requests

    def request_backfill(self, stream: StreamId, delay_seconds: float) -> None:
        self.backfills[stream] = min(delay_seconds, self.backfills.get(stream, delay_seconds))

    def request_resume(self, subscriber: Subscriber) -> None:
        if subscriber not in self.resumes:
            self.resumes.append(subscriber)

    # What tests do

    def attach(self, user: str, session: str = "s1") -> RecordingSubscriber:
        subscriber = RecordingSubscriber(UserId(user), SessionId(session))
        stream = user_stream(subscriber.user_id)
        if stream not in self.log.epochs:
            self.log.open(stream)
        self.hub.attach(subscriber)
        self.hub.confirm_session(subscriber, self.log.head(stream))
        return subscriber

    def subscribe(
        self, subscriber: RecordingSubscriber, stream: StreamId, since: int = 0, epoch: str = "e1"
    ) -> None:
        """Subscribe, and answer all resume requests."""
        self.hub.subscribe(subscriber, stream, epoch, since, request_id=1)
        self.resume()

    def start_subscribing(self, subscriber: RecordingSubscriber, stream: StreamId) -> None:
        """Subscribe from 0, and leave the resume request to the test."""
        self.hub.subscribe(subscriber, stream, "e1", 0, request_id=1)

    def deliver_missed(self, subscriber: RecordingSubscriber, page: EventPage) -> None:
        """Answer the subscriber's only resume request with a page."""
        [lagging] = self.hub.lagging_subscriptions(subscriber)
        self.hub.deliver_missed(subscriber, lagging, page)

    def check_heads(self) -> None:
        self.hub.compare_heads(self.hub.positions(), self.log.heads())

    def backfill(self, limit: int = 1000) -> None:
        """Answer backfill requests until there are none."""
        for _ in range(1000):
            if not self.backfills:
                return
            self.backfill_one(limit)
        raise AssertionError("backfills without end")

    def backfill_one(self, limit: int) -> None:
        stream, _ = self.backfills.popitem()
        if start := self.hub.start_backfill(stream):
            result = self.log.read(stream, start.epoch, start.seq, limit)
            self.hub.finish_backfill(stream, start, result)

    def resume(self, limit: int = 1000, members: Sequence[str] | None = None) -> None:
        """Answer resume requests until there are none; only `members` may read, if given."""
        for _ in range(1000):
            if not self.resumes:
                return
            self._resume_one(self.resumes.pop(0), limit, members)
        raise AssertionError("resumes without end")

    def _resume_one(
        self, subscriber: Subscriber, limit: int, members: Sequence[str] | None
    ) -> None:
        for lagging in self.hub.lagging_subscriptions(subscriber):
            is_member = members is None or subscriber.user_id in members
            if lagging.authorized_seq is None and not is_member:
                self.hub.refuse_resume(subscriber, lagging, None)
                continue
            result = self.log.read(lagging.stream, lagging.epoch, lagging.cursor, limit)
            if isinstance(result, EventPage):
                self.hub.deliver_missed(subscriber, lagging, result)
            else:
                self.hub.refuse_resume(subscriber, lagging, result)


def hub_with_list() -> HubHarness:
    """Return a hub, and one list without events."""
    harness = HubHarness()
    harness.log.open(LIST)
    return harness
