"""The doorbell breaks in every way we know of; events arrive all the same, once and in order."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator, Sequence

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from shared.clock import monotonic
from shared.doorbell import Doorbell
from shared.event_log import Recorded
from shared.ids import ListId
from shared.resources import Resources, open_resources
from shared.settings import Settings
from tests.faults.nodes import line_to
from tests.realtime.sockets import SocketClient, a_list, socket_of, write_event
from tests.services.processes import wait_until
from tests.services.valkey import Valkey
from tests.serving import served
from tests.world import World


@pytest.fixture
def broker() -> Iterator[Valkey]:
    """A broker of this test alone, to be broken."""
    one = Valkey()
    one.start()
    yield one
    one.close()


@pytest.fixture
def redis_url(broker: Valkey) -> str:
    return f"{broker.url}/0"


@pytest_asyncio.fixture
async def elsewhere(settings: Settings, resources: Resources) -> AsyncIterator[Resources]:
    """Where the writes happen: a node whose commits the listening one does not see by itself."""
    async with open_resources(settings) as opened:
        yield opened


async def listen(client: SocketClient, list_id: ListId, epoch: str) -> None:
    await client.subscribe((list_id, epoch, 0))
    await client.hear_type("subscribed")


async def write(resources: Resources, list_id: ListId, count: int, seconds: float) -> None:
    """Writes `count` events, spread over about `seconds`."""
    for _ in range(count):
        await write_event(resources, list_id)
        await asyncio.sleep(seconds / count)  # the pace of the writes, not a wait for anything


async def test_killed_subscriptions_lose_nothing(
    settings: Settings, resources: Resources, elsewhere: Resources, world: World, redis_url: str
) -> None:
    ana = await world.person()
    list_id, epoch = await a_list(resources, ana)

    async with (
        served(settings) as node,
        socket_of(node.socket_url, resources, ana) as client,
        Redis.from_url(redis_url) as killer,
    ):
        await listen(client, list_id, epoch)
        writing = asyncio.create_task(write(elsewhere, list_id, 200, 4))
        kills = 0
        while not writing.done():
            await asyncio.wait([writing], timeout=0.25)
            kills += await killer.client_kill_filter(_type="pubsub")
        heard = await client.hear_seq(list_id, 200)

    assert kills >= 3, "nothing was broken"
    assert heard == list(range(1, 201))


async def test_a_broker_that_is_killed_and_comes_back_loses_nothing(
    settings: Settings, resources: Resources, elsewhere: Resources, world: World, broker: Valkey
) -> None:
    ana = await world.person()
    list_id, epoch = await a_list(resources, ana)

    async with served(settings) as node, socket_of(node.socket_url, resources, ana) as client:
        await listen(client, list_id, epoch)
        writing = asyncio.create_task(write(elsewhere, list_id, 150, 5))
        await client.hear_seq(list_id, 10)
        await asyncio.to_thread(broker.kill)
        await client.hear_seq(list_id, 80)
        await asyncio.to_thread(broker.start)
        await writing
        heard = await client.hear_seq(list_id, 150)
        doorbell = node.app.state.realtime.doorbell
        await wait_until(lambda: doorbell.is_healthy, 10, "hearing the broker again")

    assert heard == list(range(1, 151))


async def test_a_broker_that_is_away_at_the_start_is_found_when_it_comes(
    settings: Settings, resources: Resources, elsewhere: Resources, world: World, broker: Valkey
) -> None:
    ana = await world.person()
    list_id, epoch = await a_list(resources, ana)
    await asyncio.to_thread(broker.kill)

    async with served(settings) as node, socket_of(node.socket_url, resources, ana) as client:
        await listen(client, list_id, epoch)
        before = monotonic()
        await write_event(elsewhere, list_id)
        await client.hear_seq(list_id, 1)
        without = monotonic() - before
        await asyncio.to_thread(broker.start)
        doorbell = node.app.state.realtime.doorbell
        await wait_until(lambda: doorbell.is_healthy, 10, "hearing the broker")

    assert without < 1.5


async def test_a_broker_that_stands_still_delays_by_a_second_and_a_half_at_most(
    settings: Settings, resources: Resources, elsewhere: Resources, world: World, broker: Valkey
) -> None:
    ana = await world.person()
    list_id, epoch = await a_list(resources, ana)
    longest = 0.0

    async with served(settings) as node, socket_of(node.socket_url, resources, ana) as client:
        await listen(client, list_id, epoch)
        broker.pause()
        try:
            for seq in range(1, 7):
                before = monotonic()
                await write_event(elsewhere, list_id)
                await client.hear_seq(list_id, seq)
                longest = max(longest, monotonic() - before)
        finally:
            broker.resume()

    assert longest < 1.5


async def test_a_half_open_connection_is_noticed_and_replaced(
    settings: Settings, resources: Resources, elsewhere: Resources, world: World, broker: Valkey
) -> None:
    ana = await world.person()
    list_id, epoch = await a_list(resources, ana)

    async with line_to(broker.port) as line:
        address = settings.redis_url.replace(f":{broker.port}/", f":{line.port}/")
        behind = settings.model_copy(update={"redis_url": address})
        async with served(behind) as node, socket_of(node.socket_url, resources, ana) as client:
            doorbell = node.app.state.realtime.doorbell
            await wait_until(lambda: doorbell.is_healthy, 10, "hearing the broker")
            await listen(client, list_id, epoch)

            line.go_dead()
            await write_event(elsewhere, list_id)
            await client.hear_seq(list_id, 1, 1.5)
            await wait_until(lambda: not doorbell.is_healthy, 8, "noticing the silence")
            await wait_until(lambda: doorbell.is_healthy, 8, "a new connection")
            before = monotonic()
            await write_event(elsewhere, list_id)
            await client.hear_seq(list_id, 2)

    assert monotonic() - before < 0.3


class RudeDoorbell(Doorbell):
    """Drops one ring in twenty, doubles one in thirty, and lets others overtake."""

    def __init__(self, redis: Redis | None) -> None:
        super().__init__(redis)
        self._random = random.Random(7)
        self._late: list[Recorded] = []

    async def ring(self, recorded: Sequence[Recorded]) -> None:
        sent = []
        for one in recorded:
            chance = self._random.random()
            if chance < 0.05:
                continue
            if chance < 0.15:
                self._late.append(one)
                continue
            sent += [one, one] if chance < 0.18 else [one]
        if self._late and self._random.random() < 0.3:
            sent.append(self._late.pop())
        await super().ring(sent)


async def test_dropped_doubled_and_reordered_rings_are_put_right(
    settings: Settings, resources: Resources, elsewhere: Resources, world: World
) -> None:
    ana = await world.person()
    list_id, epoch = await a_list(resources, ana)
    elsewhere.doorbell = RudeDoorbell(elsewhere.redis)

    async with served(settings) as node, socket_of(node.socket_url, resources, ana) as client:
        await listen(client, list_id, epoch)
        await asyncio.gather(*(write(elsewhere, list_id, 50, 2) for _ in range(6)))
        heard = await client.hear_seq(list_id, 300)

    assert heard == list(range(1, 301))
