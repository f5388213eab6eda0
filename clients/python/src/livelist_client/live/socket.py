"""One connection to /ws: welcomed, frames in, frames out. It knows no cursors and reconnects never."""

import asyncio
import itertools
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import websockets

from livelist_client.limits import Limits
from livelist_client.rest.requests import is_loopback
from livelist_client.version import VERSION

SUBPROTOCOL = "livelist.v1"
# Of the WebSocket connection itself; the server's frames hold 200 events of at most some KiB each.
MAX_FRAME_BYTES = 64 * 1024 * 1024
# RFC 6455, section 7.1.5: the connection ended without a close frame.
ABNORMAL_CLOSURE = 1006
Frame = dict[str, Any]


class SocketClosed(Exception):
    """The connection ended, with this close code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"closed with {code}")
        self.code = code


class LiveSocket:
    def __init__(self, connection: websockets.ClientConnection) -> None:
        self._connection = connection
        self._ids = itertools.count(1)
        # Longest time without a frame; known from the welcome.
        self.silence_seconds = 0.0

    async def send(self, kind: str, **body: object) -> int:
        """Send a frame and return its id. Raise SocketClosed."""
        number = next(self._ids)
        await self._write({"id": number, "type": kind, **body})
        return number

    async def pong(self) -> None:
        # A pong gets no answer, so it has no id.
        await self._write({"type": "pong"})

    async def _write(self, frame: Frame) -> None:
        try:
            await self._connection.send(json.dumps(frame))
        except websockets.ConnectionClosed as closed:
            raise SocketClosed(_code_of(closed)) from None

    async def frames(self) -> AsyncIterator[Frame]:
        """Yield every frame, those of a batch one by one. Raise SocketClosed at the end."""
        while True:
            try:
                async with asyncio.timeout(self.silence_seconds or None):
                    message = await self._connection.recv()
            except websockets.ConnectionClosed as closed:
                raise SocketClosed(_code_of(closed)) from None
            except TimeoutError:
                # Half open: the peer is gone without a word.
                raise SocketClosed(ABNORMAL_CLOSURE) from None
            frame: Frame = json.loads(message)
            if frame["type"] == "batch":
                for part in frame["frames"]:
                    yield part
            else:
                yield frame


def _code_of(closed: websockets.ConnectionClosed) -> int:
    return closed.rcvd.code if closed.rcvd is not None else ABNORMAL_CLOSURE


@asynccontextmanager
async def open_socket(
    url: httpx.URL, token: str, limits: Limits, tls: ssl.SSLContext | None = None
) -> AsyncIterator[LiveSocket]:
    """Yield a welcomed socket.

    Raise SocketClosed if the server closed it instead, OSError, TimeoutError or
    websockets.InvalidHandshake if there is no connection.
    """
    scheme = "wss" if url.scheme == "https" else "ws"
    async with asyncio.timeout(limits.welcome_seconds):
        connection = await websockets.connect(
            f"{scheme}://{url.netloc.decode()}{url.path.rstrip('/')}/ws",
            subprotocols=[websockets.Subprotocol(SUBPROTOCOL)],
            # The server's pings are frames of its own, and it compresses nothing.
            ping_interval=None,
            compression=None,
            max_size=MAX_FRAME_BYTES,
            # A closed socket is left at once: everything that counts is in the cursors.
            close_timeout=1,
            user_agent_header=f"livelist-client/{VERSION}",
            proxy=None if is_loopback(url.host) else True,
            ssl=(tls or True) if scheme == "wss" else None,
        )
    try:
        socket = LiveSocket(connection)
        async with asyncio.timeout(limits.welcome_seconds):
            await socket.send("hello", token=token)
            welcome = await anext(socket.frames())
        if welcome["type"] != "welcome":
            raise SocketClosed(ABNORMAL_CLOSURE)
        socket.silence_seconds = welcome["heartbeat_seconds"] + limits.silence_seconds
        yield socket
    finally:
        await connection.close()
