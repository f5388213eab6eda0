"""Pub/sub over a real Redis Cluster of three nodes, of which one is killed, paused or loses a channel.

Events arrive all the same, by the head check, and by pub/sub again afterwards.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import pytest
import pytest_asyncio

from realtime.presence import broadcaster
from realtime.pubsub.cluster_pubsub import ClusterListener
from shared.clock import monotonic
from shared.ids import ListId, StreamId
from shared.pubsub import EVENT_CHANNELS, SHARDS, channel_of
from shared.resources import Resources, open_resources
from shared.settings import Settings
from tests.support.api_server import client_of, running_app, served
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.realtime.limits import without_head_checks
from tests.support.realtime.websocket_client import (
    SocketClient,
    insert_list,
    socket_of,
    write_event,
)
from tests.support.services.processes import wait_until
from tests.support.services.valkey_cluster import ClusterNode, ValkeyCluster
from tests.support.settings import changed_settings
from tests.support.world_builder import World

# Pub/sub takes milliseconds. By the head check alone, an event that is written right after the last
# one arrived waits for a whole second: the median of a few delays shows which it was.
PUBSUB_SECONDS = 0.5


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """SQLite alone: the test does not depend on the database."""
    shutil.copy(sqlite_template, tmp_path / "livelist.db")
    return f"sqlite+aiosqlite:///{tmp_path / 'livelist.db'}"


@pytest_asyncio.fixture(scope="module")
async def cluster() -> AsyncIterator[ValkeyCluster]:
    """A cluster that each test leaves with all nodes running."""
    cluster = ValkeyCluster()
    try:
        await cluster.start()
        yield cluster
    finally:
        cluster.close()


@pytest.fixture
def settings(settings: Settings, cluster: ValkeyCluster) -> Settings:
    return changed_settings(settings, redis_cluster_url=cluster.url)


@dataclass
class ChannelClient:
    """A client of one API node, subscribed to a list on each channel; another process writes."""

    elsewhere: Resources
    socket: SocketClient
    lists: list[ListId]
    pubsub: ClusterListener
    written: int = 0

    async def write_all(self) -> list[float]:
        """Write one event to each list; return the delays, and assert that nothing arrived twice."""
        self.written += 1
        delays = []
        for list_id in self.lists:
            await write_event(self.elsewhere, list_id)
            committed = monotonic()
            received = await self.socket.receive_seq(list_id, self.written)
            delays.append(monotonic() - committed)
            assert received == list(range(1, self.written + 1))
        return delays

    async def wait_healthy(self) -> None:
        await wait_until(lambda: self.pubsub.is_healthy, what="receiving on every channel")

    async def wait_unhealthy(self) -> None:
        await wait_until(lambda: not self.pubsub.is_healthy, what="missing a channel")


@asynccontextmanager
async def open_channel_client(
    settings: Settings, resources: Resources, world: World
) -> AsyncIterator[ChannelClient]:
    ana = await world.user()
    found: dict[str, tuple[ListId, str]] = {}
    while len(found) < SHARDS:
        list_id, epoch = await insert_list(resources, ana)
        found[channel_of(StreamId(list_id))] = (list_id, epoch)
    async with (
        open_resources(settings) as elsewhere,
        served(settings) as node,
        socket_of(node.socket_url, resources, ana) as socket,
    ):
        pubsub = node.app.state.realtime.pubsub.events
        await socket.subscribe(*((list_id, epoch, 0) for list_id, epoch in found.values()))
        for _ in found:
            await socket.receive_type("subscribed")
        lists = [list_id for list_id, _ in found.values()]
        client = ChannelClient(elsewhere, socket, lists, pubsub)
        await client.wait_healthy()
        yield client


async def test_events_of_every_channel_arrive_by_pubsub(
    settings: Settings, resources: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_head_checks(monkeypatch)
    async with open_channel_client(settings, resources, world) as client:
        for _ in range(3):
            await client.write_all()


async def test_the_head_check_delivers_while_a_cluster_node_is_down_and_pubsub_once_it_is_back(
    settings: Settings, resources: Resources, world: World, cluster: ValkeyCluster
) -> None:
    async with open_channel_client(settings, resources, world) as client:
        cluster.kill(cluster.nodes[1])
        await client.wait_unhealthy()
        await client.write_all()
        cluster.launch(cluster.nodes[1])
        await client.wait_healthy()
        again = await client.write_all()

    assert median(again) < PUBSUB_SECONDS


async def test_health_shows_each_connection_to_the_cluster_and_since_when(
    settings: Settings, cluster: ValkeyCluster
) -> None:
    async with running_app(settings) as app, client_of(app) as client:

        async def pubsub_when(broker: str, is_up: Sequence[bool]) -> list[dict[str, Any]]:
            """Wait until the broker has this state, and so many connections are up and down."""
            async with asyncio.timeout(DEADLINE_SECONDS):
                while True:
                    report = (await client.get("/health")).json()
                    connections = sorted(each["is_up"] for each in report["pubsub"])
                    if (report["checks"]["broker"], connections) == (broker, sorted(is_up)):
                        return list(report["pubsub"])
                    await asyncio.sleep(0.1)

        before = await pubsub_when("ok", [True] * 4)
        cluster.kill(cluster.nodes[1])
        try:
            without = await pubsub_when("degraded", [False, True, True, True])
        finally:
            cluster.launch(cluster.nodes[1])
        after = await pubsub_when("ok", [True] * 4)

    channels = [name for each in before for name in each["channels"]]
    assert sorted(channels) == sorted([*EVENT_CHANNELS, broadcaster.CHANNEL])
    [lost] = [each for each in without if not each["is_up"]]
    since = {tuple(each["channels"]): each["since"] for each in after}
    assert since[tuple(lost["channels"])] > lost["since"] > max(each["since"] for each in before)


async def test_a_paused_cluster_node_is_noticed_and_the_head_check_delivers(
    settings: Settings, resources: Resources, world: World, cluster: ValkeyCluster
) -> None:
    async with open_channel_client(settings, resources, world) as client:
        cluster.pause(cluster.nodes[2])
        try:
            unnoticed = await client.write_all()
            await client.wait_unhealthy()
            noticed = await client.write_all()
        finally:
            cluster.resume(cluster.nodes[2])
        await client.wait_healthy()
        again = await client.write_all()

    assert max(*unnoticed, *noticed) < 1.5
    assert median(again) < PUBSUB_SECONDS


async def test_pubsub_follows_a_channel_that_moves_to_another_cluster_node(
    settings: Settings, resources: Resources, world: World, cluster: ValkeyCluster
) -> None:
    async with open_channel_client(settings, resources, world) as client:
        source, target = await move(cluster, channel_of(StreamId(client.lists[0])))
        await client.wait_unhealthy()
        await client.wait_healthy()
        delays = [(await client.write_all())[0] for _ in range(3)]

    assert source is not target
    assert median(delays) < PUBSUB_SECONDS


async def move(cluster: ValkeyCluster, name: str) -> tuple[ClusterNode, ClusterNode]:
    """Move the slot of the channel to another cluster node; return the old and the new node."""
    clients = [cluster.client(node) for node in cluster.nodes]
    ids = [(await client.execute_command("CLUSTER", "MYID")).decode() for client in clients]
    slot = await clients[0].execute_command("CLUSTER", "KEYSLOT", name)
    ranges = await clients[0].execute_command("CLUSTER", "SLOTS")
    owner = next(entry[2][2].decode() for entry in ranges if entry[0] <= slot <= entry[1])
    source = ids.index(owner)
    target = (source + 1) % len(ids)
    for client in (clients[target], clients[source], *clients):
        await client.execute_command("CLUSTER", "SETSLOT", slot, "NODE", ids[target])
    for client in clients:
        await client.aclose()
    return cluster.nodes[source], cluster.nodes[target]
