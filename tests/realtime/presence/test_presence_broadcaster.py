"""In which order a node talks to the broker about its rooms; the broker here answers at once."""

import asyncio
from collections.abc import AsyncIterator, Callable, Container
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from realtime.limits import Limits
from realtime.presence.broadcaster import Exchange
from realtime.presence.leases import Exchanged, Leases, key_of
from realtime.presence.room import Room, Seen
from realtime.presence.rooms import Presence
from shared.clock import monotonic
from shared.ids import SessionId, StreamId, UserId, new_id
from shared.resources import redis_pool
from tests.support.realtime.hub_harness import RecordingSubscriber
from tests.support.services.processes import wait_until

# Nothing is collected for long, so that a test takes no longer than what it is about.
QUICK = replace(Limits(), signal_seconds=0.001)


@dataclass
class Broker:
    """In place of Leases: knows of nobody else, and keeps what it was asked."""

    batches: list[list[StreamId]] = field(default_factory=list)
    before_answer: Callable[[], None] = lambda: None

    async def exchange(self, rooms: list[Room], due: Container[StreamId]) -> Exchanged:
        await asyncio.sleep(0)
        streams = [room.stream for room in rooms]
        self.batches.append(streams)
        self.before_answer()
        return Exchanged({one: {} for one in streams}, [], streams)

    def times(self, stream: StreamId) -> int:
        return sum(stream in batch for batch in self.batches)


@dataclass
class Node:
    broker: Broker
    presence: Presence
    exchange: Exchange

    def enter(self, *names: str) -> None:
        for name in names:
            subscriber = RecordingSubscriber(UserId(f"user of {name}"), SessionId("s1"))
            self.presence.say(subscriber, StreamId(name), Seen(b"{}", b"{}", 0), None)
        self.exchange.wake()

    def is_read(self, *names: str) -> bool:
        return all(self.presence.rooms[StreamId(name)].is_read for name in names)


def open_node(limits: Limits, monkeypatch: pytest.MonkeyPatch) -> Node:
    presence = Presence(limits, lambda *_: True, lambda _: True, lambda: None, monotonic)
    exchange = Exchange(Redis(), limits, presence, lambda _: None)
    broker = Broker()
    monkeypatch.setattr(exchange, "_leases", broker)
    return Node(broker, presence, exchange)


@asynccontextmanager
async def running(node: Node) -> AsyncIterator[None]:
    task = asyncio.create_task(node.exchange.run_forever())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_whoever_comes_in_does_not_wait_for_the_leases_of_4000_other_rooms(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    node = open_node(QUICK, monkeypatch)
    others = [f"list{number}" for number in range(4000)]
    node.enter(*others)

    async with running(node):
        await wait_until(lambda: node.is_read(*others), what="reading every room")
        before = len(node.broker.batches)
        node.exchange.renew()
        await wait_until(lambda: len(node.broker.batches) > before, what="renewing the first")
        before = len(node.broker.batches)
        node.enter("new")
        await wait_until(lambda: node.is_read("new"), what="reading the new room")

    first = next(i for i, batch in enumerate(node.broker.batches) if StreamId("new") in batch)
    assert first - before <= 1


async def test_a_backlog_does_not_wait_for_what_may_yet_happen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    node = open_node(replace(Limits(), signal_seconds=3600), monkeypatch)
    rooms = [f"list{number}" for number in range(1000)]
    node.enter(*rooms)

    async with running(node):
        await wait_until(lambda: node.is_read(*rooms), what="reading every room")


async def test_a_room_where_nothing_happens_is_renewed_though_much_happens_in_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    node = open_node(replace(QUICK, renew_seconds=0.05), monkeypatch)
    busy = [StreamId(f"list{number}") for number in range(400)]
    node.enter("quiet", *busy)

    def bustle() -> None:
        for stream in busy:
            node.presence.touch(stream)

    node.broker.before_answer = bustle
    async with running(node):
        quiet = StreamId("quiet")
        await wait_until(lambda: node.broker.times(quiet) > 3, what="renewing the quiet room")


async def test_a_room_is_read_in_time_though_redis_py_broke_down_over_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    node = open_node(replace(QUICK, renew_seconds=0.05), monkeypatch)
    node.enter("new")

    def break_down() -> None:
        node.broker.before_answer = lambda: None
        raise IndexError

    node.broker.before_answer = break_down
    with pytest.raises(IndexError):
        await node.exchange.run_forever()
    async with running(node):
        await wait_until(lambda: node.is_read("new"), what="reading the room")


# Two tabs on two nodes, over the broker itself.


@dataclass
class Tabs:
    """One person's rooms on two nodes."""

    here: Room
    there: Room
    of_here: Leases
    of_there: Leases
    redis: Redis

    def say(self, room: Room, tab: RecordingSubscriber, state: bytes, said_at: float) -> None:
        room.enter(tab, Seen(b'{"id":"ben"}', state, said_at), None)

    async def pass_on(self) -> bool:
        """The other node hears of this one's lease, if there is news; answers whether there was."""
        is_news = bool((await self.of_here.exchange([self.here])).news)
        if is_news:
            await self.look_there()
        return is_news

    async def look_there(self) -> None:
        found = await self.of_there.exchange([self.there])
        self.there.believe(found.leases[self.there.stream], monotonic())

    def seen_there(self) -> list[bytes]:
        return [seen.state for seen in self.there.everybody().values()]


@pytest_asyncio.fixture
async def tabs(redis_url: str) -> AsyncIterator[Tabs]:
    pool = redis_pool(redis_url)
    assert pool is not None
    redis, stream = Redis(connection_pool=pool), StreamId(new_id())
    here, there = Leases(redis, Limits()), Leases(redis, Limits())
    yield Tabs(Room(stream), Room(stream), here, there, redis)
    await pool.disconnect()


def tab_of_ben() -> RecordingSubscriber:
    return RecordingSubscriber(UserId("ben"), SessionId(new_id()))


async def test_what_is_said_again_counts_again_wherever_something_else_was_said_between(
    tabs: Tabs,
) -> None:
    now, mine, other = monotonic(), tab_of_ben(), tab_of_ben()
    tabs.say(tabs.here, mine, b'{"at":"x"}', now - 3)
    await tabs.pass_on()
    tabs.say(tabs.there, other, b'{"at":"y"}', now - 2)
    await tabs.look_there()
    assert tabs.seen_there() == [b'{"at":"y"}']

    tabs.say(tabs.here, mine, b'{"at":"x"}', now - 1)
    is_news = await tabs.pass_on()

    assert is_news
    assert tabs.seen_there() == [b'{"at":"x"}']


async def test_what_was_said_before_counts_again_when_the_tab_that_repeated_it_is_closed(
    tabs: Tabs,
) -> None:
    now, first, second, other = monotonic(), tab_of_ben(), tab_of_ben(), tab_of_ben()
    tabs.say(tabs.here, first, b'{"at":"x"}', now - 3)
    tabs.say(tabs.there, other, b'{"at":"y"}', now - 2)
    tabs.say(tabs.here, second, b'{"at":"x"}', now - 1)
    await tabs.pass_on()
    assert tabs.seen_there() == [b'{"at":"x"}']

    tabs.here.leave(second, None)
    await tabs.pass_on()

    assert tabs.seen_there() == [b'{"at":"y"}']


async def test_a_lease_that_says_nothing_new_is_no_news(tabs: Tabs) -> None:
    tabs.say(tabs.here, tab_of_ben(), b'{"at":"x"}', monotonic())

    assert await tabs.pass_on()
    assert not await tabs.pass_on()


async def test_the_same_said_again_is_no_news_where_nobody_could_see_a_difference(
    tabs: Tabs,
) -> None:
    now, tab = monotonic(), tab_of_ben()
    tabs.say(tabs.here, tab, b'{"at":"x"}', now - 2)
    await tabs.pass_on()

    tabs.say(tabs.here, tab, b'{"at":"x"}', now - 1)
    is_news = await tabs.pass_on()
    await tabs.look_there()

    assert not is_news
    # It counts from now on all the same, should another tab say something.
    [seen] = tabs.there.everybody().values()
    assert seen.said_at == pytest.approx(now - 1, abs=0.5)


async def test_a_broker_that_lost_its_memory_is_told_again_at_once(tabs: Tabs) -> None:
    tabs.say(tabs.here, tab_of_ben(), b'{"at":"x"}', monotonic())
    await tabs.pass_on()
    newcomer = Room(tabs.here.stream)

    await tabs.redis.delete(key_of(tabs.here.stream))
    is_news = await tabs.pass_on()
    found = await Leases(tabs.redis, Limits()).exchange([newcomer])

    assert is_news
    assert len(found.leases[newcomer.stream]) == 1
