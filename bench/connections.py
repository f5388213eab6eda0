"""The lean clients of the load benches: HTTP/1.1 with keep-alive, and the WebSocket. asyncio only.

A general client library costs as much per request as the server does, and then measures itself.
These know just what our own servers send: answers with a Content-Length, unfragmented frames. One
request is under way on a connection at a time; nothing is pipelined.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import cast

CONNECT_SECONDS = 10.0
# The mask of a client's frames, which the protocol demands, may be zero: the bytes stay as they are.
_NO_MASK = b"\0\0\0\0"
_UPGRADE = (
    "GET /ws HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: livelist.v1\r\n\r\n"
)
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class HttpConnection(asyncio.Protocol):
    """One keep-alive connection."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._answered: asyncio.Future[int] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Cast, not checked: uvloop's transports are of no class of asyncio's.
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(ConnectionError("closed before the answer"))

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def request(self, data: bytes) -> "asyncio.Future[int]":
        """Returns the status of the answer, when it is here whole."""
        if self._transport is None:
            raise ConnectionError("not open")
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(data)
        return self._answered

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._buffer[:end]).lower()
        _, _, after = head.partition(b"\r\ncontent-length:")
        length = int(after.split(b"\r\n", 1)[0]) if after else 0
        if len(self._buffer) < end + 4 + length:
            return
        status = int(head[9:12])
        del self._buffer[: end + 4 + length]
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(status)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


async def http_connection(port: int) -> HttpConnection:
    """Returns a connection to a server of this machine."""
    async with asyncio.timeout(CONNECT_SECONDS):
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(HttpConnection, "127.0.0.1", port)
    return connection


def patch(port: int, path: str, token: str, key: str, body: bytes) -> bytes:
    """Returns the bytes of a PATCH as a real client sends it, with an Idempotency-Key."""
    return (
        f"PATCH {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
        f"Idempotency-Key: {key}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


class Ear(asyncio.Protocol):
    """One WebSocket. Hands every text frame to `heard`, as bytes; `closed` is told the code."""

    def __init__(
        self,
        heard: Callable[["Ear", bytes], None],
        closed: Callable[["Ear", int | None], None] | None = None,
    ) -> None:
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.close_code: int | None = None
        self._heard = heard
        self._closed = closed
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Cast, not checked: uvloop's transports are of no class of asyncio's.
        self._transport = cast(asyncio.Transport, transport)
        host, port = transport.get_extra_info("peername")[:2]
        self._transport.write(_UPGRADE.format(host=host, port=port).encode())

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("closed in the handshake"))
        if self._closed is not None:
            self._closed(self, self.close_code)

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self.opened.done():
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            if not self._buffer.startswith(b"HTTP/1.1 101 "):
                self.close()
                return
            del self._buffer[: end + 4]
            self.opened.set_result(None)
        self._take_frames()

    def _take_frames(self) -> None:
        buffer, at = self._buffer, 0
        while len(buffer) - at >= 2:
            length, start = buffer[at + 1] & 127, at + 2
            if length == 126:
                length, start = int.from_bytes(buffer[at + 2 : at + 4], "big"), at + 4
            elif length == 127:
                length, start = int.from_bytes(buffer[at + 2 : at + 10], "big"), at + 10
            if start > len(buffer) or len(buffer) < start + length:
                break
            self._take(buffer[at] & 15, bytes(buffer[start : start + length]))
            at = start + length
        del buffer[:at]

    def _take(self, kind: int, payload: bytes) -> None:
        if kind == TEXT:
            self._heard(self, payload)
        elif kind == PING:
            self._send(PONG, payload)
        elif kind == CLOSE:
            self.close_code = int.from_bytes(payload[:2], "big") if payload else None
            self._send(CLOSE, payload[:2])
            if self._transport is not None:
                self._transport.close()

    def say(self, text: bytes) -> None:
        """Sends a text frame; nothing, when the socket is closed."""
        self._send(TEXT, text)

    def _send(self, kind: int, payload: bytes) -> None:
        if self._transport is None:
            return
        size = len(payload)
        head = bytes((0x80 | kind, 0x80 | size)) if size < 126 else (
            bytes((0x80 | kind, 0x80 | 126)) + size.to_bytes(2, "big")
        )  # fmt: skip
        self._transport.write(head + _NO_MASK + payload)

    def stop_reading(self) -> None:
        """What is sent to it stays on its way, until start_reading()."""
        if self._transport is not None:
            self._transport.pause_reading()

    def start_reading(self) -> None:
        if self.is_open and self._transport is not None:
            self._transport.resume_reading()

    def close(self) -> None:
        """Gone at once, without a goodbye: as a phone in a tunnel."""
        if self._transport is not None:
            self._transport.abort()


async def open_ear(
    port: int,
    heard: Callable[[Ear, bytes], None],
    closed: Callable[[Ear, int | None], None] | None = None,
    *,
    receive_bytes: int | None = None,
) -> Ear:
    """Returns an open socket. With few `receive_bytes` the kernel keeps little for it."""
    one = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        one.setblocking(False)
        if receive_bytes is not None:
            # Before connecting: the window that is offered follows from it.
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        async with asyncio.timeout(CONNECT_SECONDS):
            loop = asyncio.get_running_loop()
            await loop.sock_connect(one, ("127.0.0.1", port))
            _, ear = await loop.create_connection(lambda: Ear(heard, closed), sock=one)
            await ear.opened
    except BaseException:
        one.close()
        raise
    return ear
