"""The hub against an oracle: whatever is lost, doubled, delayed or reordered on the way, every
socket hears every event from its cursor on, once, in order, until it is removed.
"""

from collections.abc import Iterable
from unittest.mock import patch

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from realtime.streams.stream_state import EventMessage, LaggingSubscription, Subscriber
from shared.contract.events import MemberAdded, MemberRemoved
from shared.contract.shapes import MemberShape, Role, UserShape
from shared.event_log import CannotResume, EventPage
from shared.ids import StreamId
from tests.support.realtime.hub_harness import AT, HubOnLog, RecordingSubscriber

LISTS = [StreamId("list1"), StreamId("list2")]
PEOPLE = ["ana", "ben", "eva"]


class HubMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        # Small enough that a few events overrun them.
        self.bounds = patch.multiple(
            "realtime.streams.stream_state", RECENT_FRAMES=2, REORDER_BUFFER_FRAMES=3
        )
        self.bounds.start()
        self.at = HubOnLog()
        for stream in LISTS:
            self.at.log.open(stream)
        self.members = {stream: set(PEOPLE) for stream in LISTS}
        self.flying: list[EventMessage] = []
        self.reads: list[
            tuple[RecordingSubscriber, LaggingSubscription, bool, EventPage | CannotResume | None]
        ] = []
        self.subscribers: list[RecordingSubscriber] = []
        # What each subscription must have been told: from the cursor on, and where it ends.
        self.since: dict[tuple[RecordingSubscriber, StreamId], int] = {}

    @initialize()
    def everybody_listens(self) -> None:
        for who in PEOPLE:
            subscriber = self.at.attach(who)
            self.subscribers.append(subscriber)
            for stream in LISTS:
                self.since[subscriber, stream] = 0
                self.at.hub.subscribe(subscriber, stream, "e1", 0, re=1)
        while self.at.resumes:
            self.begin_to_read(100)
        while self.reads:
            self.end_reading()

    # Sockets

    @rule(who=st.sampled_from(PEOPLE))
    def connect(self, who: str) -> None:
        if len(self.subscribers) < 6:
            self.subscribers.append(self.at.attach(who))

    @precondition(lambda self: len(self.subscribers) > 2)
    @rule(data=st.data())
    def disconnect(self, data: st.DataObject) -> None:
        subscriber = data.draw(st.sampled_from(self.subscribers))
        self.subscribers.remove(subscriber)
        self.at.hub.detach(subscriber)
        self.since = {key: since for key, since in self.since.items() if key[0] is not subscriber}

    @precondition(lambda self: self.subscribers)
    @rule(data=st.data(), stream=st.sampled_from(LISTS), back=st.integers(0, 5))
    def subscribe(self, data: st.DataObject, stream: StreamId, back: int) -> None:
        subscriber = data.draw(st.sampled_from(self.subscribers))
        since = max(0, len(self.at.log.events[stream]) - back)
        subscriber.frames = [one for one in subscriber.frames if one.get("list") != stream]
        self.since[subscriber, stream] = since
        self.at.hub.subscribe(subscriber, stream, "e1", since, re=1)

    @precondition(lambda self: len(self.since) > 3)
    @rule(data=st.data())
    def unsubscribe(self, data: st.DataObject) -> None:
        subscriber, stream = data.draw(st.sampled_from(list(self.since)))
        self.at.hub.unsubscribe(subscriber, [stream], re=2)
        del self.since[subscriber, stream]

    @precondition(lambda self: self.subscribers)
    @rule(data=st.data(), room=st.integers(1, 4))
    def becomes_slow(self, data: st.DataObject, room: int) -> None:
        data.draw(st.sampled_from(self.subscribers)).room = room

    # Writes, and what happens to their rings

    @rule(stream=st.sampled_from(LISTS), count=st.integers(1, 4))
    def commit(self, stream: StreamId, count: int) -> None:
        self.flying += [self.at.log.commit(stream) for _ in range(count)]

    @rule(stream=st.sampled_from(LISTS), who=st.sampled_from(PEOPLE))
    def remove_or_invite(self, stream: StreamId, who: str) -> None:
        if who in self.members[stream]:
            self.members[stream].remove(who)
            event = MemberRemoved(user_id=who, reason="removed")
            self.flying.append(self.at.log.commit(stream, event))
        else:
            self.members[stream].add(who)
            user = UserShape(id=who, name=who, avatar_url=None)
            member = MemberShape(user=user, role=Role.EDITOR, joined_at=AT)
            self.flying.append(self.at.log.commit(stream, MemberAdded(member=member)))

    @precondition(lambda self: self.flying)
    @rule(data=st.data(), doubled=st.booleans(), without_frame=st.booleans())
    def deliver(self, data: st.DataObject, doubled: bool, without_frame: bool) -> None:
        some = data.draw(st.lists(st.sampled_from(self.flying), min_size=1, max_size=5))
        for message in some:
            if not doubled and message in self.flying:
                self.flying.remove(message)
        if without_frame:
            some = [EventMessage(one.stream, one.epoch, one.seq, None) for one in some]
        self.at.hub.receive(some)

    @precondition(lambda self: self.flying)
    @rule(data=st.data())
    def deliver_everything(self, data: st.DataObject) -> None:
        messages, self.flying = self.flying, []
        self.at.hub.receive(data.draw(st.permutations(messages)))

    @rule()
    def lose_what_flies(self) -> None:
        self.flying.clear()

    # Reads, which take their time

    @precondition(lambda self: self.at.fills)
    @rule(limit=st.integers(1, 5))
    def fill(self, limit: int) -> None:
        stream, _ = self.at.fills.popitem()
        if position := self.at.hub.start_backfill(stream):
            found = self.at.log.read(stream, position.epoch, position.seq, limit)
            self.at.hub.finish_backfill(stream, position, found)

    def _readers(self) -> list[Subscriber]:
        # One reading at a time for each socket, as realtime/streams/backfill.py has it.
        reading = {one[0] for one in self.reads}
        return [subscriber for subscriber in self.at.resumes if subscriber not in reading]

    @precondition(lambda self: self._readers())
    @rule(limit=st.integers(1, 5))
    def begin_to_read(self, limit: int) -> None:
        subscriber = self._readers()[0]
        self.at.resumes.remove(subscriber)
        assert isinstance(subscriber, RecordingSubscriber)
        if subscriber.room <= 0:
            subscriber.room = 100
        for one in self.at.hub.lagging_subscriptions(subscriber):
            may = one.authorized_seq is not None or subscriber.user_id in self.members[one.stream]
            found = self.at.log.read(one.stream, one.epoch, one.cursor, limit)
            self.reads.append((subscriber, one, may, found))

    @precondition(lambda self: self.reads)
    @rule()
    def end_reading(self) -> None:
        subscriber, lagging, may, found = self.reads.pop(0)
        if may and isinstance(found, EventPage):
            self.at.hub.deliver_missed(subscriber, lagging, found)
        else:
            self.at.hub.refuse_resume(subscriber, lagging, None)

    @rule()
    def sweep(self) -> None:
        heads = {stream: self.at.log.head(stream) for stream in self.at.log.epochs}
        self.at.hub.heads(self.at.hub.watched(), heads)

    # What must be true

    @invariant()
    def nobody_hears_anything_twice_or_out_of_order(self) -> None:
        for (subscriber, stream), since in self.since.items():
            seqs = subscriber.seqs(stream)
            assert seqs == list(range(since + 1, since + 1 + len(seqs)))

    @invariant()
    def nobody_hears_anything_after_the_end(self) -> None:
        for subscriber, stream in self.since:
            kinds = [one["type"] for one in subscriber.frames if one.get("list") == stream]
            for end in ("unsubscribed", "error"):
                assert end not in kinds[:-1]

    def teardown(self) -> None:
        """When everything has calmed down, nothing is missing."""
        try:
            self._calm_down()
        finally:
            self.bounds.stop()

    def _calm_down(self) -> None:
        for subscriber in self.subscribers:
            subscriber.room = 10**9
        for _ in range(200):
            was_busy = bool(self.reads or self.at.resumes)
            self.sweep()
            if not (was_busy or self.at.fills or self.at.resumes):
                break
            while self.at.fills:
                self.fill(100)
            while self.at.resumes or self.reads:
                while self._readers():
                    self.begin_to_read(100)
                if self.reads:
                    self.end_reading()
        for (subscriber, stream), since in self.since.items():
            self._has_heard_everything(subscriber, stream, since)

    def _has_heard_everything(
        self, subscriber: RecordingSubscriber, stream: StreamId, since: int
    ) -> None:
        seqs, last = subscriber.seqs(stream), _kind_of_last(subscriber.frames, stream)
        if last == "error":
            return
        if last == "unsubscribed":
            removal = self.at.log.events[stream][seqs[-1] - 1]
            assert b'"member.removed"' in removal
            assert subscriber.user_id.encode() in removal
            return
        assert seqs == list(range(since + 1, len(self.at.log.events[stream]) + 1))
        assert subscriber.user_id in self.members[stream]


def _kind_of_last(frames: Iterable[dict[str, object]], stream: str) -> object:
    return [one["type"] for one in frames if one.get("list") == stream][-1]


TestHubAgainstTheOracle = HubMachine.TestCase
TestHubAgainstTheOracle.settings = settings(
    max_examples=200, report_multiple_bugs=False, stateful_step_count=50, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)  # fmt: skip
