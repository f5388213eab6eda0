"""A client that does not read delays no other, and misses nothing once it reads again."""

import pytest

from realtime.limits import Limits
from realtime.node import RealtimeNode
from realtime.streams.hub import BATCH_BYTES
from shared.actor import Actor
from shared.contract.frames import Close
from shared.resources import Resources
from shared.settings import Settings
from tests.support.api_server import InProcessNode, served
from tests.support.realtime.limits import set_limits
from tests.support.realtime.slow_readers import (
    FRAME_BYTES,
    UNREAD,
    outbox_bytes,
    write_large_events,
)
from tests.support.realtime.websocket_client import InsertedList, socket_of, write_event
from tests.support.services.processes import wait_until


async def test_a_slow_reader_delays_no_other_and_its_outbox_stays_small(
    patient_server: InProcessNode,
    resources: Resources,
    ana: Actor,
    ben: Actor,
    shared_list: InsertedList,
) -> None:
    server, list_id = patient_server, shared_list.list_id
    largest = 0

    async with (
        socket_of(server.socket_url, resources, ana, **UNREAD) as slow,
        socket_of(server.socket_url, resources, ben) as quick,
    ):
        for client in (slow, quick):
            await client.follow(shared_list)
        # More than every buffer on the way holds: about 12 MB.
        for _ in range(20):
            await write_large_events(resources, list_id, 100)
            largest = max(largest, outbox_bytes(server))
        await quick.receive_seq(list_id, 2000)
        assert outbox_bytes(server) > 0, "the slow reader was not slow"
        for seq in range(2001, 2011):
            await write_event(resources, list_id)
            await quick.receive_seq(list_id, seq)
        # The quick one waited for nothing that the slow one had to read.
        assert outbox_bytes(server) > 0
        await slow.receive_seq(list_id, 2010)

    assert slow.seqs(list_id) == quick.seqs(list_id) == list(range(1, 2011))
    assert largest < Limits.outbox_bytes + BATCH_BYTES + 2 * FRAME_BYTES


async def test_a_reader_that_never_reads_again_is_aborted(
    settings: Settings,
    resources: Resources,
    ana: Actor,
    ana_list: InsertedList,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_limits(monkeypatch, progress_seconds=1, deadline_check_seconds=0.1)
    monkeypatch.setattr("realtime.transports.websocket_protocol.CLOSE_SECONDS", 0.5)

    async with served(settings) as node:
        async with socket_of(node.socket_url, resources, ana, **UNREAD) as client:
            await client.follow(ana_list)
            await write_large_events(resources, ana_list.list_id, 2000)
            realtime: RealtimeNode = node.app.state.realtime
            # Nothing of it is left on the server, whatever the client does.
            await wait_until(lambda: not realtime.connections, what="forgetting the socket")
            client.socket.transport.abort()
        assert realtime.hub.positions() == {}


async def test_a_reader_that_reads_again_before_the_abort_gets_the_close_code(
    settings: Settings,
    resources: Resources,
    ana: Actor,
    ana_list: InsertedList,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_limits(monkeypatch, progress_seconds=1, deadline_check_seconds=0.1)

    async with (
        served(settings) as node,
        socket_of(node.socket_url, resources, ana, **UNREAD) as client,
    ):
        await client.follow(ana_list)
        await write_large_events(resources, ana_list.list_id, 2000)
        realtime: RealtimeNode = node.app.state.realtime
        await wait_until(lambda: not realtime.connections, what="closing the socket")
        code = await client.wait_closed()

    assert code == Close.TOO_SLOW
    seqs = client.seqs(ana_list.list_id)
    assert seqs == list(range(1, len(seqs) + 1))
