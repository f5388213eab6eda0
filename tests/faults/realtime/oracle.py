"""The real node against an oracle: hub, catch-up, sweeps and database, under random everything.

tests/rules/test_hub_oracle.py does the same to the hub alone, with a list for a database. Here the
reads are transactions that take their time, and whatever waits goes on between any two steps.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from realtime.connection import Connection
from realtime.node import Credentials
from realtime.streams.stream_state import Ring
from shared.actor import Actor
from shared.clock import monotonic
from shared.contract.frames import Close
from shared.contract.shapes import Role
from shared.event_log import RecordedEvent, trim
from shared.ids import ListId, StreamId, list_stream, user_stream
from shared.members.commands import join_list, remove_member
from tests.support.faults.deterministic_loop import DeterministicLoop, open_deterministic_loop
from tests.support.faults.expected_events import score, total
from tests.support.faults.interrupted_attach import RecordingTransport
from tests.support.faults.scenarios import Outcome, Scenario, ScenarioEnv
from tests.support.realtime.websocket_client import a_list, revoke_session, write_event
from tests.support.world_builder import World

T = TypeVar("T")
# Far longer than a sweep and a fill; a world that never calms down costs a few times this.
CALM_SECONDS = 8.0
NAMES = ("Ana", "Ben", "Eva")


@dataclass(eq=False)
class Ear:
    actor: Actor
    transport: RecordingTransport
    connection: Connection
    is_revoked: bool = False


@dataclass
class Wanted:
    """What one subscription must be told, from `since` on, in the frames after `mark`."""

    since: int
    mark: int
    may_be_refused: bool
    may_be_reset: bool
    frames: list[dict[str, object]] = field(default_factory=list)


class NodeMachine(RuleBasedStateMachine):
    """One world for each example: three people, two lists, any number of sockets."""

    def __init__(self, ground: DeterministicLoop, count: Callable[[Outcome], None]) -> None:
        super().__init__()
        self.at, self.count = ground, count
        self.world = World(ground.writer)
        self.people = [self.run(self.world.user(name)) for name in NAMES]
        self.lists = [self.run(a_list(ground.writer, *self.people)) for _ in range(2)]
        self.members = {list_id: set(self.people) for list_id, _ in self.lists}
        self.heads = {list_id: 0 for list_id, _ in self.lists}
        self.removals: dict[tuple[ListId, int], Actor] = {}
        self.floors = {list_id: 0 for list_id, _ in self.lists}
        self.ears: list[Ear] = []
        self.wanted: dict[tuple[Ear, ListId], Wanted] = {}
        for who in range(len(NAMES)):
            self.connect(who)
            self.subscribe(who, 0, back=0, odd=False)
            self.subscribe(who, 1, back=0, odd=False)

    def run(self, doing: Awaitable[T]) -> T:
        return self.at.run(doing)

    # Sockets

    @rule(who=st.integers(0, 2))
    def connect(self, who: int) -> None:
        if len(self.ears) >= 6:
            return
        actor = self.run(self.world.another_session(self.people[who]))
        transport = RecordingTransport()
        credentials = Credentials(actor.user_id, actor.session_id, monotonic() + 600)
        connection, _ = self.run(self.at.node.attach(credentials, transport))
        self.ears.append(Ear(actor, transport, connection))

    @precondition(lambda self: len(self.ears) > 2)
    @rule(which=st.integers(0, 5))
    def disconnect(self, which: int) -> None:
        ear = self.ears[which % len(self.ears)]
        self.check()
        self.ears.remove(ear)
        self.at.node.detach(ear.connection)
        self.wanted = {key: one for key, one in self.wanted.items() if key[0] is not ear}

    @precondition(lambda self: self.ears)
    @rule(
        which=st.integers(0, 5), one=st.integers(0, 1), back=st.integers(-2, 6), odd=st.booleans()
    )
    def subscribe(self, which: int, one: int, back: int, odd: bool) -> None:
        ear, (list_id, epoch) = self.ears[which % len(self.ears)], self.lists[one]
        since = max(0, self.heads[list_id] - back)
        wrong_epoch = odd and back == 6
        refused = self.people_of(ear) not in self.members[list_id]
        reset = wrong_epoch or since > self.heads[list_id]

        async def say() -> None:
            # In the same breath: until then, the subscription before it may still be told things.
            self.check()
            self.wanted[ear, list_id] = Wanted(since, len(ear.transport.frames), refused, reset)
            known = "other" if wrong_epoch else epoch
            self.at.node.hub.subscribe(ear.connection, list_stream(list_id), known, since, re=1)

        self.run(say())

    def people_of(self, ear: Ear) -> Actor:
        return next(one for one in self.people if one.user_id == ear.actor.user_id)

    @precondition(lambda self: len(self.wanted) > 2)
    @rule(which=st.integers(0, 11))
    def unsubscribe(self, which: int) -> None:
        ear, list_id = list(self.wanted)[which % len(self.wanted)]
        self.check()
        self.at.node.hub.unsubscribe(ear.connection, [list_stream(list_id)], re=2)
        del self.wanted[ear, list_id]

    @precondition(lambda self: self.ears)
    @rule(which=st.integers(0, 5), room=st.integers(1, 4))
    def become_slow(self, which: int, room: int) -> None:
        self.ears[which % len(self.ears)].transport.room = room

    @precondition(lambda self: self.ears)
    @rule(which=st.integers(0, 5))
    def read_again(self, which: int) -> None:
        self.run(self._emptied(self.ears[which % len(self.ears)]))

    async def _emptied(self, ear: Ear) -> None:
        ear.transport.empty()

    @precondition(lambda self: self.ears)
    @rule(which=st.integers(0, 5))
    def revoke(self, which: int) -> None:
        ear = self.ears[which % len(self.ears)]
        if not ear.is_revoked:
            self.run(revoke_session(self.at.writer, ear.actor))
            ear.is_revoked = True

    # Writes, and what happens to their rings

    @rule(one=st.integers(0, 1), times=st.integers(1, 4))
    def commit(self, one: int, times: int) -> None:
        list_id = self.lists[one][0]
        for _ in range(times):
            self.heads[list_id] = self.run(write_event(self.at.writer, list_id))

    @rule(one=st.integers(0, 1), who=st.integers(1, 2))
    def remove_or_invite(self, one: int, who: int) -> None:
        list_id, person = self.lists[one][0], self.people[who]
        if person in self.members[list_id]:
            self.run(self.world.do(remove_member, self.people[0], list_id, person.user_id))
            self.members[list_id].remove(person)
            self.removals[list_id, self.heads[list_id] + 1] = person
            for (ear, stream), wanted in self.wanted.items():
                if stream == list_id and self.people_of(ear) is person:
                    wanted.may_be_refused = True
        else:
            self.run(self._invite(list_id, person))
            self.members[list_id].add(person)
        self.heads[list_id] += 1

    async def _invite(self, list_id: ListId, person: Actor) -> None:
        async with self.at.writer.begin() as work:
            await work.lock_streams([list_stream(list_id), user_stream(person.user_id)])
            await join_list(work, person, list_id, Role.EDITOR)

    @rule(one=st.integers(0, 1), keep=st.integers(0, 8))
    def trim_past(self, one: int, keep: int) -> None:
        list_id = self.lists[one][0]
        floor = max(self.floors[list_id], self.heads[list_id] - keep)
        self.run(self._trim(list_stream(list_id), floor))
        self.floors[list_id] = floor

    async def _trim(self, stream: StreamId, floor: int) -> None:
        async with self.at.writer.begin() as work:
            await work.lock_streams([stream])
            await trim(work.connection, stream, floor)

    @precondition(lambda self: self.at.undelivered)
    @rule(dice=st.randoms(use_true_random=False), keep=st.booleans(), bare=st.booleans())
    def ring(self, dice: random.Random, keep: bool, bare: bool) -> None:
        """Some of what flies arrives, in any order; again later, or without its frame."""
        some = dice.sample(self.at.undelivered, dice.randint(1, len(self.at.undelivered)))
        if not keep:
            self.at.undelivered[:] = [one for one in self.at.undelivered if one not in some]
        self.run(self._ring(some, bare=bare))

    async def _ring(self, some: list[RecordedEvent], *, bare: bool) -> None:
        for one in some:
            self.at.node.ring(Ring(one.stream, one.epoch, one.seq, None if bare else one.frame))

    @rule()
    def lose_what_flies(self) -> None:
        self.at.undelivered.clear()

    @rule()
    def sweep(self) -> None:
        self.run(self._sweep())

    async def _sweep(self) -> None:
        self.at.node.catch_up.sweep_now()

    @rule(milliseconds=st.integers(0, 40))
    def time_passes(self, milliseconds: int) -> None:
        self.run(asyncio.sleep(milliseconds / 1000))

    # What must be true

    def check(self) -> None:
        for (ear, list_id), wanted in self.wanted.items():
            frames = [
                one for one in ear.transport.frames[wanted.mark :] if one.get("list") == list_id
            ]
            seqs = [one["seq"] for one in frames if one["type"] == "event"]
            due = list(range(wanted.since + 1, wanted.since + 1 + len(seqs)))
            assert seqs == due, f"heard {seqs} after {wanted.since}: {[*map(_brief, frames)]}"
            ends = [n for n, one in enumerate(frames) if one["type"] in _ENDS]
            assert all(n == len(frames) - 1 for n in ends), "something was said after the end"
            wanted.frames = frames

    def teardown(self) -> None:
        """When everything has calmed down, nothing is missing."""
        try:
            self.run(self._calm_down())
            for (ear, list_id), wanted in self.wanted.items():
                self.count(self._outcome(ear, list_id, wanted))
            for ear in self.ears:
                assert ear.transport.closed == (Close.REFUSED if ear.is_revoked else None)
        finally:
            for ear in self.ears:
                self.at.node.detach(ear.connection)
            self.at.undelivered.clear()

    async def _calm_down(self) -> None:
        async with asyncio.timeout(CALM_SECONDS):
            while not self._is_calm():
                for ear in self.ears:
                    ear.transport.empty()
                self.at.node.catch_up.sweep_now()
                await asyncio.sleep(0.005)  # a sweep and a fill take a few milliseconds

    def _is_calm(self) -> bool:
        self.check()
        closed = all(ear.transport.closed for ear in self.ears if ear.is_revoked)
        return closed and all(
            ear.is_revoked or self._kind(wanted) in _ENDS or self._is_current(list_id, wanted)
            for (ear, list_id), wanted in self.wanted.items()
        )

    def _is_current(self, list_id: ListId, wanted: Wanted) -> bool:
        kinds = [one["type"] for one in wanted.frames]
        return "subscribed" in kinds and self._reached(wanted) == self.heads[list_id]

    def _reached(self, wanted: Wanted) -> int:
        return wanted.since + sum(one["type"] == "event" for one in wanted.frames)

    def _kind(self, wanted: Wanted) -> object:
        return wanted.frames[-1]["type"] if wanted.frames else None

    def _outcome(self, ear: Ear, list_id: ListId, wanted: Wanted) -> Outcome:
        kind, reached = self._kind(wanted), self._reached(wanted)
        if kind == "unsubscribed":
            assert self.removals.get((list_id, reached)) is self.people_of(ear)
        elif kind == "error":
            assert wanted.may_be_refused, "refused, and was a member all along"
        elif kind == "reset":
            assert wanted.may_be_reset or reached < self.floors[list_id], "reset without a reason"
        elif not ear.is_revoked:
            assert reached == self.heads[list_id]
            assert self.people_of(ear) in self.members[list_id]
        heard = [int(str(one["seq"])) for one in wanted.frames if one["type"] == "event"]
        return score(heard, wanted.since, reached)


def _brief(frame: Mapping[str, object]) -> str:
    return f"{frame['type']} {frame.get('seq', frame.get('reason', ''))}"


_ENDS = ("unsubscribed", "error", "reset")


# Eight worlds of fifty steps take a second or two; the thread they run in can only end by itself.
WORLDS, SECONDS = 8, 10.0


async def oracle(env: ScenarioEnv) -> Outcome:
    """Worlds after worlds, fifty steps each; in a thread, for a loop of their own."""
    heard: list[Outcome] = []
    began, rounds = monotonic(), 0

    def walk(dice: int) -> None:
        with open_deterministic_loop(env.settings) as ground:

            class Machine(NodeMachine):
                def __init__(self) -> None:
                    super().__init__(ground, heard.append)

            run_state_machine_as_test(
                seed(dice)(Machine),
                settings=settings(
                    max_examples=WORLDS, stateful_step_count=50, deadline=None, database=None,
                    phases=(Phase.generate,), suppress_health_check=list(HealthCheck),
                ),
            )  # fmt: skip

    while rounds == 0 or (env.is_full and monotonic() - began < SECONDS):
        await asyncio.to_thread(walk, env.random.getrandbits(32))
        rounds += 1
    return total(heard, f"{rounds * WORLDS} worlds, {len(heard)} subscriptions at their ends")


SCENARIOS = (
    Scenario(
        "oracle",
        "random writes, subscriptions and drops against an oracle (Hypothesis state machine)",
        oracle,
    ),
)
