"""The clients of the soak: steady ones, passers-by, slow readers. Each checks what it hears.

A client keeps (epoch, seq) of its list and comes back from there, however it was closed. Position
1, 2, 3 … each once: anything else is counted as lost, doubled or reordered.
"""

import asyncio
import random
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

import orjson

from bench.connections import Ear, open_ear
from bench.environment import SharedList
from shared.actor import Actor
from shared.resources import Resources
from tests.support.realtime.websocket_client import token_of

_EVENT = re.compile(rb'"type":"event","list":"([0-9a-z]+)","seq":(\d+),')
# So little that a reader who pauses is soon felt by the server; the kernel doubles it.
SMALL_WINDOW_BYTES = 4096
# Short lives, so that many tokens expire on open sockets within the run.
TOKEN_LIVES = timedelta(minutes=4)
# As a client that is told to reconnect with jitter.
BACK_SECONDS = (0.2, 2.0)


@dataclass
class Tally:
    """What all clients heard, and how their sockets ended."""

    heard: int = 0
    wrong: int = 0
    resets: int = 0
    opened: int = 0
    renewed: int = 0
    closes: Counter[int | None] = field(default_factory=Counter)
    first_wrong: str = ""


class Client:
    """One person's socket on one list, through as many connections as it takes."""

    def __init__(self, resources: Resources, port: int, one: SharedList, tally: Tally) -> None:
        self.list = one
        self.seq = one.seq
        self._resources = resources
        self._port = port
        self._tally = tally
        self._ear: Ear | None = None
        self._gone = asyncio.Event()

    @property
    def is_open(self) -> bool:
        return self._ear is not None and self._ear.is_open

    async def connect(self, *, receive_bytes: int | None = None) -> None:
        """The socket is open, has said hello, and asked for what comes after `seq`."""
        self._gone.clear()
        self._ear = await open_ear(
            self._port, self._hear, self._closed, receive_bytes=receive_bytes
        )
        self._tally.opened += 1
        hello = {"id": 1, "type": "hello", "token": self._token(self.list.reader)}
        self._ear.say(orjson.dumps(hello))
        cursor = {"list": self.list.list_id, "epoch": self.list.epoch, "since": self.seq}
        self._ear.say(orjson.dumps({"id": 2, "type": "subscribe", "lists": [cursor]}))

    def _token(self, actor: Actor) -> str:
        return token_of(self._resources, actor, lives=TOKEN_LIVES)

    def _hear(self, ear: Ear, payload: bytes) -> None:
        for list_id, digits in _EVENT.findall(payload):
            seq = int(digits)
            self._tally.heard += 1
            if list_id.decode() != self.list.list_id or seq != self.seq + 1:
                self._tally.wrong += 1
                self._tally.first_wrong = self._tally.first_wrong or (
                    f"{list_id.decode()} {seq} after {self.seq} of {self.list.list_id}"
                )
            self.seq = seq
        if b'"type":"ping"' in payload:
            ear.say(b'{"type":"pong"}')
        if b'"type":"expiring"' in payload:
            token = self._token(self.list.reader)
            ear.say(orjson.dumps({"id": 3, "type": "auth", "token": token}))
        if b'"type":"authenticated"' in payload:
            self._tally.renewed += 1
        if b'"type":"reset"' in payload:
            self._tally.resets += 1

    def _closed(self, ear: Ear, code: int | None) -> None:
        self._tally.closes[code] += 1
        self._gone.set()

    async def until_closed(self) -> None:
        await self._gone.wait()

    def hang_up(self) -> None:
        if self._ear is not None:
            self._ear.close()

    def pause(self) -> None:
        if self._ear is not None:
            self._ear.stop_reading()

    def go_on(self) -> None:
        if self._ear is not None:
            self._ear.start_reading()


async def stay(client: Client) -> None:
    """The client is there all the time; whenever its socket ends, it comes back."""
    await _keep_coming(client, client.until_closed)


async def pass_by(client: Client, chance: random.Random) -> None:
    """The client comes for some seconds and goes without a word, again and again."""

    async def visit() -> None:
        await asyncio.sleep(chance.uniform(0.5, 8))
        client.hang_up()
        await asyncio.sleep(chance.uniform(0.5, 4))

    await _keep_coming(client, visit)


async def dawdle(client: Client, chance: random.Random) -> None:
    """The client reads for a while and then takes nothing for longer than the server waits."""

    async def doze() -> None:
        while client.is_open:
            await asyncio.sleep(chance.uniform(1, 5))
            client.pause()
            await asyncio.sleep(chance.choice((3, 8, 30)))
            client.go_on()

    await _keep_coming(client, doze, receive_bytes=SMALL_WINDOW_BYTES)


async def _keep_coming(
    client: Client,
    live: Callable[[], Awaitable[None]],
    *,
    receive_bytes: int | None = None,
) -> None:
    while True:
        try:
            await client.connect(receive_bytes=receive_bytes)
            await live()
        except (OSError, TimeoutError):
            client.hang_up()
        # Not a secret: it keeps clients apart.
        await asyncio.sleep(random.uniform(*BACK_SECONDS))  # noqa: S311
