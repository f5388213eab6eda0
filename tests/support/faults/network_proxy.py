"""TCP proxies that break connections to the broker or to Postgres in a controlled way.

async with open_network_proxy(broker.port) as proxy:    the node connects to proxy.port
    proxy.freeze_connections()                          existing connections become half open
    proxy.disturb_messages(rng)                         drops, doubles and reorders messages

async with open_database_proxy(url) as proxy:           the client connects to proxy.url
    proxy.cut()                                         no connection carries bytes any more
"""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sqlalchemy import URL, make_url

DROPPED, DOUBLED, DELAYED = 0.05, 0.03, 0.10
_MESSAGE = b"*3\r\n$7\r\nmessage\r\n"


@dataclass
class NetworkProxy:
    """`disturbances` counts the published messages that were dropped, doubled and delayed."""

    port: int = 0
    disturbances: Counter[str] = field(default_factory=Counter)
    _rng: random.Random | None = None
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)
    _frozen: set[asyncio.StreamWriter] = field(default_factory=set)

    def freeze_connections(self) -> None:
        """Pass nothing more to the clients of the existing connections; new connections work."""
        self._frozen.update(self._writers)

    def disturb_messages(self, rng: random.Random) -> None:
        """Drop one message in twenty, double one in thirty, and delay one in ten past a later one."""
        self._rng = rng

    async def serve(
        self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Pass on the bytes of one client connection, to `port` and back, until either side ends."""
        self._writers.append(writer)
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", port)
        self._writers.append(up_writer)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pass_to_broker(reader, up_writer))
            group.create_task(self._pass_to_client(up_reader, writer))

    def abort(self) -> None:
        """Abort every connection."""
        for writer in self._writers:
            writer.transport.abort()

    async def _pass_to_broker(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def _pass_to_client(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        delayed: list[bytes] = []
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                reply = await _read_reply(reader)
                if writer not in self._frozen:
                    writer.writelines(self._disturb(reply, delayed))
                    await writer.drain()
        writer.close()

    def _disturb(self, reply: bytes, delayed: list[bytes]) -> list[bytes]:
        """Return the replies to pass on now, in this order."""
        if self._rng is None or not reply.startswith(_MESSAGE):
            return [reply]
        drawn = self._rng.random()
        if drawn < DROPPED:
            self.disturbances["dropped"] += 1
            return []
        if drawn < DROPPED + DELAYED:
            self.disturbances["delayed"] += 1
            delayed.append(reply)
            return []
        sent = [reply]
        if drawn < DROPPED + DELAYED + DOUBLED:
            self.disturbances["doubled"] += 1
            sent.append(reply)
        if delayed and self._rng.random() < 0.3:
            sent.append(delayed.pop())
        return sent


async def _read_reply(reader: asyncio.StreamReader) -> bytes:
    """Return one whole reply of the Redis protocol. Raise IncompleteReadError at the end."""
    line = await reader.readuntil(b"\r\n")
    kind, number = line[:1], line[1:-2]
    if kind == b"$" and number != b"-1":
        return line + await reader.readexactly(int(number) + 2)
    if kind == b"*" and number != b"-1":
        return line + b"".join([await _read_reply(reader) for _ in range(int(number))])
    return line


@asynccontextmanager
async def open_network_proxy(port: int) -> AsyncIterator[NetworkProxy]:
    """Yield a proxy to a port of this machine."""
    proxy = NetworkProxy()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await proxy.serve(port, reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.abort()


@dataclass
class DatabaseProxy:
    """A proxy to Postgres whose connections, once cut, stay open and carry nothing more.

    A connection on which the client sends `cut_at` is cut as well.
    """

    url: str = ""
    is_cut: bool = False
    cuts: int = 0
    cut_at: bytes = b""
    is_mended: bool = False
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)

    def cut(self) -> None:
        self.is_cut, self.cuts = True, self.cuts + 1

    def mend(self) -> None:
        """Let new connections work; the connections that were cut stay cut."""
        self.is_cut, self.is_mended = False, True

    async def serve(
        self, server: URL, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Pass on the bytes of one client connection to the server, and back."""
        server_reader, server_writer = await asyncio.open_connection(server.host, server.port)
        await asyncio.gather(
            self._pass_on(reader, server_writer), self._pass_on(server_reader, writer)
        )

    def close(self) -> None:
        for writer in self._writers:
            writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        is_lost, cuts_before = False, self.cuts
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                is_lost |= self.is_cut or self.cuts > cuts_before
                is_lost |= self.cut_at != b"" and self.cut_at in data
                if not is_lost:
                    writer.write(data)
        writer.close()


@asynccontextmanager
async def open_database_proxy(url: str) -> AsyncIterator[DatabaseProxy]:
    """Yield a proxy to the database at that address."""
    server_url, proxy = make_url(url), DatabaseProxy()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await proxy.serve(server_url, reader, writer)

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        near = server_url.set(host="127.0.0.1", port=port)
        proxy.url = near.render_as_string(hide_password=False)
        yield proxy
        proxy.close()
