"""A client of the WebSocket without a library: it reads when the test says so, and sends any bytes."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson

from shared.actor import Actor
from shared.contract.frames import SUBPROTOCOL
from shared.resources import Resources
from tests.support.api_server import InProcessNode
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.realtime.websocket_client import InsertedList, token_of

HANDSHAKE = (
    "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    f"Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
).encode()
TEXT, CONTINUATION, CLOSE, PING, PONG = 0x81, 0x80, 0x88, 0x89, 0x8A


def client_frame(kind: int, payload: bytes = b"") -> bytes:
    """Return a client's frame; its mask is zeros, which change nothing."""
    size = len(payload)
    head = (
        bytes((kind, 0x80 | size)) if size < 126 else bytes((kind, 0xFE)) + size.to_bytes(2, "big")
    )
    return head + b"\0\0\0\0" + payload


class Peer:
    def __init__(self, raw: socket.socket) -> None:
        self._raw = raw
        self._loop = asyncio.get_running_loop()

    async def send(self, data: bytes) -> None:
        async with asyncio.timeout(DEADLINE_SECONDS):
            await self._loop.sock_sendall(self._raw, data)

    async def send_until_aborted(self, data: bytes, seconds: float) -> bool:
        """Return True if the server ended the connection within the time."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    await self._loop.sock_sendall(self._raw, data)
        except TimeoutError:
            return False
        except OSError:
            return True

    async def read_to_the_end(self) -> bytes:
        """Return all that is still sent, until the connection is closed."""
        data = b""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while more := await self._read():
                data += more
        return data

    async def _read(self) -> bytes:
        try:
            return await self._loop.sock_recv(self._raw, 65_536)
        except ConnectionResetError:
            return b""

    def reset(self) -> None:
        """End the connection with a TCP reset, at once."""
        self._raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._raw.close()

    async def follow(self, resources: Resources, actor: Actor, followed: InsertedList) -> None:
        """Say hello and subscribe to the list from its beginning."""
        cursor = {"list": followed.list_id, "epoch": followed.epoch, "since": 0}
        subscribe = orjson.dumps({"id": 2, "type": "subscribe", "lists": [cursor]})
        await self.read_until(b"101")
        await self.send(hello_of(resources, actor) + client_frame(TEXT, subscribe))
        await self.read_until(b'"subscribed"')

    async def read_until(self, text: bytes) -> None:
        data = b""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while text not in data:
                more = await self._read()
                assert more, f"closed after {data!r}"
                data += more


@asynccontextmanager
async def peer_of(node: InProcessNode) -> AsyncIterator[Peer]:
    """Yield a bare connection that is being upgraded; it takes in little before it is read."""
    with socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.setblocking(False)
        await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", node.port))
        peer = Peer(raw)
        await peer.send(HANDSHAKE)
        yield peer


def hello_of(resources: Resources, actor: Actor) -> bytes:
    body = {"id": 1, "type": "hello", "token": token_of(resources, actor)}
    return client_frame(TEXT, orjson.dumps(body))
