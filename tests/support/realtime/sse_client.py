"""A client of Server-Sent Events for tests: a bare connection, read as the standard says."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson

from shared.actor import Actor
from shared.resources import Resources
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.realtime.websocket_client import Frame, token_of


def events_path(list_id: str) -> str:
    return f"/lists/{list_id}/events"


@dataclass(frozen=True)
class ServerSentEvent:
    """What an EventSource would dispatch; `id` is the last one seen, as it keeps it."""

    name: str
    id: str
    frame: Frame


@dataclass
class StreamClient:
    """One streamed response, and every event it has received."""

    status: int
    headers: dict[str, str]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    events: list[ServerSentEvent] = field(default_factory=list)
    retry: int | None = None
    last_id: str = ""
    _text: bytes = b""

    async def receive(self, deadline: float = DEADLINE_SECONDS) -> ServerSentEvent:
        """Return the next event. Raise EOFError at the end of the response."""
        async with asyncio.timeout(deadline):
            while True:
                while b"\n\n" not in self._text:
                    self._text += await self._chunk()
                block, _, self._text = self._text.partition(b"\n\n")
                if event := self._parse(block.decode()):
                    self.events.append(event)
                    return event

    async def receive_named(self, name: str, deadline: float = DEADLINE_SECONDS) -> ServerSentEvent:
        async with asyncio.timeout(deadline):
            while (event := await self.receive(deadline)).name != name:
                pass
        return event

    async def receive_seq(self, seq: int, deadline: float = DEADLINE_SECONDS) -> list[int]:
        """Return the sequence numbers received, once `seq` is among them."""
        async with asyncio.timeout(deadline):
            while seq not in self.seqs():
                await self.receive(deadline)
        return self.seqs()

    async def receive_end(self, deadline: float = DEADLINE_SECONDS) -> ServerSentEvent:
        """Return the last event, once the response has ended as it should."""
        with contextlib.suppress(EOFError):
            while True:
                await self.receive(deadline)
        return self.events[-1]

    def seqs(self) -> list[int]:
        return [event.frame["seq"] for event in self.events if event.name == "message"]

    async def problem(self) -> Any:
        """Return the JSON of a response that is no stream."""
        size = int(self.headers["content-length"])
        return orjson.loads(await self.reader.readexactly(size))

    async def _chunk(self) -> bytes:
        size = int(await self.reader.readuntil(b"\r\n"), 16)
        data = await self.reader.readexactly(size)
        await self.reader.readexactly(2)
        if size == 0:
            raise EOFError
        return data

    def _parse(self, block: str) -> ServerSentEvent | None:
        name, data = "message", ""
        for line in block.split("\n"):
            key, _, value = line.partition(": ")
            match key:
                case "event":
                    name = value
                case "data":
                    data = value
                case "id":
                    self.last_id = value
                case "retry":
                    self.retry = int(value)
        return ServerSentEvent(name, self.last_id, orjson.loads(data)) if data else None


@asynccontextmanager
async def request_to(
    port: int, path: str, headers: dict[str, str], *, limit: int = 2**16
) -> AsyncIterator[StreamClient]:
    """Yield the response to a GET of /api/v1 + `path` once its head has arrived."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=limit)
        sent = {"Host": "localhost", "Accept": "text/event-stream"} | headers
        lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        writer.write(f"GET /api/v1{path} HTTP/1.1\r\n{lines}\r\n".encode())
        status, *received = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    pairs = (line.split(": ", 1) for line in received if line)
    client = StreamClient(
        int(status.split()[1]), {name.lower(): value for name, value in pairs}, reader, writer
    )
    try:
        yield client
    finally:
        writer.transport.abort()


@asynccontextmanager
async def stream_of(
    port: int,
    resources: Resources,
    actor: Actor,
    path: str,
    *,
    after: str = "",
    token: str = "",
    limit: int = 2**16,
) -> AsyncIterator[StreamClient]:
    """Yield the actor's stream, resumed after an event's id if given."""
    headers = {"Authorization": f"Bearer {token or token_of(resources, actor)}"}
    if after:
        headers["Last-Event-ID"] = after
    async with request_to(port, path, headers, limit=limit) as client:
        assert client.status == 200, await client.problem()
        yield client
