"""Limits that only a real connection shows: framing, sizes, and slow clients."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from api.http import http_protocol, input_checks
from tests.support.api_server import InProcessNode
from tests.support.deadlines import DEADLINE_SECONDS


@dataclass
class RawConnection:
    """A TCP connection on which tests write and read bytes."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, *parts: bytes) -> None:
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()

    async def read_answer(self) -> tuple[int, bytes]:
        """Return the status of the next answer, and its head and body as one piece."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            head = await self.reader.readuntil(b"\r\n\r\n")
            status = int(head.split(b" ")[1])
            length = [
                header for header in head.lower().split(b"\r\n") if b"content-length" in header
            ]
            body = await self.reader.readexactly(int(length[0].split(b":")[1])) if length else b""
        return status, head + body

    async def is_closed(self) -> bool:
        async with asyncio.timeout(DEADLINE_SECONDS):
            try:
                return await self.reader.read() == b""
            except ConnectionResetError:
                return True


@asynccontextmanager
async def connect(server: InProcessNode) -> AsyncIterator[RawConnection]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        yield RawConnection(reader, writer)
    finally:
        writer.close()


HEAD = b"POST /api/v1/echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


async def test_a_chunked_body_is_joined(server: InProcessNode) -> None:
    async with connect(server) as connection:
        await connection.send(CHUNKED, chunk(b'{"tit'), chunk(b'le": "a"}'), b"0\r\n\r\n")
        status, answer = await connection.read_answer()

    assert status == 200
    assert answer.endswith(b'{"title":"a","more":null}')


async def test_a_chunked_body_has_the_same_limit(server: InProcessNode) -> None:
    async with connect(server) as connection:
        await connection.send(CHUNKED, *[chunk(b" " * 65536)] * 17)
        status, answer = await connection.read_answer()

    assert status == 413
    assert b"too_large" in answer


async def test_a_too_large_content_length_is_refused_before_the_body_is_sent(
    server: InProcessNode,
) -> None:
    async with connect(server) as connection:
        await connection.send(HEAD + b"Content-Length: 99999999999\r\n\r\n")
        status, _ = await connection.read_answer()

        assert status == 413
        assert await connection.is_closed()


async def test_a_client_that_expects_100_continue_gets_it(server: InProcessNode) -> None:
    async with connect(server) as connection:
        await connection.send(HEAD + b"Content-Length: 14\r\nExpect: 100-continue\r\n\r\n")
        assert await connection.read_answer() == (100, b"HTTP/1.1 100 Continue\r\n\r\n")
        await connection.send(b'{"title": "a"}')
        status, _ = await connection.read_answer()

    assert status == 200


async def test_a_connection_serves_many_requests(server: InProcessNode) -> None:
    request = HEAD + b'Content-Length: 14\r\n\r\n{"title": "a"}'
    async with connect(server) as connection:
        for _ in range(5):
            await connection.send(request)
            assert (await connection.read_answer())[0] == 200
        # Three requests in two pieces, split in the middle of a head.
        await connection.send((request * 3)[:100], (request * 3)[100:])
        for _ in range(3):
            assert (await connection.read_answer())[0] == 200


async def test_a_client_that_disconnects_in_the_middle_of_a_body_does_no_harm(
    server: InProcessNode,
) -> None:
    async with connect(server) as connection:
        await connection.send(HEAD + b"Content-Length: 1000\r\n\r\n{")

    async with connect(server) as connection:
        await connection.send(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert (await connection.read_answer())[0] == 200


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
    async with connect(server) as connection:
        await connection.send(head)
        status, _ = await connection.read_answer()

        assert status == 400
        assert await connection.is_closed()


@pytest.mark.parametrize(
    ("url", "host", "expected"),
    [
        (b"http://localhost/api/v1/site", b"localhost", 200),
        (b"http://localhost/api/v1/site", b"evil.example", 200),
        (b"http://evil.example/api/v1/site", b"localhost", 400),
        (b"HTTP://evil.example:80/api/v1/site", b"localhost", 400),
        (b"http://localhost@evil.example/api/v1/site", b"localhost", 400),
    ],
)
async def test_the_host_of_an_absolute_url_counts_and_not_the_header(
    server: InProcessNode, url: bytes, host: bytes, expected: int
) -> None:
    async with connect(server) as connection:
        await connection.send(b"GET " + url + b" HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")

        assert (await connection.read_answer())[0] == expected


async def test_http_1_0_without_a_host_is_refused(server: InProcessNode) -> None:
    async with connect(server) as connection:
        await connection.send(b"GET /api/v1/echo HTTP/1.0\r\n\r\n")
        status, answer = await connection.read_answer()

    assert status == 400
    assert b"unknown_host" in answer


@pytest.mark.parametrize(
    "header",
    [b"Cookie: " + b"a" * 40_000 + b"\r\n\r\n", b"Cookie: " + b"a" * 40_000, b"A: b\r\n" * 8000],
    ids=["one line", "a line without an end", "many lines"],
)
async def test_a_too_large_head_is_answered_with_431_and_closed(
    server: InProcessNode, header: bytes
) -> None:
    async with connect(server) as connection:
        await connection.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        # In pieces, as a network delivers them.
        for start in range(0, len(header), 8192):
            if connection.writer.is_closing():
                break
            connection.writer.write(header[start : start + 8192])
        status, _ = await connection.read_answer()

        assert status == 431


async def test_a_head_of_ordinary_size_may_come_byte_by_byte(server: InProcessNode) -> None:
    request = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nCookie: " + b"a" * 500 + b"\r\n\r\n"
    async with connect(server) as connection:
        for byte in request:
            await connection.send(bytes([byte]))
        assert (await connection.read_answer())[0] == 200


async def test_a_large_body_is_not_counted_as_head(server: InProcessNode) -> None:
    title = b"a" * 100_000
    body = b'{"title": "' + title + b'"}'
    async with connect(server) as connection:
        await connection.send(HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        assert (await connection.read_answer())[0] == 200
        await connection.send(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert (await connection.read_answer())[0] == 200


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost:"], ids=["nothing", "half a head"])
async def test_a_connection_without_a_complete_head_is_closed_in_time(
    server: InProcessNode, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 0.05)

    async with connect(server) as connection:
        await connection.send(sent)
        status, _ = await connection.read_answer()

        assert status == 408
        assert await connection.is_closed()


async def test_an_idle_connection_is_not_closed_as_a_slow_one(
    server: InProcessNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    protocols: list[http_protocol.BoundedHttpProtocol] = []
    expect_head = http_protocol.BoundedHttpProtocol._expect_head

    def record_and_expect(protocol: http_protocol.BoundedHttpProtocol) -> None:
        # The first head has all the time that it needs; no later limit has any.
        seconds = 0.0 if protocols else DEADLINE_SECONDS
        monkeypatch.setattr(http_protocol, "HEAD_SECONDS", seconds)
        protocols.append(protocol)
        expect_head(protocol)

    monkeypatch.setattr(http_protocol.BoundedHttpProtocol, "_expect_head", record_and_expect)
    request = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"

    async with connect(server) as connection:
        await connection.send(request)
        assert (await connection.read_answer())[0] == 200
        # Between two requests there is no such limit.
        done, _ = await asyncio.wait([asyncio.create_task(connection.reader.read(1))], timeout=0.1)
        assert not done
    [protocol] = protocols
    assert protocol._timer is None


async def test_a_body_that_does_not_arrive_is_answered_with_408(
    server: InProcessNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(input_checks, "BODY_TIMEOUT_SECONDS", 0.05)

    async with connect(server) as connection:
        await connection.send(HEAD + b"Content-Length: 1000\r\n\r\n{")
        status, answer = await connection.read_answer()

        assert status == 408
        assert b"too_slow" in answer
        assert await connection.is_closed()
