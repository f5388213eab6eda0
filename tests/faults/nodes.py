"""Real API processes, and a broker behind a line that can go dead."""

import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from shared.settings import Settings
from tests.services.processes import Child, running


@dataclass(frozen=True)
class Node:
    process: Child
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws"


@asynccontextmanager
async def api_process(settings: Settings, **changes: str) -> AsyncIterator[Node]:
    """Yields an API process on the database, broker and secret of the test, ready."""
    port = _free_port()
    environment = {
        "DATABASE_URL": settings.database_address,
        "DATA_DIR": str(settings.data_dir),
        "REDIS_URL": settings.redis_url,
        "PUBLIC_URL": settings.public_url,
        "PORT": str(port),
        "RATE_LIMITS": "false",
        "LOG_FORMAT": "text",
        **changes,
    }
    async with running("api", [sys.executable, "-m", "api"], environment) as process:
        await process.wait_for_http(f"http://127.0.0.1:{port}/health/live")
        yield Node(process, port)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


@dataclass
class Line:
    """A line to the broker. Dead: what is connected stays so, and nothing comes back on it."""

    port: int = 0
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)
    _dead: set[asyncio.StreamWriter] = field(default_factory=set)

    def go_dead(self) -> None:
        """Connections that exist are half open from now on; new ones work."""
        self._dead.update(self._writers)


@asynccontextmanager
async def line_to(port: int) -> AsyncIterator[Line]:
    """Yields a line to a port of this machine."""
    line = Line()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, back: bool) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if not (back and writer in line._dead):
                    writer.write(data)
                    await writer.drain()
        writer.close()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line._writers.append(writer)
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.TaskGroup() as group:
            group.create_task(carry(reader, up_writer, back=False))
            group.create_task(carry(up_reader, writer, back=True))

    server = await asyncio.start_server(connect, "127.0.0.1", 0)
    line.port = server.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        server.close()
        for writer in line._writers:
            writer.transport.abort()
