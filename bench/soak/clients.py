"""The clients of the soak: permanent, intermittent and slow ones. Each checks what it receives.

A client keeps (epoch, seq) of its list and resumes from there, however its socket was closed. It must
receive position 1, 2, 3 …, each once; it counts every other event as wrong.
"""

import asyncio
import random
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

import orjson

from bench.connections import WebSocketConnection, open_websocket
from bench.environment import SharedList
from shared.actor import Actor
from shared.resources import Resources
from tests.support.realtime.websocket_client import token_of

_EVENT = re.compile(rb'"type":"event","list":"([0-9a-z]+)","seq":(\d+),')
# So small that the server soon notices a reader that pauses; the kernel doubles it.
SMALL_BUFFER_BYTES = 4096
# Short, so that many tokens expire on open sockets within the run.
TOKEN_LIFETIME = timedelta(minutes=4)
# The pause of a client that reconnects with jitter.
RECONNECT_SECONDS = (0.2, 2.0)


@dataclass
class DeliveryCount:
    """The events that all clients received, and how their sockets ended."""

    received: int = 0
    wrong: int = 0
    resets: int = 0
    opened: int = 0
    renewed: int = 0
    closes: Counter[int | None] = field(default_factory=Counter)
    first_wrong: str = ""


class Client:
    """The client of one user on one list, over any number of connections."""

    def __init__(
        self, resources: Resources, port: int, shared_list: SharedList, count: DeliveryCount
    ) -> None:
        self.list = shared_list
        self.seq = shared_list.seq
        self._resources = resources
        self._port = port
        self._count = count
        self._socket: WebSocketConnection | None = None
        self._closed = asyncio.Event()

    @property
    def is_open(self) -> bool:
        return self._socket is not None and self._socket.is_open

    async def connect(self, *, receive_bytes: int | None = None) -> None:
        """Open a socket and send hello and the subscription after `seq`, without awaiting answers."""
        self._closed.clear()
        self._socket = await open_websocket(
            self._port, self._on_text, self._on_close, receive_bytes=receive_bytes
        )
        self._count.opened += 1
        hello = {"id": 1, "type": "hello", "token": self._token(self.list.reader)}
        self._socket.send_text(orjson.dumps(hello))
        cursor = {"list": self.list.list_id, "epoch": self.list.epoch, "since": self.seq}
        self._socket.send_text(orjson.dumps({"id": 2, "type": "subscribe", "lists": [cursor]}))

    def _token(self, actor: Actor) -> str:
        return token_of(self._resources, actor, lives=TOKEN_LIFETIME)

    def _on_text(self, socket: WebSocketConnection, payload: bytes) -> None:
        for list_id, digits in _EVENT.findall(payload):
            seq = int(digits)
            self._count.received += 1
            if list_id.decode() != self.list.list_id or seq != self.seq + 1:
                self._count.wrong += 1
                self._count.first_wrong = self._count.first_wrong or (
                    f"{list_id.decode()} {seq} after {self.seq} of {self.list.list_id}"
                )
            self.seq = seq
        if b'"type":"ping"' in payload:
            socket.send_text(b'{"type":"pong"}')
        if b'"type":"expiring"' in payload:
            token = self._token(self.list.reader)
            socket.send_text(orjson.dumps({"id": 3, "type": "auth", "token": token}))
        if b'"type":"authenticated"' in payload:
            self._count.renewed += 1
        if b'"type":"reset"' in payload:
            self._count.resets += 1

    def _on_close(self, socket: WebSocketConnection, code: int | None) -> None:
        self._count.closes[code] += 1
        self._closed.set()

    async def wait_closed(self) -> None:
        await self._closed.wait()

    def abort(self) -> None:
        if self._socket is not None:
            self._socket.close()

    def stop_reading(self) -> None:
        if self._socket is not None:
            self._socket.stop_reading()

    def start_reading(self) -> None:
        if self._socket is not None:
            self._socket.start_reading()


async def stay_connected(client: Client) -> None:
    """Stay connected, and reconnect whenever the socket ends."""
    await _reconnect_forever(client, client.wait_closed)


async def connect_intermittently(client: Client, rng: random.Random) -> None:
    """Connect for some seconds and abort the connection, again and again."""

    async def visit() -> None:
        await asyncio.sleep(rng.uniform(0.5, 8))
        client.abort()
        await asyncio.sleep(rng.uniform(0.5, 4))

    await _reconnect_forever(client, visit)


async def read_slowly(client: Client, rng: random.Random) -> None:
    """Read for a while, then read nothing for longer than the server waits, again and again."""

    async def pause_repeatedly() -> None:
        while client.is_open:
            await asyncio.sleep(rng.uniform(1, 5))
            client.stop_reading()
            await asyncio.sleep(rng.choice((3, 8, 30)))
            client.start_reading()

    await _reconnect_forever(client, pause_repeatedly, receive_bytes=SMALL_BUFFER_BYTES)


async def _reconnect_forever(
    client: Client,
    while_connected: Callable[[], Awaitable[None]],
    *,
    receive_bytes: int | None = None,
) -> None:
    while True:
        try:
            await client.connect(receive_bytes=receive_bytes)
            await while_connected()
        except (OSError, TimeoutError):
            client.abort()
        # Not a secret: it spreads the clients.
        await asyncio.sleep(random.uniform(*RECONNECT_SECONDS))  # noqa: S311
