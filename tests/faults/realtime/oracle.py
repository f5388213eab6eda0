"""A real node against an oracle, under random writes, subscriptions, removals and lost messages.

Hub, backfill, head check and database are real. tests/rules/test_hub_oracle.py tests the hub alone,
with a list as its database. Here reads are transactions that take time, and other tasks of the node
run between any two steps.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from realtime.authentication import Credentials
from realtime.connection import Connection
from shared.actor import Actor
from shared.clock import monotonic
from shared.contract.frames import Close
from shared.contract.shapes import Role
from shared.event_log import RecordedEvent, trim
from shared.ids import ListId, StreamId, list_stream, user_stream
from shared.members.commands import join_list, remove_member
from shared.pubsub import EventMessage
from tests.support.faults.deterministic_loop import DeterministicLoop, open_deterministic_loop
from tests.support.faults.expected_events import compare_events, sum_outcomes
from tests.support.faults.interrupted_attach import RecordingTransport
from tests.support.faults.scenarios import Outcome, Scenario, ScenarioEnv
from tests.support.realtime.websocket_client import insert_list, revoke_session, write_event
from tests.support.world_builder import World

T = TypeVar("T")
# Far longer than a head check and a backfill. A run that never settles costs a few times this.
SETTLE_SECONDS = 8.0
NAMES = ("Ana", "Ben", "Eva")


@dataclass(eq=False)
class Subscriber:
    """One connection and everything that it was sent."""

    actor: Actor
    transport: RecordingTransport
    connection: Connection
    is_revoked: bool = False


@dataclass
class Expectation:
    """What one subscription must receive, after position `since`, in the frames from `first` on."""

    since: int
    first: int
    may_be_refused: bool
    may_be_reset: bool
    frames: list[dict[str, object]] = field(default_factory=list)


class NodeMachine(RuleBasedStateMachine):
    """One run for each example: three users, two lists, any number of sockets."""

    def __init__(self, loop: DeterministicLoop, on_outcome: Callable[[Outcome], None]) -> None:
        super().__init__()
        self.loop, self.on_outcome = loop, on_outcome
        self.world = World(loop.writer)
        self.users = [self.run(self.world.user(name)) for name in NAMES]
        self.lists = [self.run(insert_list(loop.writer, *self.users)) for _ in range(2)]
        self.members = {list_id: set(self.users) for list_id, _ in self.lists}
        self.heads = {list_id: 0 for list_id, _ in self.lists}
        self.removals: dict[tuple[ListId, int], Actor] = {}
        self.floors = {list_id: 0 for list_id, _ in self.lists}
        self.subscribers: list[Subscriber] = []
        self.expected: dict[tuple[Subscriber, ListId], Expectation] = {}
        for index in range(len(NAMES)):
            self.connect(index)
            self.subscribe(index, 0, behind=0, odd=False)
            self.subscribe(index, 1, behind=0, odd=False)

    def run(self, awaitable: Awaitable[T]) -> T:
        return self.loop.run(awaitable)

    # Sockets

    @rule(user=st.integers(0, 2))
    def connect(self, user: int) -> None:
        if len(self.subscribers) >= 6:
            return
        actor = self.run(self.world.another_session(self.users[user]))
        transport = RecordingTransport()
        credentials = Credentials(actor.user_id, actor.session_id, monotonic() + 600)
        connection, _ = self.run(self.loop.node.attach(credentials, transport))
        self.subscribers.append(Subscriber(actor, transport, connection))

    @precondition(lambda self: len(self.subscribers) > 2)
    @rule(which=st.integers(0, 5))
    def disconnect(self, which: int) -> None:
        subscriber = self.pick(which)
        self.check()
        self.subscribers.remove(subscriber)
        self.loop.node.detach(subscriber.connection)
        self.expected = {
            key: expected for key, expected in self.expected.items() if key[0] is not subscriber
        }

    @precondition(lambda self: self.subscribers)
    @rule(
        which=st.integers(0, 5),
        list_=st.integers(0, 1),
        behind=st.integers(-2, 6),
        odd=st.booleans(),
    )
    def subscribe(self, which: int, list_: int, behind: int, odd: bool) -> None:
        subscriber, (list_id, epoch) = self.pick(which), self.lists[list_]
        since = max(0, self.heads[list_id] - behind)
        wrong_epoch = odd and behind == 6
        refused = self.user_of(subscriber) not in self.members[list_id]
        reset = wrong_epoch or since > self.heads[list_id]

        async def subscribe() -> None:
            # In one step of the loop: until then the node still serves the former subscription.
            self.check()
            first = len(subscriber.transport.frames)
            self.expected[subscriber, list_id] = Expectation(since, first, refused, reset)
            known = "other" if wrong_epoch else epoch
            self.loop.node.hub.subscribe(
                subscriber.connection, list_stream(list_id), known, since, request_id=1
            )

        self.run(subscribe())

    def pick(self, which: int) -> Subscriber:
        return self.subscribers[which % len(self.subscribers)]

    def user_of(self, subscriber: Subscriber) -> Actor:
        return next(user for user in self.users if user.user_id == subscriber.actor.user_id)

    @precondition(lambda self: len(self.expected) > 2)
    @rule(which=st.integers(0, 11))
    def unsubscribe(self, which: int) -> None:
        subscriber, list_id = list(self.expected)[which % len(self.expected)]
        self.check()
        self.loop.node.hub.unsubscribe(subscriber.connection, [list_stream(list_id)], request_id=2)
        del self.expected[subscriber, list_id]

    @precondition(lambda self: self.subscribers)
    @rule(which=st.integers(0, 5), room=st.integers(1, 4))
    def become_slow(self, which: int, room: int) -> None:
        self.pick(which).transport.room = room

    @precondition(lambda self: self.subscribers)
    @rule(which=st.integers(0, 5))
    def read_again(self, which: int) -> None:
        self.run(self._empty(self.pick(which)))

    async def _empty(self, subscriber: Subscriber) -> None:
        subscriber.transport.empty()

    @precondition(lambda self: self.subscribers)
    @rule(which=st.integers(0, 5))
    def revoke(self, which: int) -> None:
        subscriber = self.pick(which)
        if not subscriber.is_revoked:
            self.run(revoke_session(self.loop.writer, subscriber.actor))
            subscriber.is_revoked = True

    # Writes, and what happens to their messages

    @rule(list_=st.integers(0, 1), times=st.integers(1, 4))
    def commit(self, list_: int, times: int) -> None:
        list_id = self.lists[list_][0]
        for _ in range(times):
            self.heads[list_id] = self.run(write_event(self.loop.writer, list_id))

    @rule(list_=st.integers(0, 1), member=st.integers(1, 2))
    def remove_or_invite(self, list_: int, member: int) -> None:
        list_id, user = self.lists[list_][0], self.users[member]
        if user in self.members[list_id]:
            self.run(self.world.run(remove_member, self.users[0], list_id, user.user_id))
            self.members[list_id].remove(user)
            self.removals[list_id, self.heads[list_id] + 1] = user
            for (subscriber, stream), expected in self.expected.items():
                if stream == list_id and self.user_of(subscriber) is user:
                    expected.may_be_refused = True
        else:
            self.run(self._invite(list_id, user))
            self.members[list_id].add(user)
        self.heads[list_id] += 1

    async def _invite(self, list_id: ListId, user: Actor) -> None:
        async with self.loop.writer.begin() as work:
            await work.lock_streams([list_stream(list_id), user_stream(user.user_id)])
            await join_list(work, user, list_id, Role.EDITOR)

    @rule(list_=st.integers(0, 1), keep=st.integers(0, 8))
    def trim_log(self, list_: int, keep: int) -> None:
        list_id = self.lists[list_][0]
        floor = max(self.floors[list_id], self.heads[list_id] - keep)
        self.run(self._trim(list_stream(list_id), floor))
        self.floors[list_id] = floor

    async def _trim(self, stream: StreamId, floor: int) -> None:
        async with self.loop.writer.begin() as work:
            await work.lock_streams([stream])
            await trim(work.connection, stream, floor)

    @precondition(lambda self: self.loop.undelivered)
    @rule(rng=st.randoms(use_true_random=False), keep=st.booleans(), bare=st.booleans())
    def deliver(self, rng: random.Random, keep: bool, bare: bool) -> None:
        """Deliver some messages in any order; with `keep` again later, with `bare` without frames."""
        some = rng.sample(self.loop.undelivered, rng.randint(1, len(self.loop.undelivered)))
        if not keep:
            self.loop.undelivered[:] = [
                event for event in self.loop.undelivered if event not in some
            ]
        self.run(self._deliver(some, bare=bare))

    async def _deliver(self, some: list[RecordedEvent], *, bare: bool) -> None:
        for event in some:
            frame = None if bare else event.frame
            self.loop.node.inbox.add(EventMessage(event.stream, event.epoch, event.seq, frame))

    @rule()
    def lose_messages(self) -> None:
        self.loop.undelivered.clear()

    @rule()
    def check_heads(self) -> None:
        self.run(self._check_heads())

    async def _check_heads(self) -> None:
        self.loop.node.head_check.request()

    @rule(milliseconds=st.integers(0, 40))
    def time_passes(self, milliseconds: int) -> None:
        self.run(asyncio.sleep(milliseconds / 1000))

    # Assertions

    def check(self) -> None:
        for (subscriber, list_id), expected in self.expected.items():
            frames = [
                frame
                for frame in subscriber.transport.frames[expected.first :]
                if frame.get("list") == list_id
            ]
            seqs = [frame["seq"] for frame in frames if frame["type"] == "event"]
            due = list(range(expected.since + 1, expected.since + 1 + len(seqs)))
            assert seqs == due, (
                f"received {seqs} after {expected.since}: {[*map(_summary, frames)]}"
            )
            ends = [n for n, frame in enumerate(frames) if frame["type"] in _ENDS]
            assert all(n == len(frames) - 1 for n in ends), "a frame followed the end"
            expected.frames = frames

    def teardown(self) -> None:
        """Assert that nothing is missing once the node has settled."""
        try:
            self.run(self._settle())
            for (subscriber, list_id), expected in self.expected.items():
                self.on_outcome(self._outcome(subscriber, list_id, expected))
            for subscriber in self.subscribers:
                code = Close.REFUSED if subscriber.is_revoked else None
                assert subscriber.transport.closed == code
        finally:
            for subscriber in self.subscribers:
                self.loop.node.detach(subscriber.connection)
            self.loop.undelivered.clear()

    async def _settle(self) -> None:
        async with asyncio.timeout(SETTLE_SECONDS):
            while not self._is_settled():
                for subscriber in self.subscribers:
                    subscriber.transport.empty()
                self.loop.node.head_check.request()
                await asyncio.sleep(0.005)  # a head check and a backfill take a few milliseconds

    def _is_settled(self) -> bool:
        self.check()
        revoked = [subscriber for subscriber in self.subscribers if subscriber.is_revoked]
        return all(subscriber.transport.closed for subscriber in revoked) and all(
            subscriber.is_revoked
            or self._last_kind(expected) in _ENDS
            or self._is_current(list_id, expected)
            for (subscriber, list_id), expected in self.expected.items()
        )

    def _is_current(self, list_id: ListId, expected: Expectation) -> bool:
        kinds = [frame["type"] for frame in expected.frames]
        return "subscribed" in kinds and self._reached(expected) == self.heads[list_id]

    def _reached(self, expected: Expectation) -> int:
        return expected.since + sum(frame["type"] == "event" for frame in expected.frames)

    def _last_kind(self, expected: Expectation) -> object:
        return expected.frames[-1]["type"] if expected.frames else None

    def _outcome(self, subscriber: Subscriber, list_id: ListId, expected: Expectation) -> Outcome:
        kind, reached = self._last_kind(expected), self._reached(expected)
        if kind == "unsubscribed":
            assert self.removals.get((list_id, reached)) is self.user_of(subscriber)
        elif kind == "error":
            assert expected.may_be_refused, "refused a user who was always a member"
        elif kind == "reset":
            assert expected.may_be_reset or reached < self.floors[list_id], "reset without a reason"
        elif not subscriber.is_revoked:
            assert reached == self.heads[list_id]
            assert self.user_of(subscriber) in self.members[list_id]
        events = [frame for frame in expected.frames if frame["type"] == "event"]
        received = [int(str(frame["seq"])) for frame in events]
        return compare_events(received, expected.since, reached)


def _summary(frame: Mapping[str, object]) -> str:
    return f"{frame['type']} {frame.get('seq', frame.get('reason', ''))}"


_ENDS = ("unsubscribed", "error", "reset")


# Eight examples of fifty steps take a second or two. They run in a thread, which cannot be cancelled.
EXAMPLES, SECONDS = 8, 10.0


async def oracle(env: ScenarioEnv) -> Outcome:
    """Run examples of fifty steps each, in a thread that has an event loop of its own."""
    outcomes: list[Outcome] = []
    began, rounds = monotonic(), 0

    def run_examples(random_seed: int) -> None:
        with open_deterministic_loop(env.settings) as loop:

            class Machine(NodeMachine):
                def __init__(self) -> None:
                    super().__init__(loop, outcomes.append)

            run_state_machine_as_test(
                seed(random_seed)(Machine),
                settings=settings(
                    max_examples=EXAMPLES, stateful_step_count=50, deadline=None, database=None,
                    phases=(Phase.generate,), suppress_health_check=list(HealthCheck),
                ),
            )  # fmt: skip

    while rounds == 0 or (env.is_full and monotonic() - began < SECONDS):
        await asyncio.to_thread(run_examples, env.random.getrandbits(32))
        rounds += 1
    note = f"{rounds * EXAMPLES} examples, {len(outcomes)} subscriptions at their ends"
    return sum_outcomes(outcomes, note)


SCENARIOS = (
    Scenario(
        "oracle",
        "random writes, subscriptions and drops against an oracle (Hypothesis state machine)",
        oracle,
    ),
)
