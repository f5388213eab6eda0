"""Publishes what the load client wishes for: `python -m bench.fanout.publisher ORDERS`.

Wishes come on standard input, 8 bytes each: list and number, two native uint32. Each becomes an
event frame of docs/protocol.md of some 280 bytes, whose mutation is the mark that the client
counts and times by (client/tally.h), and goes in at the server's door, named in ORDERS (JSON).
What has been wished for meanwhile goes in together.
"""

import os
import socket
import sqlite3
import struct
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from pkgutil import resolve_name
from typing import Protocol

import orjson

from shared.actor import Actor
from shared.clock import SystemClock
from shared.contract.events import TodoPurged
from shared.contract.shapes import SiteRole
from shared.event_log import RecordedEvent, encode
from shared.ids import Epoch, SessionId, StreamId, UserId, new_id
from shared.pubsub import channel_of, encode_message

# Wishes taken at once, and so events of one transaction at most; a bulk edit has a hundred.
MOST_AT_ONCE = 128
WISH = struct.Struct("=II")
EVENT = TodoPurged(todo_id=new_id())

Wish = tuple[int, int]


@dataclass(frozen=True)
class Orders:
    """What a publisher is told, as JSON: its door, the broker, and what that door needs besides."""

    door: str  # module:class
    broker_port: int
    broker_password: str = field(repr=False)
    database: str = ""
    # Stream and epoch of each list.
    lists: tuple[tuple[str, str], ...] = ()
    nats_port: int = 0
    # A folder of packages that the door needs and the product does not have.
    packages: str = ""


class Door(Protocol):
    """Where messages go into a server."""

    def publish(self, wishes: Sequence[Wish]) -> None: ...


class Broker:
    """A connection on which only PUBLISH is said, and nothing is answered."""

    def __init__(self, port: int, password: str) -> None:
        self._line = socket.create_connection(("127.0.0.1", port))
        self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._line.sendall(f"AUTH {password}\r\nCLIENT REPLY OFF\r\n".encode())
        assert self._line.recv(64) == b"+OK\r\n", "the broker refused the password"

    def publish(self, messages: Iterable[tuple[str, bytes]]) -> None:
        """Publishes (channel, payload), all in one write."""
        self._line.sendall(
            b"".join(
                b"*3\r\n$7\r\nPUBLISH\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n"
                % (len(name), name.encode(), len(payload), payload)
                for name, payload in messages
            )
        )


class Author:
    """Makes the frames: the same event, for every server, as `event_log.encode` makes it."""

    def __init__(self) -> None:
        self._stream = StreamId(new_id())
        self._clock = SystemClock()
        self._actor = Actor(UserId(new_id()), "Ana", SessionId(new_id()), SiteRole.USER)

    def now(self) -> datetime:
        return self._clock.now()

    def frame(self, stream: StreamId, seq: int, at: datetime, wish: Wish) -> bytes:
        mark = f"bench@{time.monotonic_ns():019}.{wish[0]:05}.{wish[1]:09}"
        return encode(stream, seq, EVENT, at, self._actor, mark)

    def plain(self, wish: Wish) -> bytes:
        """Returns the frame for a server that knows neither streams nor positions."""
        return self.frame(self._stream, wish[1], self.now(), wish)


class PlainDoor:
    """`PUBLISH bench:<list> <frame>`: for servers that subscribe to the broker themselves."""

    def __init__(self, orders: Orders) -> None:
        self._broker = Broker(orders.broker_port, orders.broker_password)
        self._author = Author()

    def publish(self, wishes: Sequence[Wish]) -> None:
        self._broker.publish(
            (self.name(wish[0]), self.payload(wish[0], self._author.plain(wish))) for wish in wishes
        )

    def name(self, index: int) -> str:
        """Returns the channel of a list."""
        return f"bench:{index}"

    def payload(self, index: int, frame: bytes) -> bytes:
        """Returns what carries the frame to the list."""
        return frame


class OurDoor:
    """What another node of ours does: events and heads in one transaction, then the doorbell.

    In SQL and without SQLAlchemy: what is measured is fan-out, and this process shares its core
    with the client. It does not flush to disk either, so that no disk is measured.
    """

    def __init__(self, orders: Orders) -> None:
        self._broker = Broker(orders.broker_port, orders.broker_password)
        self._author = Author()
        self._lists = [(StreamId(one), Epoch(epoch)) for one, epoch in orders.lists]
        self._database = sqlite3.connect(orders.database, timeout=5, isolation_level=None)
        self._database.execute("PRAGMA synchronous = OFF")

    def publish(self, wishes: Sequence[Wish]) -> None:
        at = self._author.now()
        self._database.execute("BEGIN IMMEDIATE")
        recorded = [self._record(wish, at) for wish in wishes]
        self._database.execute("COMMIT")
        self._broker.publish((channel_of(one.stream), encode_message(one)) for one in recorded)

    def _record(self, wish: Wish, at: datetime) -> RecordedEvent:
        stream, epoch = self._lists[wish[0]]
        raised = self._database.execute(
            "UPDATE streams SET head = head + 1 WHERE id = ? RETURNING head", (stream,)
        )
        seq = int(raised.fetchone()[0])
        frame = self._author.frame(stream, seq, at, wish)
        self._database.execute(
            "INSERT INTO events (stream_id, seq, event, at, frame) VALUES (?, ?, ?, ?, ?)",
            (stream, seq, EVENT.name, at.strftime("%Y-%m-%d %H:%M:%S.%f"), frame.decode()),
        )
        return RecordedEvent(stream, epoch, seq, EVENT.name, at, frame)


def main() -> None:
    orders = Orders(**orjson.loads(Path(sys.argv[1]).read_bytes()))
    if orders.packages:
        sys.path.append(orders.packages)
    door: Door = resolve_name(orders.door)(orders)
    print("ready", flush=True)
    rest = b""
    while data := os.read(0, MOST_AT_ONCE * WISH.size):
        data = rest + data
        whole = len(data) - len(data) % WISH.size
        rest = data[whole:]
        door.publish([(index, number) for index, number in WISH.iter_unpack(data[:whole])])


if __name__ == "__main__":
    main()
