"""A proxy between a client and a node: cuts connections, and refuses new ones until it is mended.

Before it cuts them it can stop in the middle: pass on no more than `most_bytes` of what a client sends in
a connection, or with `keeps_answers` nothing of what the node answers.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class ClientProxy:
    """`target` is the port of the node; another one may take its place."""

    target: int
    port: int = 0
    is_cut: bool = False
    most_bytes: int | None = None
    keeps_answers: bool = False
    _refused: asyncio.Event = field(default_factory=asyncio.Event)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Abort every connection, and each new one."""
        self.is_cut = True
        self.abort()

    async def wait_for_refusal(self) -> None:
        """Wait until a connection was refused."""
        await self._refused.wait()

    def mend(self) -> None:
        self.is_cut = self.keeps_answers = False
        self.most_bytes = None

    def abort(self) -> None:
        """Abort every connection; new ones work."""
        for writer in self._writers:
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_cut:
            self._refused.set()
            writer.transport.abort()
            return
        try:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, up_writer}
        self._writers |= both
        await asyncio.gather(self._send(reader, up_writer), self._answer(up_reader, writer))
        self._writers -= both

    async def _send(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                passed += len(data)
                if self.most_bytes is not None and passed > self.most_bytes:
                    # The client fills the buffers of the connection, and waits.
                    return
                writer.write(data)
                await writer.drain()
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if self.keeps_answers:
                    continue
                writer.write(data)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def open_client_proxy(target: int) -> AsyncIterator[ClientProxy]:
    """Yield a proxy to a port of this machine."""
    proxy = ClientProxy(target)
    async with await asyncio.start_server(proxy.serve, "127.0.0.1", 0) as server:
        proxy.port = server.sockets[0].getsockname()[1]
        yield proxy
        proxy.cut()
