"""Peers that use the WebSocket protocol only to hold resources: bare sockets, without a library."""

import asyncio

import pytest

from api import __main__ as entry_point
from api.http.http_protocol import HEAD_SECONDS
from realtime.limits import Limits
from realtime.node import RealtimeNode
from realtime.transports.websocket_protocol import EARLY_FRAMES, SocketProtocol
from shared.actor import Actor
from shared.contract.frames import Close
from shared.resources import Resources
from shared.settings import Settings
from tests.support.api_server import served
from tests.support.attack.raw_socket import frame, raw_socket
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.realtime.bare_peer import (
    CLOSE,
    CONTINUATION,
    HANDSHAKE,
    PING,
    PONG,
    client_frame,
    hello_of,
    peer_of,
)
from tests.support.realtime.limits import set_limits
from tests.support.realtime.slow_readers import write_large_events
from tests.support.realtime.websocket_client import InsertedList
from tests.support.services.processes import wait_until


@pytest.fixture
def protocols(monkeypatch: pytest.MonkeyPatch) -> list[SocketProtocol]:
    """The protocol objects of the sockets, in the order in which they connected."""
    connected: list[SocketProtocol] = []
    handle_connect = SocketProtocol.handle_connect

    def record(self: SocketProtocol, event: object) -> None:
        connected.append(self)
        handle_connect(self, event)  # type: ignore[arg-type]

    monkeypatch.setattr(SocketProtocol, "handle_connect", record)
    return connected


@pytest.fixture
def quick_abort(monkeypatch: pytest.MonkeyPatch) -> None:
    """Abort half a second after a close."""
    monkeypatch.setattr("realtime.transports.websocket_protocol.CLOSE_SECONDS", 0.5)


@pytest.mark.usefixtures("quick_abort")
async def test_a_stranger_who_pings_and_never_reads_is_aborted(
    settings: Settings, protocols: list[SocketProtocol], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_limits(monkeypatch, hello_seconds=1)
    monkeypatch.setattr("realtime.transports.websocket_protocol.EARLY_FRAMES", 10**9)

    async with served(settings) as node, peer_of(node) as peer:
        await peer.read_until(b"101")
        await peer.send_until_aborted(client_frame(PING, b"x" * 125) * 1000, 1)
        [protocol] = protocols
        waiting = 0 if protocol.disconnected else protocol.transport.get_write_buffer_size()
        await wait_until(lambda: protocol.disconnected, DEADLINE_SECONDS, "the abort")

    assert waiting < 1024 * 1024


@pytest.mark.usefixtures("quick_abort")
async def test_a_stranger_who_floods_before_the_hello_is_closed_and_aborted(
    settings: Settings, protocols: list[SocketProtocol]
) -> None:
    async with served(settings) as node, peer_of(node) as peer:
        await peer.read_until(b"101")
        await peer.send(client_frame(PONG) * (EARLY_FRAMES + 1))
        rest = await peer.read_to_the_end()

    assert Close.TOO_MANY_FRAMES.to_bytes(2, "big") in rest
    assert protocols[0].disconnected


@pytest.mark.usefixtures("quick_abort")
@pytest.mark.parametrize("kind", [PING, PONG, CONTINUATION])
async def test_a_frame_that_is_no_message_counts_like_one(
    settings: Settings, resources: Resources, ana: Actor, kind: int
) -> None:
    async with served(settings) as node, peer_of(node) as peer:
        await peer.read_until(b"101")
        await peer.send(hello_of(resources, ana))
        await peer.read_until(b'"welcome"')
        # A message without an end, in fragments of nothing.
        begin = client_frame(0x01, b"{") if kind == CONTINUATION else b""
        fragment = client_frame(0x00) if kind == CONTINUATION else client_frame(kind)
        await peer.send(begin + fragment * 200)
        rest = await peer.read_to_the_end()
        realtime: RealtimeNode = node.app.state.realtime
        await wait_until(lambda: not realtime.connections, DEADLINE_SECONDS, "forgetting it")

    assert Close.TOO_MANY_FRAMES.to_bytes(2, "big") in rest


@pytest.mark.usefixtures("quick_abort")
async def test_a_close_that_nobody_reads_does_not_keep_the_connection(
    settings: Settings,
    resources: Resources,
    ana: Actor,
    ana_list: InsertedList,
    protocols: list[SocketProtocol],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_limits(monkeypatch, progress_seconds=1, deadline_check_seconds=0.1)
    async with served(settings) as node, peer_of(node) as peer:
        await peer.follow(resources, ana, ana_list)
        await write_large_events(resources, ana_list.list_id, 600)
        [protocol] = protocols
        await wait_until(
            lambda: protocol.transport.get_write_buffer_size() > Limits.outbox_bytes,
            DEADLINE_SECONDS,
            "a full outbox",
        )
        # The server does not read it yet, since this peer does not read either.
        await peer.send(client_frame(CLOSE))
        await wait_until(lambda: protocol.disconnected, DEADLINE_SECONDS, "the abort")


async def test_sockets_leave_connections_for_requests(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entry_point, "MAX_CONNECTIONS", 40)

    async with served(settings) as node:
        opened = [peer_of(node) for _ in range(40)]
        peers = [await it.__aenter__() for it in opened]
        for peer in peers[:38]:
            await peer.read_until(b"101")
        refused = await peers[-1].read_to_the_end()
        async with asyncio.timeout(DEADLINE_SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
            writer.write(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = await reader.readline()
            writer.close()
        for it in opened:
            await it.__aexit__(None, None, None)

    assert b" 503 " in refused.splitlines()[0]
    assert b" 200 " in answer


UPGRADE = HANDSHAKE.removesuffix(b"\r\n")


@pytest.mark.parametrize(
    "head",
    [
        UPGRADE + b"Content-Length: 5\r\n\r\nhello",
        UPGRADE + b"Content-Length: 1000000\r\n\r\n",
        UPGRADE + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        UPGRADE + b"X-Long: " + b"x" * 9000 + b"\r\n\r\n",
        UPGRADE + b"X-Many: x\r\n" * 130 + b"\r\n",
    ],
    ids=["a body", "a body that never comes", "a chunked body", "a long line", "many lines"],
)
async def test_an_upgrade_that_cannot_be_read_is_refused_at_once(
    settings: Settings, head: bytes
) -> None:
    async with served(settings) as node:
        reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
        writer.write(head)
        async with asyncio.timeout(HEAD_SECONDS - 5):
            answer = await reader.read()
        writer.close()

    assert answer.startswith(b"HTTP/1.1 400 ")


async def test_an_upgrade_with_an_empty_body_is_accepted(settings: Settings) -> None:
    async with served(settings) as node:
        reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
        writer.write(UPGRADE + b"Content-Length: 0\r\n\r\n")
        async with asyncio.timeout(DEADLINE_SECONDS):
            status = await reader.readline()
        writer.close()

    assert b" 101 " in status


async def test_the_sender_of_a_frame_far_too_long_learns_why_it_was_closed(
    settings: Settings,
) -> None:
    async with served(settings) as node, raw_socket(node.port) as socket:
        assert await socket.read_status() == 101
        # More than all buffers hold: it is still being sent when the server closes.
        socket.writer.write(frame(b"x" * 12_000_000))
        await socket.writer.drain()
        answers = await socket.read_answers()

    assert answers.code == 1009
