"""HTTP that a hostile client writes itself: two readings of a request, false addresses, huge heads.

Each request ends with a second one, which must be answered as itself or not at all: no byte of a body may
be read as a request.
"""

import asyncio
import contextlib
from collections.abc import Iterator
from typing import NamedTuple

from tests.support.attack.tally import Tally
from tests.support.attack.target import Target
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.faults.api_nodes import api_process

# Each waits a moment for a second answer, so they wait together.
AT_ONCE = 8
SMUGGLED = b"GET /health/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"
HOST = b"Host: localhost\r\n"
JSON = b"Content-Type: application/json\r\n"
LOGIN = b"POST /api/v1/auth/login HTTP/1.1\r\n" + HOST + JSON
# A sign-in that fails; ten of a network are allowed for an account in a quarter of an hour.
ATTEMPTS, ALLOWED = 30, 10


class RawCase(NamedTuple):
    name: str
    data: bytes
    # The statuses that the first answer may have.
    statuses: tuple[int, ...] = (400,)


def cases() -> Iterator[RawCase]:
    get = b"GET /health/live HTTP/1.1\r\n"
    size = str(len(SMUGGLED)).encode()
    yield RawCase(
        "two lengths", LOGIN + b"Content-Length: 2\r\nContent-Length: 50\r\n\r\n{}" + SMUGGLED
    )
    yield RawCase(
        "two equal lengths", LOGIN + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}" + SMUGGLED
    )
    yield RawCase("lengths in one line", LOGIN + b"Content-Length: 2, 2\r\n\r\n{}" + SMUGGLED)
    yield RawCase(
        "length and chunks",
        LOGIN
        + b"Content-Length: "
        + size
        + b"\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        + SMUGGLED,
    )
    yield RawCase(
        "chunks and length",
        LOGIN + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n" + SMUGGLED,
    )
    for name in (
        b"xchunked",
        b"chunked, identity",
        b"identity",
        b"chunked, chunked",
        b"\x0bchunked",
        b"chunked\x00",
        b'"chunked"',
    ):
        yield RawCase(
            f"encoding {name!r}",
            LOGIN + b"Transfer-Encoding: " + name + b"\r\n\r\n0\r\n\r\n" + SMUGGLED,
            (400, 415, 422, 501),
        )
    yield RawCase(
        "encoding twice",
        LOGIN
        + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"
        + SMUGGLED,
        (400, 501),
    )
    for head in (
        b"Content-Length : 2",
        b" Content-Length: 2",
        b"Content-Length\t: 2",
        b"Content_Length: 2\r\nContent-Length: +2",
        b"Content-Length: 0x2",
        b"Content-Length: 2e0",
        b"Content-Length: -2",
        b"Content-Length: 99999999999999999999999",
        b"Content-Length:",
    ):
        yield RawCase(f"head {head!r}", LOGIN + head + b"\r\n\r\n{}" + SMUGGLED, (400, 413))
    for chunk in (
        b"-2",
        b"0x2",
        b"2 ",
        b"+2",
        b"g",
        b"2;" + b"x" * 70_000,
        b"2\n{}\n0\n",
    ):
        yield RawCase(
            f"chunk size {chunk[:12]!r}",
            LOGIN + b"Transfer-Encoding: chunked\r\n\r\n" + chunk + b"\r\n{}\r\n0\r\n\r\n",
            (400, 413, 422),
        )
    yield RawCase("folded header", get + HOST + b"X-A: b\r\n c: d\r\n\r\n", (200, 400))
    yield RawCase("bare CR in a value", get + HOST + b"X-A: b\rX-B: c\r\n\r\n")
    yield RawCase("NUL in a value", get + HOST + b"X-A: b\x00\r\n\r\n")
    yield RawCase("NUL in a name", get + HOST + b"X\x00A: b\r\n\r\n")
    yield RawCase("space in a name", get + HOST + b"X A: b\r\n\r\n")
    yield RawCase("no name", get + HOST + b": b\r\n\r\n")
    yield RawCase("no colon", get + HOST + b"Nothing\r\n\r\n")
    yield RawCase(
        "escaped CRLF in the path",
        b"GET /api/v1/lists/%0d%0aX-A:%20b HTTP/1.1\r\n" + HOST + b"\r\n",
        (401, 404),
    )
    yield RawCase(
        "escaped CRLF, redirected",
        b"GET /api/v1/lists/%0d%0aX-A:%20b/ HTTP/1.1\r\n" + HOST + b"\r\n",
        (308, 401, 404),
    )
    yield RawCase(
        "two slashes, redirected",
        b"GET //evil.example/api/v1/lists/ HTTP/1.1\r\n" + HOST + b"\r\n",
        (400, 404),
    )
    yield RawCase(
        "dots in the path",
        b"GET /web/../../shared/ids.py HTTP/1.1\r\n" + HOST + b"\r\n",
        (400, 404),
    )
    yield RawCase(
        "escaped dots",
        b"GET /web/%2e%2e/%2e%2e/shared/ids.py HTTP/1.1\r\n" + HOST + b"\r\n",
        (400, 404),
    )
    yield RawCase(
        "absolute form, foreign",
        b"GET http://evil.example/api/v1/site HTTP/1.1\r\n" + HOST + b"\r\n",
        (400, 404),
    )
    yield RawCase(
        "authority form", b"CONNECT localhost:80 HTTP/1.1\r\n" + HOST + b"\r\n", (400, 404, 405)
    )
    yield RawCase("asterisk form", b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n", (400, 404, 405))
    for host in (
        b"evil.example",
        b"localhost.evil.example",
        b"evil.example:8000",
        b"localhost@evil.example",
        b"localhost, evil.example",
        b"",
        b"[::1",
        b"localhost:80:80",
        b"localhost/evil",
        b"\xff",
    ):
        yield RawCase(f"host {host!r}", b"GET /api/v1/site HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")
    yield RawCase(
        "two hosts", b"GET /api/v1/site HTTP/1.1\r\n" + HOST + b"Host: evil.example\r\n\r\n"
    )
    yield RawCase(
        "two hosts, the foreign first",
        b"GET /api/v1/site HTTP/1.1\r\nHost: evil.example\r\n" + HOST + b"\r\n",
    )
    yield RawCase("no host", b"GET /api/v1/site HTTP/1.1\r\n\r\n")
    yield RawCase(
        "forwarded host",
        b"GET /api/v1/site HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: localhost\r\n\r\n",
    )
    yield RawCase("huge header", get + HOST + b"X-A: " + b"x" * 40_000 + b"\r\n\r\n", (431,))
    yield RawCase("many headers", get + HOST + b"X-A: b\r\n" * 5000 + b"\r\n", (431,))
    yield RawCase("huge path", b"GET /" + b"x" * 40_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", (431,))
    yield RawCase("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    yield RawCase(
        "upgrade to h2c",
        get
        + HOST
        + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
        (200, 400, 426),
    )
    yield RawCase(
        "upgrade to h2c with a body",
        LOGIN + b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\n{}",
        (400, 422, 426),
    )
    yield RawCase("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 100)
    yield RawCase(
        "method override",
        b"POST /api/v1/site HTTP/1.1\r\n"
        + HOST
        + b"X-HTTP-Method-Override: GET\r\nContent-Length: 0\r\n\r\n",
        (405,),
    )
    yield RawCase(
        "TRACE", b"TRACE /health/live HTTP/1.1\r\n" + HOST + b"Cookie: a=b\r\n\r\n", (400, 405)
    )


async def run(target: Target, tally: Tally) -> None:
    places = asyncio.Semaphore(AT_ONCE)
    async with asyncio.TaskGroup() as group:
        for case in cases():
            group.create_task(_try(target, tally, case, places))
    # It takes an API process of its own, and a sign-in costs a tenth of a second.
    if not target.is_quick:
        await _try_forwarded_addresses(target, tally)


async def _try(target: Target, tally: Tally, case: RawCase, places: asyncio.Semaphore) -> None:
    async with places:
        with tally.attempt(case.name):
            answer = await _exchange(target.node.port, case.data)
            target.record("anonymous", f"raw {case.name}", answer.decode("latin-1"))
            assert answer, "no answer"
            status = int(answer.split(b" ")[1])
            tally.refused += 400 <= status < 500
            assert status in case.statuses, f"{status} {answer[:300]!r}"
            assert b"\r\nX-A:" not in answer, f"a header was injected: {answer[:300]!r}"
            assert b"evil.example" not in answer, f"a foreign name came back: {answer[:300]!r}"
            # A 404 for the path of the second request: it was read from the body of the first.
            assert b" 404 " not in answer.split(b"\r\n\r\n", 1)[1], "a body was read as a request"


async def _exchange(port: int, data: bytes) -> bytes:
    """Send, and return what comes until the server closes, or is silent after a whole answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    received = b""
    try:
        with contextlib.suppress(ConnectionError):
            writer.write(data)
            await writer.drain()
        with contextlib.suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(DEADLINE_SECONDS):
                received = await reader.readuntil(b"\r\n\r\n")
            async with asyncio.timeout(0.3):  # a second answer comes in milliseconds
                while more := await reader.read(65_536):
                    received += more
    except asyncio.IncompleteReadError as error:
        received += error.partial
    finally:
        writer.close()
    return received


async def _try_forwarded_addresses(target: Target, tally: Tally) -> None:
    """A client that names another address in each request is still one network."""
    body = b'{"email":"ana@example.com","password":"a wrong password"}'
    async with api_process(
        target.settings, RATE_LIMITS="true", SECRET_KEY=target.secrets["SECRET_KEY"]
    ) as node:
        for header in (
            "X-Forwarded-For",
            "Forwarded",
            "X-Real-IP",
            "X-Client-IP",
            "CF-Connecting-IP",
        ):
            with tally.attempt(f"rate limit with {header}"):
                statuses = []
                for number in range(ATTEMPTS if header == "X-Forwarded-For" else 2):
                    address = f"203.0.113.{number}"
                    value = f"for={address}" if header == "Forwarded" else address
                    lines = f"{header}: {value}\r\nContent-Length: {len(body)}\r\n\r\n"
                    head = LOGIN + lines.encode()
                    statuses.append(int((await _exchange(node.port, head + body)).split(b" ")[1]))
                tally.refused += 429 in statuses
                # All in one quarter of an hour: once it is used up, it stays so for every header.
                assert statuses[-1] == 429, statuses
                assert statuses.count(401) <= ALLOWED, statuses
