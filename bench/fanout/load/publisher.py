"""Publish the messages that the load client requests: `python -m bench.fanout.load.publisher CONFIG`.

Requests come on standard input, 8 bytes each: list and number, two native uint32. Each becomes an
event frame of docs/protocol.md of about 280 bytes. Its mutation is the mark by which the client counts
and times deliveries (client/delivery_count.h). CONFIG (JSON) names the class that publishes to the
server. Requests that arrive while it works are published together.
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

# The most requests read at once, and so events in one transaction; a bulk edit has a hundred.
MAX_BATCH = 128
PUBLISH_REQUEST = struct.Struct("=II")
EVENT = TodoPurged(todo_id=new_id())

PublishRequest = tuple[int, int]


@dataclass(frozen=True)
class PublisherConfig:
    """The configuration of the publisher process, passed as JSON."""

    publisher: str  # "module:class" of a Publisher
    broker_port: int
    broker_password: str = field(repr=False)
    database: str = ""
    # Stream and epoch of each list.
    lists: tuple[tuple[str, str], ...] = ()
    nats_port: int = 0
    # A folder of packages that the publisher needs and the product does not have.
    packages: str = ""


class Publisher(Protocol):
    """Publish messages to one kind of server."""

    def publish(self, requests: Sequence[PublishRequest]) -> None: ...


class BrokerConnection:
    """A connection that sends only PUBLISH and has switched replies off."""

    def __init__(self, port: int, password: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(f"AUTH {password}\r\nCLIENT REPLY OFF\r\n".encode())
        assert self._socket.recv(64) == b"+OK\r\n", "the broker refused the password"

    def publish(self, messages: Iterable[tuple[str, bytes]]) -> None:
        """Publish pairs of channel and payload in one write."""
        self._socket.sendall(
            b"".join(
                b"*3\r\n$7\r\nPUBLISH\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n"
                % (len(name), name.encode(), len(payload), payload)
                for name, payload in messages
            )
        )


class FrameFactory:
    """Create the same event frame for every server, with `event_log.encode`."""

    def __init__(self) -> None:
        self._stream = StreamId(new_id())
        self._clock = SystemClock()
        self._actor = Actor(UserId(new_id()), "Ana", SessionId(new_id()), SiteRole.USER)

    def now(self) -> datetime:
        return self._clock.now()

    def frame(self, stream: StreamId, seq: int, at: datetime, request: PublishRequest) -> bytes:
        mark = f"bench@{time.monotonic_ns():019}.{request[0]:05}.{request[1]:09}"
        return encode(stream, seq, EVENT, at, self._actor, mark)

    def plain(self, request: PublishRequest) -> bytes:
        """Return the frame for a server without streams and positions."""
        return self.frame(self._stream, request[1], self.now(), request)


class PlainPublisher:
    """Publish `bench:<list>` at the broker, for servers that subscribe to it."""

    def __init__(self, config: PublisherConfig) -> None:
        self._broker = BrokerConnection(config.broker_port, config.broker_password)
        self._frames = FrameFactory()

    def publish(self, requests: Sequence[PublishRequest]) -> None:
        self._broker.publish(
            (self.channel(request[0]), self.payload(request[0], self._frames.plain(request)))
            for request in requests
        )

    def channel(self, index: int) -> str:
        """Return the channel of a list."""
        return f"bench:{index}"

    def payload(self, index: int, frame: bytes) -> bytes:
        """Return the message that carries the frame to the list."""
        return frame


class LivelistPublisher:
    """Do what another Livelist node does: commit events and heads, then publish event messages.

    It uses SQL without SQLAlchemy, because fan-out is measured and this process shares its core with
    the client. It does not flush to disk, so that the disk is not measured.
    """

    def __init__(self, config: PublisherConfig) -> None:
        self._broker = BrokerConnection(config.broker_port, config.broker_password)
        self._frames = FrameFactory()
        self._lists = [(StreamId(list_id), Epoch(epoch)) for list_id, epoch in config.lists]
        self._database = sqlite3.connect(config.database, timeout=5, isolation_level=None)
        self._database.execute("PRAGMA synchronous = OFF")

    def publish(self, requests: Sequence[PublishRequest]) -> None:
        at = self._frames.now()
        self._database.execute("BEGIN IMMEDIATE")
        recorded = [self._record(request, at) for request in requests]
        self._database.execute("COMMIT")
        self._broker.publish(
            (channel_of(event.stream), encode_message(event)) for event in recorded
        )

    def _record(self, request: PublishRequest, at: datetime) -> RecordedEvent:
        stream, epoch = self._lists[request[0]]
        raised = self._database.execute(
            "UPDATE streams SET head = head + 1 WHERE id = ? RETURNING head", (stream,)
        )
        seq = int(raised.fetchone()[0])
        frame = self._frames.frame(stream, seq, at, request)
        self._database.execute(
            "INSERT INTO events (stream_id, seq, event, at, frame) VALUES (?, ?, ?, ?, ?)",
            (stream, seq, EVENT.name, at.strftime("%Y-%m-%d %H:%M:%S.%f"), frame.decode()),
        )
        return RecordedEvent(stream, epoch, seq, EVENT.name, at, frame)


def main() -> None:
    config = PublisherConfig(**orjson.loads(Path(sys.argv[1]).read_bytes()))
    if config.packages:
        sys.path.append(config.packages)
    publisher: Publisher = resolve_name(config.publisher)(config)
    print("ready", flush=True)
    rest = b""
    while data := os.read(0, MAX_BATCH * PUBLISH_REQUEST.size):
        data = rest + data
        whole = len(data) - len(data) % PUBLISH_REQUEST.size
        rest = data[whole:]
        publisher.publish(
            [(index, number) for index, number in PUBLISH_REQUEST.iter_unpack(data[:whole])]
        )


if __name__ == "__main__":
    main()
