"""Compile and run the load client (client.c): closed loop, one request in flight a connection."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from bench.fanout.load.load_client import compile_c

SOURCE = Path(__file__).with_name("client.c")
# Replaced by a number that no other request has: of titles and keys (client.c).
MARK = "@" * 12
# The client itself gives up on a silent server after 15 s, twice at most.
GRACE_SECONDS = 40


class LoadError(Exception):
    """A server gave a wrong answer, closed a connection, or stopped answering."""


@dataclass(frozen=True)
class Request:
    """The bytes to send, and the status and a part of the body that the answer must have."""

    status: int
    sent: bytes
    expected: bytes


def json_request(
    method: str,
    path: str,
    token: str,
    *,
    expected: str,
    body: Mapping[str, str] | None = None,
    key: str | None = None,
) -> Request:
    """Return a request as a client of the API sends it, without compression of the answer."""
    head = [
        f"{method} {path} HTTP/1.1",
        "Host: localhost",
        f"Authorization: Bearer {token}",
        "Accept: application/json",
    ]
    sent = b"" if body is None else orjson.dumps(body)
    if body is not None:
        head += ["Content-Type: application/json", f"Content-Length: {len(sent)}"]
    if key is not None:
        head.append(f"Idempotency-Key: {key}")
    status = 201 if method == "POST" else 200
    return Request(status, "\r\n".join([*head, "", ""]).encode() + sent, expected.encode())


@dataclass(frozen=True)
class Sample:
    """One answer: the number of its request in the list, and the number put in place of MARK."""

    request: int
    number: str
    body: bytes


@dataclass(frozen=True)
class Measurement:
    """The result of one run. CPU in seconds, latencies in milliseconds.

    `total` counts all answers, `requests` those of the window.
    """

    requests: int
    total: int
    seconds: float
    server_cpu: float
    client_cpu: float
    p50: float
    p99: float

    @property
    def rate(self) -> float:
        return self.requests / self.seconds

    @property
    def cpu_us(self) -> float:
        """Microseconds of the server's processor time for each request."""
        return self.server_cpu * 1e6 / max(1, self.requests)

    @property
    def client_us(self) -> float:
        return self.client_cpu * 1e6 / max(1, self.requests)


async def compile_client(folder: Path) -> Path:
    """Compile the client. Raise UnavailableError without a C compiler."""
    return await compile_c([str(SOURCE)], folder / "client")


@dataclass(frozen=True)
class LoadClient:
    """The compiled client, and a folder for its files."""

    program: Path
    folder: Path

    async def run(
        self,
        port: int,
        pid: int,
        requests: Sequence[Request],
        *,
        connections: int,
        warm_up_ms: int,
        window_ms: int,
    ) -> tuple[Measurement, list[Sample]]:
        """Send the requests in turn until the window ends. Raise LoadError for a wrong answer."""
        requests_file, samples_file = self.folder / "requests", self.folder / "samples"
        requests_file.write_bytes(b"".join(map(_packed, requests)))
        process = await asyncio.create_subprocess_exec(
            str(self.program), str(port), str(pid), str(connections), str(warm_up_ms),
            str(window_ms), str(requests_file), str(samples_file),
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            async with asyncio.timeout((warm_up_ms + window_ms) / 1000 + GRACE_SECONDS):
                output = (await process.communicate())[0].decode(errors="replace").strip()
        except TimeoutError:
            process.kill()
            raise LoadError("the client did not end") from None
        if not output.startswith("ok "):
            raise LoadError(output.removeprefix("failed ") or "the client ended")
        return _measurement(output), list(_samples(samples_file.read_bytes()))


def _packed(request: Request) -> bytes:
    sizes = f"{request.status} {len(request.sent)} {len(request.expected)}\n"
    return sizes.encode() + request.sent + request.expected


def _measurement(line: str) -> Measurement:
    found = dict(part.split("=") for part in line.removeprefix("ok ").split())
    return Measurement(
        *(int(found[name]) for name in ("requests", "total")),
        *(float(found[name]) for name in ("seconds", "server_cpu", "client_cpu", "p50", "p99")),
    )


def _samples(packed: bytes) -> Iterator[Sample]:
    start = 0
    while start < len(packed):
        end = packed.index(b"\n", start)
        request, size, number = packed[start:end].decode().split()
        start = end + 1 + int(size)
        yield Sample(int(request), number, packed[end + 1 : start])
