"""Minimal clients for the load benchmarks: HTTP/1.1 with keep-alive, and WebSocket, on asyncio.

A general client library costs as much for each request as the server, so it would measure itself.
These clients support only what our own servers send: answers with a Content-Length, and unfragmented
frames. A connection carries one request at a time, without pipelining.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import cast

CONNECT_SECONDS = 10.0
# RFC 6455 demands a mask for frames of a client. A mask of zeros leaves the payload unchanged.
_NO_MASK = b"\0\0\0\0"
_UPGRADE = (
    "GET /ws HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: livelist.v1\r\n\r\n"
)
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class HttpConnection(asyncio.Protocol):
    """One HTTP connection with keep-alive."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._answer: asyncio.Future[int] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A cast without a check, because the transports of uvloop do not inherit from asyncio's.
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError("closed before the answer"))

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def request(self, data: bytes) -> "asyncio.Future[int]":
        """Send a request; the future has the status once the whole answer has arrived."""
        if self._transport is None:
            raise ConnectionError("not open")
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(data)
        return self._answer

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
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(status)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


async def open_http_connection(port: int) -> HttpConnection:
    """Connect to a server on this machine."""
    async with asyncio.timeout(CONNECT_SECONDS):
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(HttpConnection, "127.0.0.1", port)
    return connection


def patch(port: int, path: str, token: str, key: str, body: bytes) -> bytes:
    """Return the bytes of a PATCH request with an Idempotency-Key, as a real client sends it."""
    return (
        f"PATCH {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
        f"Idempotency-Key: {key}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


class WebSocketConnection(asyncio.Protocol):
    """One WebSocket. `on_text` is called with each text frame, `on_close` with the close code."""

    def __init__(
        self,
        on_text: Callable[["WebSocketConnection", bytes], None],
        on_close: Callable[["WebSocketConnection", int | None], None] | None = None,
    ) -> None:
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.close_code: int | None = None
        self._on_text = on_text
        self._on_close = on_close
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A cast without a check, because the transports of uvloop do not inherit from asyncio's.
        self._transport = cast(asyncio.Transport, transport)
        host, port = transport.get_extra_info("peername")[:2]
        self._transport.write(_UPGRADE.format(host=host, port=port).encode())

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("closed in the handshake"))
        if self._on_close is not None:
            self._on_close(self, self.close_code)

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
        self._read_frames()

    def _read_frames(self) -> None:
        buffer, at = self._buffer, 0
        while len(buffer) - at >= 2:
            length, start = buffer[at + 1] & 127, at + 2
            if length == 126:
                length, start = int.from_bytes(buffer[at + 2 : at + 4], "big"), at + 4
            elif length == 127:
                length, start = int.from_bytes(buffer[at + 2 : at + 10], "big"), at + 10
            if start > len(buffer) or len(buffer) < start + length:
                break
            self._handle_frame(buffer[at] & 15, bytes(buffer[start : start + length]))
            at = start + length
        del buffer[:at]

    def _handle_frame(self, kind: int, payload: bytes) -> None:
        if kind == TEXT:
            self._on_text(self, payload)
        elif kind == PING:
            self._send(PONG, payload)
        elif kind == CLOSE:
            self.close_code = int.from_bytes(payload[:2], "big") if payload else None
            self._send(CLOSE, payload[:2])
            if self._transport is not None:
                self._transport.close()

    def send_text(self, text: bytes) -> None:
        """Send a text frame, or nothing if the socket is closed."""
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
        """Read nothing until start_reading(); the kernel's buffers fill up."""
        if self._transport is not None:
            self._transport.pause_reading()

    def start_reading(self) -> None:
        if self.is_open and self._transport is not None:
            self._transport.resume_reading()

    def close(self) -> None:
        """Abort the connection without a close handshake, as when the network is lost."""
        if self._transport is not None:
            self._transport.abort()


async def open_websocket(
    port: int,
    on_text: Callable[[WebSocketConnection, bytes], None],
    on_close: Callable[[WebSocketConnection, int | None], None] | None = None,
    *,
    receive_bytes: int | None = None,
) -> WebSocketConnection:
    """Open a WebSocket; `receive_bytes` is the size of its receive buffer in the kernel."""
    raw = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        raw.setblocking(False)
        if receive_bytes is not None:
            # Before connecting, because the offered TCP window follows from it.
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        async with asyncio.timeout(CONNECT_SECONDS):
            loop = asyncio.get_running_loop()
            await loop.sock_connect(raw, ("127.0.0.1", port))
            _, connection = await loop.create_connection(
                lambda: WebSocketConnection(on_text, on_close), sock=raw
            )
            await connection.opened
    except BaseException:
        raw.close()
        raise
    return connection
