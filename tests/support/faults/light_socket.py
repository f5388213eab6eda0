"""A WebSocket client at a tenth of the usual cost, so that thousands fit into one process.

It is the sans-I/O protocol of `websockets` on an asyncio transport, with a callback for each frame
instead of a task and a queue.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlsplit

import orjson
from websockets.client import ClientProtocol
from websockets.frames import Frame as WireFrame
from websockets.frames import Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from shared.contract.frames import SUBPROTOCOL
from tests.support.deadlines import DEADLINE_SECONDS

Frame = dict[str, Any]
# RFC 6455, section 7.1.5: the connection ended without a close frame.
ABNORMAL_CLOSURE = 1006


class RefusedError(Exception):
    """The server rejected the handshake, or closed the socket instead of welcoming it."""


class LightSocket(asyncio.Protocol):
    """One socket. `on_frame` is called with every frame, also with each frame of a batch.

    Pings are answered with a pong.
    """

    def __init__(self, url: str, on_frame: Callable[[Frame], None]) -> None:
        loop = asyncio.get_running_loop()
        self.url = url
        self.opened: asyncio.Future[None] = loop.create_future()
        # Done with the close code once the connection has ended.
        self.ended: asyncio.Future[int] = loop.create_future()
        self._on_frame = on_frame
        self._protocol = ClientProtocol(
            parse_uri(url), subprotocols=[Subprotocol(SUBPROTOCOL)], max_size=None
        )
        self._transport: asyncio.Transport | None = None
        self._id = 0

    # Called by asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._protocol.send_request(self._protocol.connect())
        self._flush()

    def data_received(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, WireFrame) and event.opcode is Opcode.TEXT:
                self._receive(orjson.loads(event.data))
            elif isinstance(event, Response) and not self.opened.done():
                self._end_handshake()
        self._flush()

    def eof_received(self) -> None:
        self._protocol.receive_eof()
        self._flush()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(RefusedError("the connection ended"))
        if not self.ended.done():
            self.ended.set_result(self._protocol.close_code or ABNORMAL_CLOSURE)

    # Called by tests

    def send(self, kind: str, **body: object) -> int:
        """Send a frame and return its id."""
        self._id += 1
        self._write({"id": self._id, "type": kind, **body})
        return self._id

    def _write(self, frame: Frame) -> None:
        # When a close frame and a ping arrive in one read, only the close frame is answered.
        if self._protocol.state is State.OPEN:
            self._protocol.send_text(orjson.dumps(frame))
            self._flush()

    def drop(self) -> None:
        """Abort the connection without a close handshake, as when the network is lost."""
        if self._transport is not None:
            self._transport.abort()

    def stop_reading(self) -> None:
        """Read nothing more from the connection, and keep it open."""
        assert self._transport is not None
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        assert self._transport is not None
        self._transport.resume_reading()

    def set_receive_buffer(self, size: int) -> None:
        """Limit the bytes that the kernel accepts before they are read, approximately, to `size`."""
        assert self._transport is not None
        raw = self._transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)

    def _end_handshake(self) -> None:
        if self._protocol.handshake_exc is not None:
            self.opened.set_exception(RefusedError(str(self._protocol.handshake_exc)))
        else:
            self.opened.set_result(None)

    def _receive(self, frame: Frame) -> None:
        if frame["type"] == "batch":
            for part in frame["frames"]:
                self._receive(part)
            return
        if frame["type"] == "ping":
            # A pong gets no answer, so it has no id: the server rejects a pong that has one.
            self._write({"type": "pong"})
        self._on_frame(frame)

    def _flush(self) -> None:
        if self._transport is None:
            return
        for data in self._protocol.data_to_send():
            if data:
                self._transport.write(data)
            else:
                self._transport.close()


async def open_socket(
    url: str, token: str, on_frame: Callable[[Frame], None], *, local_address: str | None = None
) -> LightSocket:
    """Return a welcomed socket. Raise RefusedError if the server rejects it, OSError if unreachable."""
    loop = asyncio.get_running_loop()
    parts = urlsplit(url)
    welcomed: asyncio.Future[None] = loop.create_future()

    def on_first_frame(frame: Frame) -> None:
        if frame["type"] == "welcome":
            welcomed.set_result(None)
        on_frame(frame)

    async with asyncio.timeout(DEADLINE_SECONDS):
        _, socket = await loop.create_connection(
            lambda: LightSocket(url, on_first_frame),
            parts.hostname or "",
            parts.port or 80,
            local_addr=(local_address, 0) if local_address else None,
        )
        try:
            await socket.opened
            socket.send("hello", token=token)
            either: list[asyncio.Future[Any]] = [welcomed, socket.ended]
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        except BaseException:
            socket.drop()
            raise
    if not welcomed.done():
        raise RefusedError(f"closed with {socket.ended.result()} instead of a welcome")
    return socket
