"""The hub writes to an idle socket itself, and through the event loop's transport to any other."""

import os
from contextlib import AsyncExitStack

import orjson
import pytest

from realtime.connection import Connection
from realtime.node import RealtimeNode
from realtime.transports import fan_out
from realtime.transports.direct_transport import DirectTransport
from realtime.transports.transport import NOT_DIRECT
from shared.actor import Actor
from shared.clock import monotonic
from shared.contract.events import TodoPurged
from shared.contract.frames import CLOSES, Close
from shared.event_log import encode
from shared.ids import Epoch, list_stream
from shared.pubsub import EventMessage
from shared.resources import Resources
from shared.settings import Settings
from tests.support.api_server import InProcessNode, served
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.realtime.bare_peer import CLOSE, PING, TEXT, client_frame, peer_of
from tests.support.realtime.databases import SQLITE_ONLY
from tests.support.realtime.limits import set_limits
from tests.support.realtime.slow_readers import FRAME_BYTES
from tests.support.realtime.websocket_client import InsertedList, SocketClient, socket_of
from tests.support.services.processes import wait_until

pytestmark = SQLITE_ONLY


@pytest.fixture(autouse=True)
def no_head_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the hub alone with messages whose events are in no database."""
    set_limits(
        monkeypatch, head_check_seconds=3600, head_check_seconds_without_pubsub=3600,
        deadline_check_seconds=3600,
    )  # fmt: skip


class Emitter:
    """Give the hub of a node one event of a list after another, without waiting."""

    def __init__(self, node: InProcessNode, emitted: InsertedList) -> None:
        self._realtime: RealtimeNode = node.app.state.realtime
        self._list = emitted
        self.seq = 0

    def emit(self, size: int = 1) -> None:
        self.seq += 1
        stream, event = list_stream(self._list.list_id), TodoPurged(todo_id="x" * size)
        frame = encode(stream, self.seq, event, self._realtime.resources.clock.now(), None, None)
        message = EventMessage(stream, Epoch(self._list.epoch), self.seq, frame)
        self._realtime.hub.receive([message])

    def connection_of(self, actor: Actor) -> Connection:
        [found] = [it for it in self._realtime.connections if it.user_id == actor.user_id]
        return found

    def transport_of(self, actor: Actor) -> DirectTransport:
        transport = self.connection_of(actor).transport
        assert isinstance(transport, DirectTransport)
        return transport


async def follow(client: SocketClient, followed: InsertedList) -> SocketClient:
    await client.follow(followed)
    return client


async def test_an_event_is_whole_although_the_kernel_takes_a_part_at_a_time(
    settings: Settings,
    resources: Resources,
    ana: Actor,
    ben: Actor,
    shared_list: InsertedList,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken: list[int] = []

    def write_a_part(descriptor: int, data: bytes) -> int:
        taken.append(os.write(descriptor, data[: 1 + len(taken) * 7 % len(data)]))
        return taken[-1]

    async with served(settings) as node, AsyncExitStack() as stack:
        clients = []
        for actor in (ana, ben):
            client = await stack.enter_async_context(socket_of(node.socket_url, resources, actor))
            clients.append(await follow(client, shared_list))
        monkeypatch.setattr(fan_out, "write", write_a_part)
        emitter = Emitter(node, shared_list)
        for _ in range(50):
            emitter.emit()
        received = [await it.receive_seq(shared_list.list_id, 50) for it in clients]

    assert len(taken) == 100
    assert received == [list(range(1, 51))] * 2


async def test_order_is_kept_when_the_kernel_is_full_in_the_middle(
    settings: Settings, resources: Resources, ana: Actor, ben: Actor, shared_list: InsertedList
) -> None:
    list_id = shared_list.list_id

    async with (
        served(settings) as node,
        socket_of(node.socket_url, resources, ana) as slow,
        socket_of(node.socket_url, resources, ben) as quick,
    ):
        await follow(slow, shared_list)
        emitter = Emitter(node, shared_list)
        transport = emitter.transport_of(ana)
        assert transport.descriptor != NOT_DIRECT
        # Nobody can read before the test waits.
        while transport.descriptor != NOT_DIRECT:
            emitter.emit(FRAME_BYTES)
        full_at = emitter.seq
        for _ in range(5):
            emitter.emit()
        waiting, has_room = transport.waiting_bytes, transport.has_room
        await slow.receive_seq(list_id, full_at + 5)
        await wait_until(
            lambda: transport.descriptor != NOT_DIRECT, DEADLINE_SECONDS, "an empty write buffer"
        )
        await quick.subscribe((*shared_list, emitter.seq))
        emitter.emit()
        seqs = await slow.receive_seq(list_id, emitter.seq)

    assert full_at > 5
    assert waiting > 0
    assert has_room
    assert seqs == list(range(1, full_at + 7))


async def test_a_broken_socket_does_not_delay_those_after_it(
    settings: Settings, resources: Resources, ana: Actor, ben: Actor, shared_list: InsertedList
) -> None:
    list_id = shared_list.list_id

    async with (
        served(settings) as node,
        socket_of(node.socket_url, resources, ana) as first,
        peer_of(node) as peer,
        socket_of(node.socket_url, resources, ana) as last,
    ):
        await follow(first, shared_list)
        await peer.follow(resources, ben, shared_list)
        await follow(last, shared_list)
        emitter = Emitter(node, shared_list)
        broken = emitter.transport_of(ben)
        peer.reset()
        for _ in range(3):
            emitter.emit()
        received = [await it.receive_seq(list_id, 3) for it in (first, last)]
        realtime: RealtimeNode = node.app.state.realtime
        await wait_until(
            lambda: len(realtime.connections) == 2, DEADLINE_SECONDS, "forgetting the socket"
        )

    assert received == [[1, 2, 3]] * 2
    # Another socket may have the number now.
    assert broken.descriptor == NOT_DIRECT


async def test_nothing_follows_a_close_that_the_protocol_sends(
    settings: Settings, resources: Resources, ana: Actor, ana_list: InsertedList
) -> None:
    async with served(settings) as node, peer_of(node) as peer:
        await peer.follow(resources, ana, ana_list)
        emitter = Emitter(node, ana_list)
        transport = emitter.transport_of(ana)
        emitter.emit()
        # As at a shutdown, which the hub is not told of before the next turn of the event loop.
        transport.protocol.start_close(Close.GOING_AWAY)
        emitter.emit()
        transport.protocol.transport.close()
        rest = await peer.read_to_the_end()

    assert rest.count(b'"seq":') == 1
    assert rest.endswith(CLOSES[Close.GOING_AWAY].reason.encode())
    assert transport.descriptor == NOT_DIRECT


async def test_an_encrypted_socket_is_written_to_through_its_transport(
    settings: Settings,
    resources: Resources,
    ana: Actor,
    ana_list: InsertedList,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = "uvicorn.protocols.websockets.websockets_sansio_impl"
    monkeypatch.setattr(f"{module}.is_ssl", lambda transport: True)

    async with (
        served(settings) as node,
        socket_of(node.socket_url, resources, ana) as client,
    ):
        await follow(client, ana_list)
        emitter = Emitter(node, ana_list)
        descriptor = emitter.transport_of(ana).descriptor
        emitter.emit()
        seqs = await client.receive_seq(ana_list.list_id, 1)

    assert (descriptor, seqs) == (NOT_DIRECT, [1])


async def test_a_pong_that_the_server_does_not_read_yet_is_not_missing(
    settings: Settings, resources: Resources, ana: Actor, ana_list: InsertedList
) -> None:
    async with (
        served(settings) as node,
        socket_of(node.socket_url, resources, ana) as client,
    ):
        await follow(client, ana_list)
        emitter = Emitter(node, ana_list)
        connection, transport = emitter.connection_of(ana), emitter.transport_of(ana)
        now = monotonic()
        connection.check_deadlines(now + 26, lambda _: {})
        while transport.descriptor != NOT_DIRECT:
            emitter.emit(FRAME_BYTES)
        connection.check_deadlines(now + 40, lambda _: {})
        has_room, is_closed = transport.has_room, connection.is_closed

    assert has_room
    assert not is_closed


async def test_no_answer_follows_the_close_that_a_ping_brought_forward(
    settings: Settings, resources: Resources, ana: Actor, ana_list: InsertedList
) -> None:
    async with served(settings) as node, peer_of(node) as peer:
        await peer.follow(resources, ana, ana_list)
        unsubscribe = orjson.dumps({"id": 3, "type": "unsubscribe", "lists": [ana_list.list_id]})
        # In one packet: the protocol echoes the close together with the pong.
        await peer.send(
            client_frame(PING) + client_frame(TEXT, unsubscribe)
            + client_frame(CLOSE, (1000).to_bytes(2, "big"))
        )  # fmt: skip
        rest = await peer.read_to_the_end()

    assert rest == b"\x8a\x00\x88\x02" + (1000).to_bytes(2, "big")
