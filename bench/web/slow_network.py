"""A TCP proxy that is as slow as a network, and counts what passes it: requests and bytes.

Unlike the emulation of a browser's developer tools, it slows down all that the browser sends: also the
requests of service workers, and the opening of connections.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

_REQUEST = re.compile(rb"^[A-Z]+ (\S+) HTTP/1\.1\r\n", re.MULTILINE)
# Chunks of one connection that are under way: more than a connection holds at 8 Mbit/s and 100 ms.
_CHUNKS = 64
_CHUNK_BYTES = 16_384


@dataclass
class SlowNetwork:
    """`paths` and `received_bytes` count since the last call of reset()."""

    origin: str
    round_trip_seconds: float = 0.0
    bytes_per_second: float = float("inf")
    paths: list[str] = field(default_factory=list)
    received_bytes: int = 0
    # When the last byte of each direction has left: all connections share one line.
    _free_at: dict[bool, float] = field(default_factory=lambda: {True: 0.0, False: 0.0})

    def reset(self) -> None:
        self.paths.clear()
        self.received_bytes = 0

    async def serve(
        self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Pass on one connection to the port of this machine, until either side ends it."""
        # The handshake of TCP.
        await asyncio.sleep(self.round_trip_seconds)
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(
            self._pass_on(reader, up_writer, is_request=True),
            self._pass_on(up_reader, writer, is_request=False),
        )

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_request: bool
    ) -> None:
        chunks: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_CHUNKS)
        delivering = asyncio.create_task(_deliver(chunks, writer))
        with contextlib.suppress(OSError):
            while data := await reader.read(_CHUNK_BYTES):
                if is_request:
                    self.paths += [path.decode() for path in _REQUEST.findall(data)]
                else:
                    self.received_bytes += len(data)
                await chunks.put((self._arrival(len(data), is_request), data))
        await chunks.put((0.0, b""))
        await delivering

    def _arrival(self, size: int, is_request: bool) -> float:
        """Return when the last of so many bytes, sent now, arrives at the other side."""
        now = asyncio.get_running_loop().time()
        left_at = max(now, self._free_at[is_request]) + size / self.bytes_per_second
        self._free_at[is_request] = left_at
        return left_at + self.round_trip_seconds / 2


async def _deliver(
    chunks: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter
) -> None:
    """Write each chunk when it arrives; close after the empty one."""
    loop = asyncio.get_running_loop()
    with contextlib.suppress(OSError):
        while True:
            arrives_at, data = await chunks.get()
            if not data:
                break
            await asyncio.sleep(max(0.0, arrives_at - loop.time()))
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def slow_network(port: int, server_port: int) -> AsyncIterator[SlowNetwork]:
    """Yield a network between `port` and the server, at first as fast as this machine."""
    network = SlowNetwork(f"http://localhost:{port}")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await network.serve(server_port, reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", port)
    try:
        yield network
    finally:
        server.close()
