"""A hub with listeners that only remember, and a log of events in place of the database."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from realtime.streams.hub import Hub
from realtime.streams.stream_state import EventMessage, Subscriber
from realtime.transports.frame_batch import FrameBatch
from shared import event_log
from shared.contract.events import Event, TodoPurged
from shared.contract.frames import Close
from shared.event_log import CannotResume, EventPage, Head
from shared.ids import Epoch, SessionId, StreamId, UserId, user_stream

AT = datetime(2026, 1, 1, tzinfo=UTC)
LIST = StreamId("list1")


@dataclass(eq=False)
class RecordingSubscriber:
    """A listener that keeps every frame it was given."""

    user_id: UserId
    session_id: SessionId
    frames: list[dict[str, Any]] = field(default_factory=list)
    closed: Close | None = None
    room: int = 10**9

    def write(self, batch: FrameBatch) -> bool:
        if self.closed is None:
            self.frames += map(orjson.loads, batch.frames)
            self.room -= len(batch.frames)
        return self.room > 0

    def close(self, code: Close) -> None:
        self.closed = self.closed or code

    def seqs(self, stream: str) -> list[int]:
        return [
            one["seq"]
            for one in self.frames
            if one.get("list") == stream and one["type"] == "event"
        ]

    def kinds(self) -> list[str]:
        return [one["type"] for one in self.frames]


@dataclass
class Log:
    """The database as the hub needs it: streams with an epoch, a head, a floor, and their events."""

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


class HubOnLog:
    """The hub, with its wishes kept until a test grants them."""

    def __init__(self) -> None:
        self.log = Log()
        self.fills: dict[StreamId, float] = {}
        self.resumes: list[Subscriber] = []
        self.hub = Hub(self._request_backfill, self._request_resume)

    def _request_backfill(self, stream: StreamId, seconds: float) -> None:
        self.fills[stream] = min(seconds, self.fills.get(stream, seconds))

    def _request_resume(self, subscriber: Subscriber) -> None:
        if subscriber not in self.resumes:
            self.resumes.append(subscriber)

    def attach(self, user: str, session: str = "s1") -> RecordingSubscriber:
        subscriber = RecordingSubscriber(UserId(user), SessionId(session))
        stream = user_stream(subscriber.user_id)
        if stream not in self.log.epochs:
            self.log.open(stream)
        self.hub.attach(subscriber)
        self.hub.checked(subscriber, self.log.head(stream))
        return subscriber

    def fill(self, limit: int = 1000) -> None:
        """Grants what fills were asked for, until none is."""
        for _ in range(1000):
            if not self.fills:
                return
            stream, _ = self.fills.popitem()
            if position := self.hub.start_backfill(stream):
                self.hub.finish_backfill(
                    stream, position, self.log.read(stream, position.epoch, position.seq, limit)
                )
        raise AssertionError("fills without end")

    def resume(self, limit: int = 1000, members: Sequence[str] | None = None) -> None:
        """Grants what resumes were asked for, until none is; only `members` may read, if given."""
        for _ in range(1000):
            if not self.resumes:
                return
            subscriber = self.resumes.pop(0)
            for one in self.hub.lagging_subscriptions(subscriber):
                if (
                    one.authorized_seq is None
                    and members is not None
                    and subscriber.user_id not in members
                ):
                    self.hub.refuse_resume(subscriber, one, None)
                    continue
                found = self.log.read(one.stream, one.epoch, one.cursor, limit)
                if isinstance(found, EventPage):
                    self.hub.deliver_missed(subscriber, one, found)
                else:
                    self.hub.refuse_resume(subscriber, one, found)
        raise AssertionError("resumes without end")

    def subscribe(
        self, subscriber: RecordingSubscriber, stream: StreamId, since: int = 0, epoch: str = "e1"
    ) -> None:
        self.hub.subscribe(subscriber, stream, epoch, since, re=1)
        self.resume()


def a_hub() -> HubOnLog:
    """Returns a hub, and one list without events."""
    hub = HubOnLog()
    hub.log.open(LIST)
    return hub
