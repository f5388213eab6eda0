"""Bounds that only show on a real connection: framing, sizes, and clients that dawdle."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from api.http import uvicorn_protocol
from api.http.middleware import input_checks
from tests.support.api_server import InProcessNode

DEADLINE_SECONDS = 5


@dataclass
class Line:
    """One raw connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def say(self, *parts: bytes) -> None:
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()

    async def answer(self) -> tuple[int, bytes]:
        """Returns the status and all that follows it in the first answer."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            head = await self.reader.readuntil(b"\r\n\r\n")
            status = int(head.split(b" ")[1])
            length = [line for line in head.lower().split(b"\r\n") if b"content-length" in line]
            body = await self.reader.readexactly(int(length[0].split(b":")[1])) if length else b""
        return status, head + body

    async def is_hung_up(self) -> bool:
        async with asyncio.timeout(DEADLINE_SECONDS):
            try:
                return await self.reader.read() == b""
            except ConnectionResetError:
                return True


@asynccontextmanager
async def connect(server: InProcessNode) -> AsyncIterator[Line]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        yield Line(reader, writer)
    finally:
        writer.close()


HEAD = b"POST /api/v1/echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


async def test_a_chunked_body_is_put_together(server: InProcessNode) -> None:
    async with connect(server) as line:
        await line.say(CHUNKED, chunk(b'{"tit'), chunk(b'le": "a"}'), b"0\r\n\r\n")
        status, answer = await line.answer()

    assert status == 200
    assert answer.endswith(b'{"title":"a","more":null}')


async def test_a_chunked_body_has_the_same_limit(server: InProcessNode) -> None:
    async with connect(server) as line:
        await line.say(CHUNKED, *[chunk(b" " * 65536)] * 17)
        status, answer = await line.answer()

    assert status == 413
    assert b"too_large" in answer


async def test_an_announced_size_is_refused_before_anything_is_sent(server: InProcessNode) -> None:
    async with connect(server) as line:
        await line.say(HEAD + b"Content-Length: 99999999999\r\n\r\n")
        status, _ = await line.answer()

        assert status == 413
        assert await line.is_hung_up()


async def test_a_client_that_asks_first_is_told_to_go_on(server: InProcessNode) -> None:
    async with connect(server) as line:
        await line.say(HEAD + b"Content-Length: 14\r\nExpect: 100-continue\r\n\r\n")
        assert await line.answer() == (100, b"HTTP/1.1 100 Continue\r\n\r\n")
        await line.say(b'{"title": "a"}')
        status, _ = await line.answer()

    assert status == 200


async def test_a_connection_serves_request_after_request(server: InProcessNode) -> None:
    one = HEAD + b'Content-Length: 14\r\n\r\n{"title": "a"}'
    async with connect(server) as line:
        for _ in range(5):
            await line.say(one)
            assert (await line.answer())[0] == 200
        # Several at once, cut where it hurts.
        await line.say((one * 3)[:100], (one * 3)[100:])
        for _ in range(3):
            assert (await line.answer())[0] == 200


async def test_a_client_that_leaves_half_way_is_forgotten(server: InProcessNode) -> None:
    async with connect(server) as line:
        await line.say(HEAD + b"Content-Length: 1000\r\n\r\n{")

    async with connect(server) as line:
        await line.say(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert (await line.answer())[0] == 200


@pytest.mark.parametrize(
    "head",
    [
        b"GET /\xc3\xbc HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: local\0host\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"NONSENSE / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01",
        b"GET / HTTP/9.9\r\n\r\n",
    ],
    ids=lambda head: repr(head[:40]),
)
async def test_what_is_not_http_is_a_400(server: InProcessNode, head: bytes) -> None:
    async with connect(server) as line:
        await line.say(head)
        status, _ = await line.answer()

        assert status == 400
        assert await line.is_hung_up()


async def test_http_1_0_without_a_host_is_refused(server: InProcessNode) -> None:
    async with connect(server) as line:
        await line.say(b"GET /api/v1/echo HTTP/1.0\r\n\r\n")
        status, answer = await line.answer()

    assert status == 400
    assert b"unknown_host" in answer


@pytest.mark.parametrize(
    "header",
    [b"Cookie: " + b"a" * 40_000 + b"\r\n\r\n", b"Cookie: " + b"a" * 40_000, b"A: b\r\n" * 8000],
    ids=["one line", "a line without an end", "many lines"],
)
async def test_a_head_that_is_too_large_is_hung_up_on(server: InProcessNode, header: bytes) -> None:
    async with connect(server) as line:
        await line.say(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        # In pieces, as a network delivers it.
        for start in range(0, len(header), 8192):
            if line.writer.is_closing():
                break
            line.writer.write(header[start : start + 8192])
        status, _ = await line.answer()

        assert status == 431


async def test_a_head_of_ordinary_size_may_come_byte_by_byte(server: InProcessNode) -> None:
    request = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nCookie: " + b"a" * 500 + b"\r\n\r\n"
    async with connect(server) as line:
        for byte in request:
            await line.say(bytes([byte]))
        assert (await line.answer())[0] == 200


async def test_a_large_body_is_not_counted_as_head(server: InProcessNode) -> None:
    title = b"a" * 100_000
    body = b'{"title": "' + title + b'"}'
    async with connect(server) as line:
        await line.say(HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        assert (await line.answer())[0] == 200
        await line.say(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert (await line.answer())[0] == 200


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost:"], ids=["nothing", "half a head"])
async def test_a_connection_that_never_asks_is_hung_up_on(
    server: InProcessNode, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    monkeypatch.setattr(uvicorn_protocol, "HEAD_SECONDS", 0.05)

    async with connect(server) as line:
        await line.say(said)
        status, _ = await line.answer()

        assert status == 408
        assert await line.is_hung_up()


async def test_an_idle_connection_is_not_a_slow_one(
    server: InProcessNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uvicorn_protocol, "HEAD_SECONDS", 0.05)
    request = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"

    async with connect(server) as line:
        await line.say(request)
        assert (await line.answer())[0] == 200
        # Longer than a head may take: waiting for the next wish is no head.
        done, _ = await asyncio.wait([asyncio.create_task(line.reader.read(1))], timeout=0.2)
        assert not done


async def test_a_body_that_does_not_come_is_given_up(
    server: InProcessNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(input_checks, "BODY_TIMEOUT_SECONDS", 0.05)

    async with connect(server) as line:
        await line.say(HEAD + b"Content-Length: 1000\r\n\r\n{")
        status, answer = await line.answer()

        assert status == 408
        assert b"too_slow" in answer
        assert await line.is_hung_up()
