"""A client's socket at a tenth of the usual cost: thousands of them fit into one process.

websockets' sans-I/O protocol on an asyncio transport: no task, no queue, a callback for each frame.
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

Frame = dict[str, Any]
# How long a handshake and a welcome may take in a storm on a busy machine.
OPEN_SECONDS = 30.0
# What the browser says when a connection just ends.
LOST = 1006


class RefusedError(Exception):
    """The handshake was answered with something else than a socket."""


class LightSocket(asyncio.Protocol):
    """One socket. `heard` gets every frame, those of a batch one by one; pings are answered."""

    def __init__(self, url: str, heard: Callable[[Frame], None]) -> None:
        loop = asyncio.get_running_loop()
        self.url = url
        self.opened: asyncio.Future[None] = loop.create_future()
        # The close code, once the connection is gone.
        self.ended: asyncio.Future[int] = loop.create_future()
        self._heard = heard
        self._protocol = ClientProtocol(
            parse_uri(url), subprotocols=[Subprotocol(SUBPROTOCOL)], max_size=None
        )
        self._transport: asyncio.Transport | None = None
        self._id = 0

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._protocol.send_request(self._protocol.connect())
        self._flush()

    def data_received(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, WireFrame) and event.opcode is Opcode.TEXT:
                self._take(orjson.loads(event.data))
            elif isinstance(event, Response) and not self.opened.done():
                self._open()
        self._flush()

    def eof_received(self) -> None:
        self._protocol.receive_eof()
        self._flush()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(RefusedError("the connection ended"))
        if not self.ended.done():
            self.ended.set_result(self._protocol.close_code or LOST)

    # Ours

    def say(self, kind: str, **body: object) -> int:
        """The frame is on its way; returns its id."""
        self._id += 1
        self._write({"id": self._id, "type": kind, **body})
        return self._id

    def _write(self, frame: Frame) -> None:
        # Whoever is told goodbye and a ping in one breath answers the goodbye.
        if self._protocol.state is State.OPEN:
            self._protocol.send_text(orjson.dumps(frame))
            self._flush()

    def drop(self) -> None:
        """The connection is gone without a goodbye, as in a tunnel."""
        if self._transport is not None:
            self._transport.abort()

    def stop_reading(self) -> None:
        """Nothing is taken from the connection any more, which stays open."""
        assert self._transport is not None
        self._transport.pause_reading()

    def go_on_reading(self) -> None:
        assert self._transport is not None
        self._transport.resume_reading()

    def receive_buffer(self, size: int) -> None:
        """The kernel takes in no more than about that before it is read."""
        assert self._transport is not None
        raw = self._transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)

    def _open(self) -> None:
        if self._protocol.handshake_exc is not None:
            self.opened.set_exception(RefusedError(str(self._protocol.handshake_exc)))
        else:
            self.opened.set_result(None)

    def _take(self, frame: Frame) -> None:
        if frame["type"] == "batch":
            for one in frame["frames"]:
                self._take(one)
            return
        if frame["type"] == "ping":
            # It answers nothing, so it has no number: with one it would be refused.
            self._write({"type": "pong"})
        self._heard(frame)

    def _flush(self) -> None:
        if self._transport is None:
            return
        for data in self._protocol.data_to_send():
            if data:
                self._transport.write(data)
            else:
                self._transport.close()


async def open_socket(url: str, token: str, heard: Callable[[Frame], None]) -> LightSocket:
    """Returns a socket that has been welcomed. Raises RefusedError, or OSError."""
    loop = asyncio.get_running_loop()
    parts = urlsplit(url)
    welcomed: asyncio.Future[None] = loop.create_future()

    def first(frame: Frame) -> None:
        if frame["type"] == "welcome":
            welcomed.set_result(None)
        heard(frame)

    async with asyncio.timeout(OPEN_SECONDS):
        _, socket = await loop.create_connection(
            lambda: LightSocket(url, first), parts.hostname or "", parts.port or 80
        )
        try:
            await socket.opened
            socket.say("hello", token=token)
            either: list[asyncio.Future[Any]] = [welcomed, socket.ended]
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        except BaseException:
            socket.drop()
            raise
    if not welcomed.done():
        raise RefusedError(f"closed with {socket.ended.result()} instead of a welcome")
    return socket
