"""The sockets that receive the events of edits, and check them."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from bench.connections import WebSocketConnection, open_websocket
from bench.environment import SharedList
from shared.clock import monotonic
from shared.resources import Resources
from tests.support.realtime.websocket_client import head_of, token_of

HANDSHAKE_SECONDS = 10.0


@dataclass(frozen=True)
class Faults:
    """Events that readers did not receive, received twice, or received after a later one."""

    lost: int
    doubled: int
    disordered: int

    @property
    def total(self) -> int:
        return self.lost + self.doubled + self.disordered


class Readers:
    """A socket of the reader of each list; `received_at` has the time of each edit's event."""

    def __init__(self, resources: Resources) -> None:
        self.received_at: dict[str, float] = {}
        self._resources = resources
        self._sockets: list[WebSocketConnection] = []
        self._answered: dict[WebSocketConnection, asyncio.Event] = {}
        # The sequence number of each list's last event.
        self._seqs: dict[str, int] = {}
        self._doubled = 0
        self._disordered = 0

    async def subscribe(self, ports: Sequence[int], lists: Sequence[SharedList]) -> None:
        """Open a socket for each list, on the ports in turn, and subscribe it from its head."""
        for number, shared_list in enumerate(lists):
            socket = await open_websocket(ports[number % len(ports)], self.on_text)
            self._sockets.append(socket)
            answered = self._answered[socket] = asyncio.Event()
            token = token_of(self._resources, shared_list.reader)
            epoch, seq = await head_of(self._resources, shared_list.list_id)
            self.expect_from(shared_list.list_id, seq)
            cursor = {"list": shared_list.list_id, "epoch": epoch, "since": seq}
            socket.send_text(orjson.dumps({"id": 1, "type": "hello", "token": token}))
            async with asyncio.timeout(HANDSHAKE_SECONDS):
                await answered.wait()
                answered.clear()
                socket.send_text(orjson.dumps({"id": 2, "type": "subscribe", "lists": [cursor]}))
                await answered.wait()

    def expect_from(self, list_id: str, seq: int) -> None:
        """Expect the events of the list after `seq`."""
        self._seqs[list_id] = seq

    def on_text(self, socket: WebSocketConnection, payload: bytes) -> None:
        now = monotonic()
        frame = orjson.loads(payload)
        for part in frame["frames"] if frame["type"] == "batch" else (frame,):
            if part["type"] == "event":
                self._on_event(part, now)
            elif part["type"] == "ping":
                socket.send_text(b'{"type":"pong"}')
            elif part["type"] in ("welcome", "subscribed"):
                self._answered[socket].set()

    def _on_event(self, event: dict[str, Any], now: float) -> None:
        name, seq = event["list"], event["seq"]
        if event["mutation"] in self.received_at:
            self._doubled += 1
        elif seq != self._seqs[name] + 1:
            self._disordered += 1
        self._seqs[name] = max(seq, self._seqs[name])
        self.received_at.setdefault(event["mutation"], now)

    def faults(self, answered: Collection[str]) -> Faults:
        """Return what is wrong with the events of these edits, which were answered with success."""
        lost = sum(mutation not in self.received_at for mutation in answered)
        return Faults(lost, self._doubled, self._disordered)

    def close(self) -> None:
        for socket in self._sockets:
            socket.close()
        self._sockets.clear()
