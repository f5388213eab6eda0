"""Receive event messages through the sharded pub/sub of a Redis Cluster.

There is a connection to each cluster node that owns some of the sixteen channels. A channel moves
between cluster nodes with its slot. A node that loses it sends `sunsubscribe`, one that never had
it answers MOVED, and each channel has a probe of the same slot: however a channel is lost, the slot
map is read again. redis-py's asyncio cluster client can route SPUBLISH and knows the map, but
cannot subscribe; only that is done here.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence

from redis.asyncio.cluster import ClusterNode, RedisCluster

from realtime.limits import Limits
from realtime.pubsub.channel_reader import (
    CONNECT_SECONDS,
    Backoff,
    ChannelReader,
    Handler,
    SilentError,
)
from realtime.pubsub.received_channels import PubsubConnection, ReceivedChannels
from shared.cancellation import end_if_cancelled, end_tasks
from shared.ids import new_id
from shared.pubsub import BROKER_ERRORS, EVENT_CHANNELS, open_cluster

log = logging.getLogger(__name__)


class _MapChangedError(Exception):
    """Channels are served by other cluster nodes than before."""


class ClusterListener:
    def __init__(
        self, urls: str, limits: Limits, handler: Handler, on_connected: Callable[[], None]
    ) -> None:
        """`handler` takes the messages of all channels.

        `on_connected` is called whenever the channels of a cluster node are received (again).
        """
        self._urls = urls
        self._limits = limits
        self._handler = handler
        self._on_connected = on_connected
        # Only the text in braces decides on the slot, so a probe is served where its channel is.
        name = new_id()
        self._probes = {it: f"livelist:probe:{name}:{{{it}}}".encode() for it in EVENT_CHANNELS}
        self._received = ReceivedChannels(EVENT_CHANNELS)
        # The channels of each cluster node, as the slot map had them when it was last read.
        self._groups: Collection[Sequence[str]] = [EVENT_CHANNELS]

    @property
    def is_healthy(self) -> bool:
        """Return True while every channel is received."""
        return self._received.is_complete()

    @property
    def connections(self) -> list[PubsubConnection]:
        """Return the state of the connection to each cluster node that serves channels."""
        return [self._received.connection(channels) for channels in self._groups]

    async def listen_forever(self) -> None:
        """Receive messages of every channel whose cluster node can be reached."""
        backoff = Backoff()
        while True:
            try:
                await self._listen()
            except _MapChangedError:
                log.warning("channels have moved to other cluster nodes")
                backoff.reset()
            # Everything, as in RedisListener: no kind of failure may stop a node from listening.
            except Exception as error:  # noqa: BLE001
                log.warning("cluster subscription lost: %s", type(error).__name__)
            finally:
                self._received.set(EVENT_CHANNELS, is_received=False)
            end_if_cancelled()
            await backoff.pause()

    async def probe_forever(self) -> None:
        """Publish each channel's probe, so that silence means a lost channel."""
        cluster = open_cluster(self._urls)
        try:
            while True:
                probes = self._probes.values()
                await asyncio.gather(*(self._publish_probe(cluster, it) for it in probes))
                await asyncio.sleep(self._limits.probe_seconds)
        finally:
            await cluster.aclose()

    async def _publish_probe(self, cluster: RedisCluster, probe: bytes) -> None:
        try:
            # A dead cluster node must not delay the probes of the others.
            async with asyncio.timeout(self._limits.probe_seconds):
                await cluster.execute_command("SPUBLISH", probe, b"")
        except BROKER_ERRORS:
            log.debug("probe not published")
        end_if_cancelled()

    async def _listen(self) -> None:
        cluster = open_cluster(self._urls)
        try:
            owners = await _read_owners(cluster)
            end_if_cancelled()
            self._groups = list(owners.values())
            nodes = cluster.nodes_manager.nodes_cache
            await _until_one_fails(
                [
                    asyncio.create_task(self._listen_to_node(nodes[name], channels))
                    for name, channels in owners.items()
                ]
            )
        finally:
            await cluster.aclose()

    async def _listen_to_node(self, node: ClusterNode, channels: Sequence[str]) -> None:
        """Receive the channels as long as they are this node's. Raise _MapChangedError."""
        backoff = Backoff()
        while True:
            try:
                await self._read(node, channels)
            except (*BROKER_ERRORS, SilentError) as error:
                if self._received.are_received(channels):
                    backoff.reset()
                log.warning("subscription to a cluster node lost: %s", type(error).__name__)
            finally:
                self._received.set(channels, is_received=False)
            # redis-py swallows a cancellation that arrives while it connects.
            end_if_cancelled()
            await self._compare_map(node, channels)
            await backoff.pause()

    async def _compare_map(self, node: ClusterNode, channels: Sequence[str]) -> None:
        """Raise _MapChangedError if the cluster answers, and with another map."""
        cluster = open_cluster(self._urls)
        try:
            owners = await _read_owners(cluster)
        except BROKER_ERRORS:
            return
        finally:
            await cluster.aclose()
        if owners.get(node.name) != channels:
            raise _MapChangedError
        end_if_cancelled()

    async def _read(self, node: ClusterNode, channels: Sequence[str]) -> None:
        handlers = {channel.encode(): self._handler for channel in channels}
        probes = [self._probes[channel] for channel in channels]
        reader = ChannelReader(
            node.connection_class, node.connection_kwargs, handlers, probes, self._limits
        )
        try:
            await reader.connect()
            # One each: a command may name channels of one slot only.
            await reader.subscribe(*(("SSUBSCRIBE", name) for name in (*handlers, *probes)))
            await reader.read_forever(lambda: self._on_subscribed(channels))
        finally:
            await reader.close()

    def _on_subscribed(self, channels: Sequence[str]) -> None:
        self._received.set(channels, is_received=True)
        # Messages on these channels before this were not received.
        self._on_connected()


async def _until_one_fails(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Wait for a task to fail, and end the others. Raise what it raised."""
    # No TaskGroup: one whose child fails leaves this task marked as cancelled (before Python 3.13).
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        await end_tasks(tasks)
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


async def _read_owners(cluster: RedisCluster) -> dict[str, list[str]]:
    """Return the channels of each cluster node, by its name, within CONNECT_SECONDS."""
    async with asyncio.timeout(CONNECT_SECONDS):
        await cluster.initialize()
    owners: dict[str, list[str]] = defaultdict(list)
    for channel in EVENT_CHANNELS:
        node = cluster.get_node_from_key(channel)
        if node is None:
            raise SilentError
        owners[node.name].append(channel)
    return dict(owners)
