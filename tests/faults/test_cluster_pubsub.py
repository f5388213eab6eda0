"""The doorbell over a real cluster of three brokers, one of which dies, stands still, or loses a
channel to another. Events arrive all the same, and the bell is heard again afterwards.
"""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pytest
import pytest_asyncio

from realtime.pubsub.cluster_pubsub import ClusterListener
from shared.clock import monotonic
from shared.ids import ListId, StreamId
from shared.pubsub import SHARDS, channel_of
from shared.resources import Resources, open_resources
from shared.settings import Settings
from tests.support.api_server import served
from tests.support.realtime.websocket_client import SocketClient, a_list, socket_of, write_event
from tests.support.services.processes import wait_until
from tests.support.services.valkey_cluster import ClusterNode, ValkeyCluster
from tests.support.settings import changed_settings
from tests.support.world_builder import World

# The doorbell takes milliseconds. By the sweep alone, whoever writes as soon as the last event was
# heard has just missed it and waits for a second: the median of a few tells them apart.
AT_ONCE_SECONDS = 0.5
# Noticing takes two probes and a half second; the map, the others' timeout and a pause.
NOTICED_SECONDS = 12.0


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """One kind of database is enough: nothing here depends on it."""
    shutil.copy(sqlite_template, tmp_path / "livelist.db")
    return f"sqlite+aiosqlite:///{tmp_path / 'livelist.db'}"


@pytest_asyncio.fixture(scope="module")
async def cluster() -> AsyncIterator[ValkeyCluster]:
    """A cluster, which each test leaves whole."""
    one = ValkeyCluster()
    try:
        await one.start()
        yield one
    finally:
        one.close()


@pytest.fixture
def settings(settings: Settings, cluster: ValkeyCluster) -> Settings:
    return changed_settings(settings, redis_cluster_url=cluster.url)


@dataclass
class Listening:
    """A person on one node listens to a list of each channel; the writes happen on another."""

    elsewhere: Resources
    client: SocketClient
    lists: list[ListId]
    bell: ClusterListener
    written: int = 0

    async def write_all(self) -> list[float]:
        """One more event of each list was heard, and nothing twice; returns how long after its commit."""
        self.written += 1
        delays = []
        for one in self.lists:
            await write_event(self.elsewhere, one)
            committed = monotonic()
            heard = await self.client.hear_seq(one, self.written)
            delays.append(monotonic() - committed)
            assert heard == list(range(1, self.written + 1))
        return delays

    async def hears(self) -> None:
        await wait_until(lambda: self.bell.is_healthy, NOTICED_SECONDS, "hearing every channel")

    async def misses(self) -> None:
        await wait_until(lambda: not self.bell.is_healthy, NOTICED_SECONDS, "missing a channel")


@asynccontextmanager
async def listening(
    settings: Settings, resources: Resources, world: World
) -> AsyncIterator[Listening]:
    ana = await world.user()
    found: dict[str, tuple[ListId, str]] = {}
    while len(found) < SHARDS:
        list_id, epoch = await a_list(resources, ana)
        found[channel_of(StreamId(list_id))] = (list_id, epoch)
    async with (
        open_resources(settings) as elsewhere,
        served(settings) as node,
        socket_of(node.socket_url, resources, ana) as client,
    ):
        bell = node.app.state.realtime.cluster
        await client.subscribe(*((list_id, epoch, 0) for list_id, epoch in found.values()))
        for _ in found:
            await client.hear_type("subscribed")
        one = Listening(elsewhere, client, [list_id for list_id, _ in found.values()], bell)
        await one.hears()
        yield one


async def test_every_channel_is_heard_at_once(
    settings: Settings, resources: Resources, world: World
) -> None:
    async with listening(settings, resources, world) as one:
        delays = [await one.write_all() for _ in range(3)]

        for of_one_channel in zip(*delays, strict=True):
            assert median(of_one_channel) < AT_ONCE_SECONDS


async def test_a_member_that_dies_is_carried_by_the_sweep_and_heard_again_when_it_is_back(
    settings: Settings, resources: Resources, world: World, cluster: ValkeyCluster
) -> None:
    async with listening(settings, resources, world) as one:
        cluster.kill(cluster.nodes[1])
        await one.misses()
        without = await one.write_all()
        cluster.launch(cluster.nodes[1])
        await one.hears()
        again = await one.write_all()

    assert max(without) < 1.5
    assert median(again) < AT_ONCE_SECONDS


async def test_a_member_that_stands_still_is_noticed_and_carried_by_the_sweep(
    settings: Settings, resources: Resources, world: World, cluster: ValkeyCluster
) -> None:
    async with listening(settings, resources, world) as one:
        cluster.pause(cluster.nodes[2])
        try:
            unnoticed = await one.write_all()
            await one.misses()
            noticed = await one.write_all()
        finally:
            cluster.resume(cluster.nodes[2])
        await one.hears()
        again = await one.write_all()

    assert max(*unnoticed, *noticed) < 1.5
    assert median(again) < AT_ONCE_SECONDS


async def test_a_channel_that_moves_to_another_member_is_heard_there(
    settings: Settings, resources: Resources, world: World, cluster: ValkeyCluster
) -> None:
    async with listening(settings, resources, world) as one:
        source, target = await move(cluster, channel_of(StreamId(one.lists[0])))
        await one.misses()
        await one.hears()
        delays = [(await one.write_all())[0] for _ in range(3)]

    assert source is not target
    assert median(delays) < AT_ONCE_SECONDS


async def move(cluster: ValkeyCluster, name: str) -> tuple[ClusterNode, ClusterNode]:
    """The slot of the channel belongs to another member; returns from whom to whom it went."""
    clients = [cluster.client(member) for member in cluster.nodes]
    ids = [(await client.execute_command("CLUSTER", "MYID")).decode() for client in clients]
    slot = await clients[0].execute_command("CLUSTER", "KEYSLOT", name)
    ranges = await clients[0].execute_command("CLUSTER", "CONCURRENCY")
    owner = next(one[2][2].decode() for one in ranges if one[0] <= slot <= one[1])
    source = ids.index(owner)
    target = (source + 1) % len(ids)
    for client in (clients[target], clients[source], *clients):
        await client.execute_command("CLUSTER", "SETSLOT", slot, "NODE", ids[target])
    for client in clients:
        await client.aclose()
    return cluster.nodes[source], cluster.nodes[target]
