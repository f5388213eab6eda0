"""The hub against an oracle: whatever is lost, doubled, delayed or reordered on the way, each
subscriber gets every event from its cursor on, once, in order, until it is removed.
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

from realtime.streams.subscriber import LaggingSubscription, Subscriber
from shared.contract.events import MemberAdded, MemberRemoved
from shared.contract.shapes import MemberShape, Role, UserShape
from shared.event_log import CannotResume, EventPage
from shared.ids import StreamId
from shared.pubsub import EventMessage
from tests.support.realtime.hub_harness import AT, HubHarness, RecordingSubscriber

LISTS = [StreamId("list1"), StreamId("list2")]
USERS = ["ana", "ben", "eva"]


class HubMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        # Small enough that a few events overrun them.
        self.bounds = patch.multiple(
            "realtime.streams.stream_state", RECENT_FRAMES=2, REORDER_BUFFER_FRAMES=3
        )
        self.bounds.start()
        self.at = HubHarness()
        for stream in LISTS:
            self.at.log.open(stream)
        self.members = {stream: set(USERS) for stream in LISTS}
        self.in_flight: list[EventMessage] = []
        # Reads that are not delivered yet, and whether the user might read.
        self.reads: list[
            tuple[RecordingSubscriber, LaggingSubscription, bool, EventPage | CannotResume | None]
        ] = []
        self.subscribers: list[RecordingSubscriber] = []
        # The cursor from which each subscription must have got every event.
        self.since: dict[tuple[RecordingSubscriber, StreamId], int] = {}

    @initialize()
    def every_user_subscribes(self) -> None:
        for user in USERS:
            subscriber = self.at.attach(user)
            self.subscribers.append(subscriber)
            for stream in LISTS:
                self.since[subscriber, stream] = 0
                self.at.start_subscribing(subscriber, stream)
        while self.at.resumes:
            self.begin_read(100)
        while self.reads:
            self.end_read()

    # Sockets

    @rule(user=st.sampled_from(USERS))
    def connect(self, user: str) -> None:
        if len(self.subscribers) < 6:
            self.subscribers.append(self.at.attach(user))

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
        kept = [frame for frame in subscriber.frames if frame.get("list") != stream]
        subscriber.frames = kept
        self.since[subscriber, stream] = since
        self.at.hub.subscribe(subscriber, stream, "e1", since, request_id=1)

    @precondition(lambda self: len(self.since) > 3)
    @rule(data=st.data())
    def unsubscribe(self, data: st.DataObject) -> None:
        subscriber, stream = data.draw(st.sampled_from(list(self.since)))
        self.at.hub.unsubscribe(subscriber, [stream], request_id=2)
        del self.since[subscriber, stream]

    @precondition(lambda self: self.subscribers)
    @rule(data=st.data(), room=st.integers(1, 4))
    def become_slow(self, data: st.DataObject, room: int) -> None:
        data.draw(st.sampled_from(self.subscribers)).room = room

    # Writes, and their messages

    @rule(stream=st.sampled_from(LISTS), count=st.integers(1, 4))
    def commit(self, stream: StreamId, count: int) -> None:
        self.in_flight += [self.at.log.commit(stream) for _ in range(count)]

    @rule(stream=st.sampled_from(LISTS), user=st.sampled_from(USERS))
    def remove_or_invite(self, stream: StreamId, user: str) -> None:
        if user in self.members[stream]:
            self.members[stream].remove(user)
            removal = MemberRemoved(user_id=user, reason="removed")
            self.in_flight.append(self.at.log.commit(stream, removal))
        else:
            self.members[stream].add(user)
            shape = UserShape(id=user, name=user, avatar_url=None)
            member = MemberShape(user=shape, role=Role.EDITOR, joined_at=AT)
            self.in_flight.append(self.at.log.commit(stream, MemberAdded(member=member)))

    @precondition(lambda self: self.in_flight)
    @rule(data=st.data(), doubled=st.booleans(), without_frame=st.booleans())
    def deliver(self, data: st.DataObject, doubled: bool, without_frame: bool) -> None:
        some = data.draw(st.lists(st.sampled_from(self.in_flight), min_size=1, max_size=5))
        for message in some:
            if not doubled and message in self.in_flight:
                self.in_flight.remove(message)
        if without_frame:
            some = [EventMessage(it.stream, it.epoch, it.seq, None) for it in some]
        self.at.hub.receive(some)

    @precondition(lambda self: self.in_flight)
    @rule(data=st.data())
    def deliver_all(self, data: st.DataObject) -> None:
        messages, self.in_flight = self.in_flight, []
        self.at.hub.receive(data.draw(st.permutations(messages)))

    @rule()
    def lose_all(self) -> None:
        self.in_flight.clear()

    # Reads, which take their time

    @precondition(lambda self: self.at.backfills)
    @rule(limit=st.integers(1, 5))
    def backfill(self, limit: int) -> None:
        self.at.backfill_one(limit)

    def _readable_now(self) -> list[Subscriber]:
        # One read at a time for each socket, as realtime/streams/resume_reader.py has it.
        reading = {subscriber for subscriber, *_ in self.reads}
        return [subscriber for subscriber in self.at.resumes if subscriber not in reading]

    @precondition(lambda self: self._readable_now())
    @rule(limit=st.integers(1, 5))
    def begin_read(self, limit: int) -> None:
        subscriber = self._readable_now()[0]
        self.at.resumes.remove(subscriber)
        assert isinstance(subscriber, RecordingSubscriber)
        if subscriber.room <= 0:
            subscriber.room = 100
        for lagging in self.at.hub.lagging_subscriptions(subscriber):
            is_member = subscriber.user_id in self.members[lagging.stream]
            may_read = lagging.authorized_seq is not None or is_member
            result = self.at.log.read(lagging.stream, lagging.epoch, lagging.cursor, limit)
            self.reads.append((subscriber, lagging, may_read, result))

    @precondition(lambda self: self.reads)
    @rule()
    def end_read(self) -> None:
        subscriber, lagging, may_read, result = self.reads.pop(0)
        if may_read and isinstance(result, EventPage):
            self.at.hub.deliver_missed(subscriber, lagging, result)
        else:
            self.at.hub.refuse_resume(subscriber, lagging, None)

    @rule()
    def check_heads(self) -> None:
        self.at.check_heads()

    # What must be true

    @invariant()
    def no_event_is_sent_twice_or_out_of_order(self) -> None:
        for (subscriber, stream), since in self.since.items():
            seqs = subscriber.seqs(stream)
            assert seqs == list(range(since + 1, since + 1 + len(seqs)))

    @invariant()
    def nothing_is_sent_after_the_end_of_a_subscription(self) -> None:
        for subscriber, stream in self.since:
            kinds = [it["type"] for it in subscriber.frames if it.get("list") == stream]
            for end in ("unsubscribed", "error"):
                assert end not in kinds[:-1]

    def teardown(self) -> None:
        """Check that nothing is missing once all requests are answered."""
        try:
            self._settle()
        finally:
            self.bounds.stop()

    def _settle(self) -> None:
        for subscriber in self.subscribers:
            subscriber.room = 10**9
        for _ in range(200):
            was_busy = bool(self.reads or self.at.resumes)
            self.check_heads()
            if not (was_busy or self.at.backfills or self.at.resumes):
                break
            while self.at.backfills:
                self.backfill(100)
            while self.at.resumes or self.reads:
                while self._readable_now():
                    self.begin_read(100)
                if self.reads:
                    self.end_read()
        for (subscriber, stream), since in self.since.items():
            self._check_complete(subscriber, stream, since)

    def _check_complete(
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
    return [frame["type"] for frame in frames if frame.get("list") == stream][-1]


TestHubAgainstTheOracle = HubMachine.TestCase
TestHubAgainstTheOracle.settings = settings(
    max_examples=200, report_multiple_bugs=False, stateful_step_count=50, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)  # fmt: skip
