"""Events are published after the commit, in few round trips, and no write waits for the broker."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline, PubSub

from shared import pubsub
from shared.event_log import RecordedEvent
from shared.ids import Epoch, StreamId
from shared.pubsub import EVENT_CHANNELS, EventPublisher, decode_message
from shared.resources import redis_pool
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.metrics import MetricIncrease
from tests.support.services.valkey import Valkey

STREAM = StreamId("01list")
NOW = datetime(2026, 11, 29, tzinfo=UTC)


def recorded(seq: int, size: int = 100) -> RecordedEvent:
    return RecordedEvent(STREAM, Epoch("0123abcd"), seq, "todo.edited", NOW, b"x" * size)


@pytest.fixture
def own_broker() -> Iterator[Valkey]:
    """A broker that the test may stop, and that no other test publishes at."""
    valkey = Valkey()
    valkey.start()
    yield valkey
    valkey.close()


@pytest_asyncio.fixture
async def redis(own_broker: Valkey) -> AsyncIterator[Redis]:
    pool = redis_pool(f"{own_broker.url}/0")
    assert pool is not None
    yield Redis(connection_pool=pool)
    await pool.disconnect()


@pytest.fixture
def round_trips(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A list that gets the number of commands of each round trip."""
    counts: list[int] = []
    execute = Pipeline.execute

    async def count_and_execute(pipeline: Pipeline, *arguments: bool) -> list[object]:
        counts.append(len(pipeline))
        results: list[object] = await execute(pipeline, *arguments)
        return results

    monkeypatch.setattr(Pipeline, "execute", count_and_execute)
    return counts


async def received(listener: PubSub, count: int) -> list[int]:
    """Return the sequence numbers of the next `count` messages."""
    seqs: list[int] = []
    async with asyncio.timeout(DEADLINE_SECONDS):
        async for message in listener.listen():
            if message["type"] == "message":
                seqs.append(decode_message(message["data"]).seq)
            if len(seqs) == count:
                break
    return seqs


async def test_commits_at_the_same_time_are_published_together_and_in_order(
    redis: Redis, round_trips: list[int]
) -> None:
    publisher = EventPublisher(redis)
    async with redis.pubsub() as listener:
        await listener.subscribe(*EVENT_CHANNELS)

        for seq in range(1, 6):
            publisher.publish([recorded(seq)])
        seqs = await received(listener, 5)

    assert seqs == [1, 2, 3, 4, 5]
    assert round_trips == [5]


async def test_events_that_wait_are_sent_before_the_process_ends(redis: Redis) -> None:
    publisher = EventPublisher(redis)
    async with redis.pubsub() as listener:
        await listener.subscribe(*EVENT_CHANNELS)
        publisher.publish([recorded(1)])
        await asyncio.sleep(0)  # the first round trip has begun
        publisher.publish([recorded(2)])

        await publisher.close()
        seqs = await received(listener, 2)

    assert seqs == [1, 2]


async def test_a_silent_broker_delays_no_write_and_the_local_subscriber_gets_every_event(
    redis: Redis, own_broker: Valkey, round_trips: list[int]
) -> None:
    await redis.ping()
    publisher, local = EventPublisher(redis), list[RecordedEvent]()
    publisher.set_local_subscriber(local.extend)
    failures = MetricIncrease("livelist_publish_failures_total")
    await asyncio.to_thread(own_broker.pause)

    publisher.publish([recorded(1)])
    await asyncio.sleep(0)
    publisher.publish([recorded(2)])
    seqs = [event.seq for event in local]
    async with asyncio.timeout(DEADLINE_SECONDS):
        await publisher.close()
    await asyncio.to_thread(own_broker.resume)

    assert seqs == [1, 2]
    # One time limit, not one for each event.
    assert len(round_trips) == 1
    assert failures.value == 2


async def test_what_waits_for_a_silent_broker_is_bounded(
    redis: Redis, own_broker: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    await redis.ping()
    monkeypatch.setattr(pubsub, "MAX_WAITING_BYTES", 10_000)
    publisher = EventPublisher(redis)
    failures = MetricIncrease("livelist_publish_failures_total")
    await asyncio.to_thread(own_broker.pause)
    publisher.publish([recorded(1)])
    await asyncio.sleep(0)

    publisher.publish([recorded(seq, size=1_000) for seq in range(2, 102)])

    left_out = failures.value
    await asyncio.to_thread(own_broker.resume)
    await publisher.close()
    assert 90 < left_out < 100


async def test_a_broker_that_is_back_gets_the_next_events(
    redis: Redis, own_broker: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pubsub, "PAUSE_SECONDS", 0.01)
    publisher = EventPublisher(redis)
    await asyncio.to_thread(own_broker.kill)
    publisher.publish([recorded(1)])
    await publisher.close()
    await asyncio.to_thread(own_broker.start)

    async with redis.pubsub() as listener:
        await listener.subscribe(*EVENT_CHANNELS)
        reading = asyncio.create_task(received(listener, 1))
        while not reading.done():
            publisher.publish([recorded(2)])
            await publisher.close()
            await asyncio.sleep(0)

    assert await reading == [2]
