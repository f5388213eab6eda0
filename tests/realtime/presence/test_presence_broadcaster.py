"""In which order a node synchronizes its rooms with the broker, and when it notifies other nodes."""

import asyncio
from collections.abc import AsyncIterator, Callable, Container
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import cast

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from realtime.limits import Limits
from realtime.presence.broadcaster import PresenceBroadcaster
from realtime.presence.leases import LeaseStore, SyncResult, key_of
from realtime.presence.pending_changes import PendingChanges
from realtime.presence.room import PresenceEntry, Room
from realtime.presence.room_registry import RoomRegistry
from shared.clock import monotonic
from shared.ids import SessionId, StreamId, UserId, new_id
from shared.resources import redis_pool
from tests.support.realtime.hub_harness import RecordingSubscriber
from tests.support.services.processes import wait_until

# Changes are not collected for long, so that a test takes no longer than what it is about.
QUICK = replace(Limits(), presence_batch_seconds=0.001)


@dataclass
class FakeLeaseStore:
    """Answer every sync at once with no leases of other nodes, and record it."""

    node: str = "this node"
    batches: list[list[StreamId]] = field(default_factory=list)
    before_answer: Callable[[], None] = lambda: None

    async def sync(self, rooms: list[Room], due: Container[StreamId]) -> SyncResult:
        await asyncio.sleep(0)
        streams = [room.stream for room in rooms]
        self.batches.append(streams)
        self.before_answer()
        return SyncResult({stream: {} for stream in streams}, [], streams)

    def times(self, stream: StreamId) -> int:
        return sum(stream in batch for batch in self.batches)


@dataclass
class Node:
    leases: FakeLeaseStore
    registry: RoomRegistry
    broadcaster: PresenceBroadcaster

    def enter(self, *names: str) -> None:
        for name in names:
            subscriber = RecordingSubscriber(UserId(f"user of {name}"), SessionId("s1"))
            entry = PresenceEntry(b"{}", b"{}", 0)
            self.registry.enter(subscriber, StreamId(name), entry, None)

    def is_loaded(self, *names: str) -> bool:
        return all(self.registry.rooms[StreamId(name)].is_loaded for name in names)


def build_node(limits: Limits) -> Node:
    leases, remote_changes = FakeLeaseStore(), PendingChanges(limits)
    registry = RoomRegistry(
        limits, lambda *_: True, lambda _: True, PendingChanges(limits), remote_changes, monotonic
    )
    broadcaster = PresenceBroadcaster(
        Redis(), limits, registry, remote_changes, cast(LeaseStore, leases), lambda _: None
    )
    return Node(leases, registry, broadcaster)


@asynccontextmanager
async def running(node: Node) -> AsyncIterator[None]:
    task = asyncio.create_task(node.broadcaster.run_forever())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_a_new_room_does_not_wait_for_the_leases_of_4000_others() -> None:
    node = build_node(QUICK)
    others = [f"list{number}" for number in range(4000)]
    node.enter(*others)

    async with running(node):
        await wait_until(lambda: node.is_loaded(*others), what="reading every room")
        before = len(node.leases.batches)
        node.broadcaster.renew_all()
        await wait_until(lambda: len(node.leases.batches) > before, what="renewing the first")
        before = len(node.leases.batches)
        node.enter("new")
        await wait_until(lambda: node.is_loaded("new"), what="reading the new room")

    first = next(i for i, batch in enumerate(node.leases.batches) if StreamId("new") in batch)
    assert first - before <= 1


async def test_a_backlog_of_rooms_is_not_delayed_to_collect_further_changes() -> None:
    node = build_node(replace(Limits(), presence_batch_seconds=3600))
    rooms = [f"list{number}" for number in range(1000)]
    node.enter(*rooms)

    async with running(node):
        await wait_until(lambda: node.is_loaded(*rooms), what="reading every room")


async def test_a_quiet_room_is_renewed_though_many_others_change_all_the_time() -> None:
    node = build_node(replace(QUICK, renew_seconds=0.05))
    busy = [StreamId(f"list{number}") for number in range(400)]
    node.enter("quiet", *busy)

    def change_all() -> None:
        for stream in busy:
            node.registry.mark_changed(stream)

    node.leases.before_answer = change_all
    async with running(node):
        quiet = StreamId("quiet")
        await wait_until(lambda: node.leases.times(quiet) > 3, what="renewing the quiet room")


async def test_a_room_is_read_in_time_though_redis_py_failed_with_a_bug() -> None:
    node = build_node(replace(QUICK, renew_seconds=0.05))
    node.enter("new")

    def fail_once() -> None:
        node.leases.before_answer = lambda: None
        raise IndexError

    node.leases.before_answer = fail_once
    with pytest.raises(IndexError):
        await node.broadcaster.run_forever()
    async with running(node):
        await wait_until(lambda: node.is_loaded("new"), what="reading the room")


# Two tabs of one user on two nodes, over a real broker.


@dataclass
class RoomOnTwoNodes:
    """The same list's room on two nodes."""

    here: Room
    there: Room
    leases_here: LeaseStore
    leases_there: LeaseStore
    redis: Redis

    def enter(self, room: Room, tab: RecordingSubscriber, state: bytes, set_at: float) -> None:
        room.enter(tab, PresenceEntry(b'{"id":"ben"}', state, set_at), None)

    async def sync_here(self) -> bool:
        """Write this node's lease; if that is a change, let the other node read it.

        Return True if it was a change.
        """
        is_changed = bool((await self.leases_here.sync([self.here])).changed)
        if is_changed:
            await self.sync_there()
        return is_changed

    async def sync_there(self) -> None:
        result = await self.leases_there.sync([self.there])
        self.there.apply_remote_leases(result.leases[self.there.stream], monotonic())

    def states_there(self) -> list[bytes]:
        return [entry.state for entry in self.there.present_users().values()]


@pytest_asyncio.fixture
async def nodes(redis_url: str) -> AsyncIterator[RoomOnTwoNodes]:
    pool = redis_pool(redis_url)
    assert pool is not None
    redis, stream = Redis(connection_pool=pool), StreamId(new_id())
    here, there = LeaseStore(redis, Limits()), LeaseStore(redis, Limits())
    yield RoomOnTwoNodes(Room(stream), Room(stream), here, there, redis)
    await pool.disconnect()


def tab_of_ben() -> RecordingSubscriber:
    return RecordingSubscriber(UserId("ben"), SessionId(new_id()))


async def test_a_state_that_is_set_again_counts_again_after_another_was_set_elsewhere(
    nodes: RoomOnTwoNodes,
) -> None:
    now, here, there = monotonic(), tab_of_ben(), tab_of_ben()
    nodes.enter(nodes.here, here, b'{"at":"x"}', now - 3)
    await nodes.sync_here()
    nodes.enter(nodes.there, there, b'{"at":"y"}', now - 2)
    await nodes.sync_there()
    assert nodes.states_there() == [b'{"at":"y"}']

    nodes.enter(nodes.here, here, b'{"at":"x"}', now - 1)
    is_changed = await nodes.sync_here()

    assert is_changed
    assert nodes.states_there() == [b'{"at":"x"}']


async def test_an_older_state_counts_again_when_the_tab_with_the_latest_one_is_closed(
    nodes: RoomOnTwoNodes,
) -> None:
    now, first, second, other = monotonic(), tab_of_ben(), tab_of_ben(), tab_of_ben()
    nodes.enter(nodes.here, first, b'{"at":"x"}', now - 3)
    nodes.enter(nodes.there, other, b'{"at":"y"}', now - 2)
    nodes.enter(nodes.here, second, b'{"at":"x"}', now - 1)
    await nodes.sync_here()
    assert nodes.states_there() == [b'{"at":"x"}']

    nodes.here.leave(second, None)
    await nodes.sync_here()

    assert nodes.states_there() == [b'{"at":"y"}']


async def test_an_unchanged_lease_is_no_change(nodes: RoomOnTwoNodes) -> None:
    nodes.enter(nodes.here, tab_of_ben(), b'{"at":"x"}', monotonic())

    assert await nodes.sync_here()
    assert not await nodes.sync_here()


async def test_the_same_state_set_again_is_no_change_where_nobody_could_see_a_difference(
    nodes: RoomOnTwoNodes,
) -> None:
    now, tab = monotonic(), tab_of_ben()
    nodes.enter(nodes.here, tab, b'{"at":"x"}', now - 2)
    await nodes.sync_here()

    nodes.enter(nodes.here, tab, b'{"at":"x"}', now - 1)
    is_changed = await nodes.sync_here()
    await nodes.sync_there()

    assert not is_changed
    # It counts from now on all the same, should another tab set a state.
    [entry] = nodes.there.present_users().values()
    assert entry.set_at == pytest.approx(now - 1, abs=0.5)


async def test_leases_are_written_again_at_once_to_a_broker_that_lost_them(
    nodes: RoomOnTwoNodes,
) -> None:
    nodes.enter(nodes.here, tab_of_ben(), b'{"at":"x"}', monotonic())
    await nodes.sync_here()
    newcomer = Room(nodes.here.stream)

    await nodes.redis.delete(key_of(nodes.here.stream))
    is_changed = await nodes.sync_here()
    result = await LeaseStore(nodes.redis, Limits()).sync([newcomer])

    assert is_changed
    assert len(result.leases[newcomer.stream]) == 1
