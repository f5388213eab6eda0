"""A line to the broker that can go dead, and that can be rude to what is published.

async with line_to(broker.port) as line:      a node is told that the broker is at line.port
    line.go_dead()                            what is connected stays so, and hears nothing more
    line.be_rude(dice)                        drops, doubles and reorders what subscribers hear
"""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

DROPPED, DOUBLED, DELAYED = 0.05, 0.03, 0.10
_MESSAGE = b"*3\r\n$7\r\nmessage\r\n"


@dataclass
class NetworkProxy:
    """`done` counts what was done to published messages on their way down."""

    port: int = 0
    done: Counter[str] = field(default_factory=Counter)
    _dice: random.Random | None = None
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)
    _dead: set[asyncio.StreamWriter] = field(default_factory=set)

    def go_dead(self) -> None:
        """Connections that exist are half open from now on; new ones work."""
        self._dead.update(self._writers)

    def be_rude(self, dice: random.Random) -> None:
        """One message in twenty is dropped, one in thirty doubled, and one in ten is overtaken."""
        self._dice = dice

    async def _up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def _down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        late: list[bytes] = []
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                reply = await _reply(reader)
                if writer not in self._dead:
                    writer.writelines(self._treat(reply, late))
                    await writer.drain()
        writer.close()

    def _treat(self, reply: bytes, late: list[bytes]) -> list[bytes]:
        """Returns what is passed on now, in this order."""
        if self._dice is None or not reply.startswith(_MESSAGE):
            return [reply]
        throw = self._dice.random()
        if throw < DROPPED:
            self.done["dropped"] += 1
            return []
        if throw < DROPPED + DELAYED:
            self.done["delayed"] += 1
            late.append(reply)
            return []
        sent = [reply]
        if throw < DROPPED + DELAYED + DOUBLED:
            self.done["doubled"] += 1
            sent.append(reply)
        if late and self._dice.random() < 0.3:
            sent.append(late.pop())
        return sent


async def _reply(reader: asyncio.StreamReader) -> bytes:
    """Returns one reply of the broker, whole. Raises IncompleteReadError at the end."""
    line = await reader.readuntil(b"\r\n")
    kind, number = line[:1], line[1:-2]
    if kind == b"$" and number != b"-1":
        return line + await reader.readexactly(int(number) + 2)
    if kind == b"*" and number != b"-1":
        return line + b"".join([await _reply(reader) for _ in range(int(number))])
    return line


@asynccontextmanager
async def open_network_proxy(port: int) -> AsyncIterator[NetworkProxy]:
    """Yields a line to a port of this machine."""
    line = NetworkProxy()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line._writers.append(writer)
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", port)
        line._writers.append(up_writer)
        async with asyncio.TaskGroup() as group:
            group.create_task(line._up(reader, up_writer))
            group.create_task(line._down(up_reader, writer))

    server = await asyncio.start_server(connect, "127.0.0.1", 0)
    line.port = server.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        server.close()
        for writer in line._writers:
            writer.transport.abort()
