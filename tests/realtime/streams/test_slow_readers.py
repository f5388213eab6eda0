"""A reader that does not read costs nobody else anything, and is made whole when it reads again."""

import pytest

from realtime.limits import Limits
from realtime.node import RealtimeNode
from realtime.streams.hub import BATCH_BYTES
from realtime.transports.direct_transport import DirectTransport
from shared.clock import monotonic
from shared.contract.events import TodoPurged
from shared.contract.frames import Close
from shared.ids import ListId, StreamId
from shared.resources import Resources
from shared.settings import Settings
from tests.support.api_server import InProcessNode, served
from tests.support.realtime.limits import set_limits
from tests.support.realtime.websocket_client import (
    SocketClient,
    insert_list,
    socket_of,
    write_event,
)
from tests.support.services.processes import wait_until
from tests.support.world_builder import World

# What a client that reads nothing takes into its own buffers: a few frames.
UNREAD = {"max_queue": 1}
FRAME_BYTES = 6_000


async def write_much(resources: Resources, list_id: ListId, count: int) -> None:
    for _ in range(count // 20):
        async with resources.begin() as work:
            await work.lock_streams([StreamId(list_id)])
            for _ in range(20):
                work.record(StreamId(list_id), TodoPurged(todo_id="x" * FRAME_BYTES), None)


def outbox_bytes(node: InProcessNode) -> int:
    realtime: RealtimeNode = node.app.state.realtime
    transports = [one.transport for one in realtime.connections]
    return max(
        transport.waiting_bytes
        for transport in transports
        if isinstance(transport, DirectTransport)
    )


async def test_a_slow_reader_delays_nobody_and_its_outbox_stays_small(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id, epoch = await insert_list(resources, ana, ben)
    largest, slowest = 0, 0.0

    async with (
        socket_of(server.socket_url, resources, ana, **UNREAD) as slow,
        socket_of(server.socket_url, resources, ben) as quick,
    ):
        for client in (slow, quick):
            await client.subscribe((list_id, epoch, 0))
            await client.receive_type("subscribed")
        # Past every buffer between here and there: about 12 MB.
        for _ in range(20):
            await write_much(resources, list_id, 100)
            largest = max(largest, outbox_bytes(server))
        await quick.receive_seq(list_id, 2000, 30)
        assert outbox_bytes(server) > 0, "the slow reader was not slow"
        for seq in range(2001, 2011):
            before = monotonic()
            await write_event(resources, list_id)
            await quick.receive_seq(list_id, seq)
            slowest = max(slowest, monotonic() - before)

        await slow.receive_seq(list_id, 2010, 30)

    assert slow.seqs(list_id) == quick.seqs(list_id) == list(range(1, 2011))
    assert largest < Limits.outbox_bytes + BATCH_BYTES + 2 * FRAME_BYTES
    assert slowest < 0.5


async def test_a_reader_that_never_reads_again_is_cut_off(
    settings: Settings, resources: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_limits(monkeypatch, progress_seconds=1, deadline_check_seconds=0.1)
    monkeypatch.setattr("realtime.transports.websocket_protocol.CLOSE_SECONDS", 0.5)
    ana = await world.user()
    list_id, epoch = await insert_list(resources, ana)

    async with served(settings) as node:
        async with socket_of(node.socket_url, resources, ana, **UNREAD) as client:
            await client.subscribe((list_id, epoch, 0))
            await client.receive_type("subscribed")
            await write_much(resources, list_id, 2000)
            realtime: RealtimeNode = node.app.state.realtime
            # Nothing of it is left on the server, whatever the client does.
            await wait_until(lambda: not realtime.connections, 8, "forgetting the socket")
            client.socket.transport.abort()
        assert realtime.hub.positions() == {}


async def test_a_reader_that_comes_back_before_the_cut_is_told_why(
    settings: Settings, resources: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_limits(monkeypatch, progress_seconds=1, deadline_check_seconds=0.1)
    ana = await world.user()
    list_id, epoch = await insert_list(resources, ana)

    async with (
        served(settings) as node,
        socket_of(node.socket_url, resources, ana, **UNREAD) as client,
    ):
        await client.subscribe((list_id, epoch, 0))
        await client.receive_type("subscribed")
        await write_much(resources, list_id, 2000)
        realtime: RealtimeNode = node.app.state.realtime
        await wait_until(lambda: not realtime.connections, 8, "giving up")
        code = await client.wait_closed()

    assert code == Close.TOO_SLOW
    assert _is_a_beginning(client, list_id)


def _is_a_beginning(client: SocketClient, list_id: ListId) -> bool:
    seqs = client.seqs(list_id)
    return seqs == list(range(1, len(seqs) + 1))
