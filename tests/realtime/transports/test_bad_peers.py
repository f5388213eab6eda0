"""Peers that speak the WebSocket protocol only to hold on to what they cost: bare sockets, no library."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
import pytest

from api import __main__ as door
from realtime.limits import Limits
from realtime.node import RealtimeNode
from realtime.transports.websocket_protocol import EARLY_FRAMES, SocketProtocol
from shared.contract.frames import SUBPROTOCOL, Close
from shared.resources import Resources
from shared.settings import Settings
from tests.realtime.streams.test_slow_readers import write_much
from tests.support.api_server import InProcessNode, served
from tests.support.realtime.limits import set_limits
from tests.support.realtime.websocket_client import insert_list, token_of
from tests.support.services.processes import wait_until
from tests.support.world_builder import World

HANDSHAKE = (
    "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    f"Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
).encode()
TEXT, CONTINUATION, CLOSE, PING, PONG = 0x81, 0x80, 0x88, 0x89, 0x8A
# Far beyond anything that works: a test that waits so long has failed.
DEADLINE_SECONDS = 10


def frame(kind: int, payload: bytes = b"") -> bytes:
    """Returns a client's frame; the mask is zeros, which change nothing."""
    size = len(payload)
    head = (
        bytes((kind, 0x80 | size)) if size < 126 else bytes((kind, 0xFE)) + size.to_bytes(2, "big")
    )
    return head + b"\0\0\0\0" + payload


class Peer:
    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._loop = asyncio.get_running_loop()

    async def send(self, data: bytes) -> None:
        async with asyncio.timeout(DEADLINE_SECONDS):
            await self._loop.sock_sendall(self._line, data)

    async def send_until_cut(self, data: bytes, seconds: float) -> bool:
        """Tells whether the server cut the connection, or stopped taking, within the time."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    await self._loop.sock_sendall(self._line, data)
        except TimeoutError:
            return False
        except OSError:
            return True

    async def read_to_the_end(self) -> bytes:
        """Returns all that is still sent, until the connection is closed."""
        data = b""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while more := await self._read():
                data += more
        return data

    async def _read(self) -> bytes:
        try:
            return await self._loop.sock_recv(self._line, 65_536)
        except ConnectionResetError:
            return b""

    async def read_until(self, text: bytes) -> None:
        data = b""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while text not in data:
                more = await self._read()
                assert more, f"closed after {data!r}"
                data += more


@asynccontextmanager
async def peer_of(node: InProcessNode) -> AsyncIterator[Peer]:
    """Yields a bare connection that has been upgraded; it takes little before it is read."""
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.setblocking(False)
        await asyncio.get_running_loop().sock_connect(line, ("127.0.0.1", node.port))
        peer = Peer(line)
        await peer.send(HANDSHAKE)
        yield peer


@pytest.fixture
async def protocols(monkeypatch: pytest.MonkeyPatch) -> list[SocketProtocol]:
    """The protocol objects of the sockets, in the order in which they came."""
    found: list[SocketProtocol] = []
    connected = SocketProtocol.handle_connect

    def remember(self: SocketProtocol, event: object) -> None:
        found.append(self)
        connected(self, event)  # type: ignore[arg-type]

    monkeypatch.setattr(SocketProtocol, "handle_connect", remember)
    return found


def hello_of(resources: Resources, world_actor: object) -> bytes:
    body = {"id": 1, "type": "hello", "token": token_of(resources, world_actor)}  # type: ignore[arg-type]
    return frame(TEXT, orjson.dumps(body))


async def test_a_stranger_who_pings_and_never_reads_is_cut_off(
    settings: Settings, protocols: list[SocketProtocol], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_limits(monkeypatch, hello_seconds=1)
    monkeypatch.setattr("realtime.transports.websocket_protocol.CLOSE_SECONDS", 0.5)
    monkeypatch.setattr("realtime.transports.websocket_protocol.EARLY_FRAMES", 10**9)

    async with served(settings) as node, peer_of(node) as peer:
        await peer.read_until(b"101")
        await peer.send_until_cut(frame(PING, b"x" * 125) * 1000, 1)
        [protocol] = protocols
        held = 0 if protocol.disconnected else protocol.transport.get_write_buffer_size()
        await wait_until(lambda: protocol.disconnected, DEADLINE_SECONDS, "the cut")

    assert held < 1024 * 1024


async def test_a_stranger_who_floods_before_the_hello_is_told_and_cut_off(
    settings: Settings, protocols: list[SocketProtocol], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.transports.websocket_protocol.CLOSE_SECONDS", 0.5)

    async with served(settings) as node, peer_of(node) as peer:
        await peer.read_until(b"101")
        await peer.send(frame(PONG) * (EARLY_FRAMES + 1))
        rest = await peer.read_to_the_end()

    assert Close.TOO_MANY_FRAMES.to_bytes(2, "big") in rest
    assert protocols[0].disconnected


@pytest.mark.parametrize("kind", [PING, PONG, CONTINUATION])
async def test_what_is_no_message_counts_like_one(
    settings: Settings, resources: Resources, world: World, kind: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("realtime.transports.websocket_protocol.CLOSE_SECONDS", 0.5)
    ana = await world.user()

    async with served(settings) as node, peer_of(node) as peer:
        await peer.read_until(b"101")
        await peer.send(hello_of(resources, ana))
        await peer.read_until(b'"welcome"')
        # A message that goes on and on, in pieces of nothing.
        begin = frame(0x01, b"{") if kind == CONTINUATION else b""
        piece = frame(0x00) if kind == CONTINUATION else frame(kind)
        await peer.send(begin + piece * 200)
        rest = await peer.read_to_the_end()
        node_of: RealtimeNode = node.app.state.realtime
        await wait_until(lambda: not node_of.connections, DEADLINE_SECONDS, "forgetting it")

    assert Close.TOO_MANY_FRAMES.to_bytes(2, "big") in rest


async def test_a_goodbye_that_nobody_waits_for_does_not_keep_the_connection(
    settings: Settings, resources: Resources, world: World,
    protocols: list[SocketProtocol], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    set_limits(monkeypatch, progress_seconds=1, deadline_check_seconds=0.1)
    monkeypatch.setattr("realtime.transports.websocket_protocol.CLOSE_SECONDS", 0.5)
    ana = await world.user()
    list_id, epoch = await insert_list(resources, ana)
    cursor = {"list": list_id, "epoch": epoch, "since": 0}
    subscribe = orjson.dumps({"id": 2, "type": "subscribe", "lists": [cursor]})

    async with served(settings) as node, peer_of(node) as peer:
        await peer.read_until(b"101")
        await peer.send(hello_of(resources, ana) + frame(TEXT, subscribe))
        await peer.read_until(b'"subscribed"')
        await write_much(resources, list_id, 600)
        [protocol] = protocols
        await wait_until(
            lambda: protocol.transport.get_write_buffer_size() > Limits.outbox_bytes,
            DEADLINE_SECONDS,
            "a full outbox",
        )
        # Not read yet: who does not read is not listened to.
        await peer.send(frame(CLOSE))
        await wait_until(lambda: protocol.disconnected, DEADLINE_SECONDS, "the cut")


async def test_sockets_leave_room_for_requests(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "MAX_CONNECTIONS", 40)

    async with served(settings) as node:
        lines = [peer_of(node) for _ in range(40)]
        peers = [await line.__aenter__() for line in lines]
        for peer in peers[:38]:
            await peer.read_until(b"101")
        refused = await peers[-1].read_to_the_end()
        async with asyncio.timeout(DEADLINE_SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
            writer.write(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = await reader.readline()
            writer.close()
        for line in lines:
            await line.__aexit__(None, None, None)

    assert b" 503 " in refused.splitlines()[0]
    assert b" 200 " in answer
