"""Hearing the doorbell of a Redis Cluster: sharded pub/sub, a connection to each node that owns some
of the sixteen channels. As DoorbellListener otherwise; the head sweep carries what is not heard.

A channel travels between nodes as its slot does. A node that loses one says `sunsubscribe`, one
that never had it answers MOVED, and each channel is probed by itself, over a channel of the same
slot: whichever way it stops being heard, the map is read anew. redis-py's asyncio cluster can
route SPUBLISH and knows the map, but cannot subscribe; that alone is done here.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from redis.asyncio.cluster import ClusterNode, RedisCluster

from realtime.limits import Limits
from realtime.pubsub.redis_pubsub import (
    CONNECT_SECONDS,
    FIRST_PAUSE_SECONDS,
    LONGEST_PAUSE_SECONDS,
    handle_event_message,
    let_go,
    silence_seconds,
)
from realtime.streams.stream_state import EventMessage
from shared.cancellation import end_if_cancelled, end_tasks
from shared.clock import monotonic
from shared.ids import new_id
from shared.pubsub import BROKER_ERRORS, EVENT_CHANNELS, open_cluster

log = logging.getLogger(__name__)


class _MapChangedError(Exception):
    """Channels are served by other nodes than they were."""


class _SilentError(Exception):
    """A channel is not heard on a connection that looks open, or is no longer there."""


class ClusterListener:
    def __init__(
        self,
        urls: str,
        limits: Limits,
        heard: Callable[[EventMessage], None],
        connected: Callable[[], None],
    ) -> None:
        self._urls = urls
        self._limits = limits
        self._heard = heard
        self._connected = connected
        # In braces: that alone decides on the slot, so a probe lives where its channel does.
        name = new_id()
        self._probes = {f"livelist:probe:{name}:{{{one}}}".encode(): one for one in EVENT_CHANNELS}
        self._hearing: set[str] = set()

    @property
    def is_healthy(self) -> bool:
        """Tells whether every channel is heard."""
        return len(self._hearing) == len(EVENT_CHANNELS)

    async def listen_forever(self) -> None:
        """Rings are heard on every channel whose node can be reached; never ends."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                await self._listen()
            except _MapChangedError:
                log.warning("doorbell: channels have moved")
                pause = FIRST_PAUSE_SECONDS
            # Everything, as in DoorbellListener: no failure of one kind may silence a node for ever.
            except Exception as error:  # noqa: BLE001
                log.warning("doorbell lost: %s", type(error).__name__)
            finally:
                self._hearing.clear()
            end_if_cancelled()
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def probe_forever(self) -> None:
        """The process rings each channel's probe, so that silence means something."""
        cluster = open_cluster(self._urls)
        try:
            while True:
                await asyncio.gather(*(self._probe(cluster, probe) for probe in self._probes))
                await asyncio.sleep(self._limits.probe_seconds)
        finally:
            await cluster.aclose()

    async def _probe(self, cluster: RedisCluster, probe: bytes) -> None:
        try:
            # One dead node must not hold up the probes of the others.
            async with asyncio.timeout(self._limits.probe_seconds):
                await cluster.execute_command("SPUBLISH", probe, b"")
        except BROKER_ERRORS:
            log.debug("probe not sent")
        end_if_cancelled()

    async def _listen(self) -> None:
        cluster = open_cluster(self._urls)
        try:
            owners = await _owners(cluster)
            end_if_cancelled()
            nodes = cluster.nodes_manager.nodes_cache
            await _until_one_fails(
                [
                    asyncio.create_task(self._hear_node(nodes[name], channels))
                    for name, channels in owners.items()
                ]
            )
        finally:
            await cluster.aclose()

    async def _hear_node(self, node: ClusterNode, channels: Sequence[str]) -> None:
        """Hears the channels for as long as they are this node's. Raises _MapChangedError."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                await self._hear(node, channels)
            except (*BROKER_ERRORS, _SilentError) as error:
                if self._hearing.issuperset(channels):
                    pause = FIRST_PAUSE_SECONDS
                log.warning("doorbell of one node lost: %s", type(error).__name__)
            finally:
                self._hearing.difference_update(channels)
            # redis-py swallows a cancellation that reaches it while it connects.
            end_if_cancelled()
            await self._compare_map(node, channels)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _compare_map(self, node: ClusterNode, channels: Sequence[str]) -> None:
        """Raises _MapChangedError when the cluster, as far as it can be asked, says otherwise."""
        cluster = open_cluster(self._urls)
        try:
            owners = await _owners(cluster)
        except BROKER_ERRORS:
            return
        finally:
            await cluster.aclose()
        if owners.get(node.name) != channels:
            raise _MapChangedError
        end_if_cancelled()

    async def _hear(self, node: ClusterNode, channels: Sequence[str]) -> None:
        # Waits are bounded by the probes; on this connection silence is the normal state.
        connection = node.connection_class(**(node.connection_kwargs | {"socket_timeout": None}))
        probes = [probe for probe, channel in self._probes.items() if channel in channels]
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await connection.connect()
                for name in (*channels, *probes):
                    # One each: a command may name channels of one slot only.
                    await connection.send_command("SSUBSCRIBE", name)
            heard_at = dict.fromkeys(probes, monotonic())
            async with asyncio.timeout(silence_seconds(self._limits)) as silence:
                await self._read(connection, channels, heard_at, silence)
        except TimeoutError:
            raise _SilentError from None
        finally:
            await let_go(connection)

    async def _read(
        self,
        connection: Any,
        channels: Sequence[str],
        heard_at: dict[bytes, float],
        silence: asyncio.Timeout,
    ) -> None:
        unconfirmed = len(channels) + len(heard_at)
        time = asyncio.get_running_loop().time
        silent_after = silence_seconds(self._limits)
        while True:
            kind, name, data = await connection.read_response()
            if kind == b"smessage" and name in heard_at:
                heard_at[name] = monotonic()
                # The channel that has been silent for longest decides.
                left = min(heard_at.values()) + silent_after - monotonic()
                silence.reschedule(time() + left)
            elif kind == b"smessage":
                handle_event_message(data, self._heard)
            elif kind == b"ssubscribe":
                unconfirmed -= 1
                if not unconfirmed:
                    self._hearing.update(channels)
                    # What rang on these channels before was for nobody's ears.
                    self._connected()
            elif kind == b"sunsubscribe":
                raise _SilentError


async def _until_one_fails(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Waits for them; all have ended. Raises what the first one raised."""
    # No TaskGroup: one whose child fails leaves this task marked as cancelled (before Python 3.13).
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        await end_tasks(tasks)
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


async def _owners(cluster: RedisCluster) -> dict[str, list[str]]:
    """Returns the channels of each node, by its name. Asks the cluster, within bounds."""
    async with asyncio.timeout(CONNECT_SECONDS):
        await cluster.initialize()
    owners: dict[str, list[str]] = defaultdict(list)
    for one in EVENT_CHANNELS:
        node = cluster.get_node_from_key(one)
        if node is None:
            raise _SilentError
        owners[node.name].append(one)
    return dict(owners)
