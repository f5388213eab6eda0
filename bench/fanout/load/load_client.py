"""Control the load client (client/client.c) and the publisher, which publishes what it requests."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from bench.fanout.load.publisher import PublisherConfig
from bench.fanout.machine import run
from console.processes.parent_death_signal import die_with_parent
from shared.settings import ROOT

SOURCE = Path(__file__).with_name("client")
COMPILE_SECONDS = 60
# A server that delivers nothing for this long has failed.
TIMEOUT_MS = 15_000
# Opening five thousand sockets takes half of this when other programs keep the cores busy.
ANSWER_SECONDS = 240


@dataclass(frozen=True)
class Send:
    text: str


@dataclass(frozen=True)
class Expect:
    """Wait for a frame that contains the text."""

    text: str


Step = Send | Expect


@dataclass(frozen=True)
class Script:
    """One socket: the list it subscribes to, and the exchange until it is subscribed."""

    list: int
    steps: Sequence[Step]


@dataclass(frozen=True)
class ClientProtocol:
    """What all sockets of a server have in common."""

    path: str = "/"
    subprotocol: str | None = None
    is_binary: bool = False
    # A ping of the application and its answer. The ping is a whole frame, or part of a frame.
    ping: tuple[str, str] | None = None
    is_whole_frame: bool = False


@dataclass(frozen=True)
class Measurement:
    """The result of one measurement. `lost`, `repeated`, … include its warm-up and its end."""

    deliveries: int
    messages: int
    seconds: float
    server_cpu: float
    client_cpu: float
    lost: int
    repeated: int
    misrouted: int
    skipped: int
    p50: float
    p99: float

    @property
    def rate(self) -> float:
        return self.deliveries / self.seconds

    @property
    def cpu_per_million(self) -> float:
        """CPU seconds of the server for a million deliveries."""
        return self.server_cpu / max(1, self.deliveries) * 1e6


class LoadError(Exception):
    """The server closed a socket, lost a message, or stopped responding."""


async def compile_client(folder: Path) -> Path:
    """Compile the load client. Raise UnavailableError without a compiler."""
    sources = [str(SOURCE / name) for name in ("client.c", "sockets.c", "delivery_count.c")]
    return await compile_c(sources, folder / "client")


async def compile_c(sources: Iterable[str], target: Path) -> Path:
    """Compile the sources and return the program. Raise UnavailableError without a compiler."""
    flags = ["-O2", "-Wall", "-Wextra", "-Werror"]
    await run(["cc", *flags, "-o", str(target), *sources], target.parent, COMPILE_SECONDS)
    return target


@dataclass
class LoadClient:
    """The process of the load client; client.c documents its commands.

    Each method raises LoadError if the server, the client or the publisher fails.
    """

    _process: asyncio.subprocess.Process
    scripts: Sequence[Script] = field(default_factory=tuple)

    async def open(self, count: int) -> None:
        """Open more sockets until `count` sockets are subscribed."""
        await self._ask(f"open {count}")

    async def saturate(self, in_flight: int, warm_up_ms: int, window_ms: int) -> Measurement:
        """Keep `in_flight` messages in flight in each list all the time."""
        return _measurement(await self._ask(f"saturate {in_flight} {warm_up_ms} {window_ms}"))

    async def deliver(self, in_flight: int, messages: int) -> Measurement:
        """Publish exactly so many messages and wait until they are delivered."""
        return _measurement(await self._ask(f"deliver {in_flight} {messages}"))

    async def pace(self, per_second: float, warm_up_ms: int, window_ms: int) -> Measurement:
        """Publish messages at a fixed rate."""
        return _measurement(await self._ask(f"pace {per_second} {warm_up_ms} {window_ms}"))

    async def close(self) -> None:
        await self._ask("close")

    async def _ask(self, line: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{line}\n".encode())
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                answer = (await self._process.stdout.readline()).decode().strip()
        except TimeoutError:
            answer = "failed no answer from the client"
        if not answer.startswith("ok"):
            raise LoadError(answer.removeprefix("failed ") or "the client or the publisher ended")
        return answer.removeprefix("ok").strip()


def _measurement(answer: str) -> Measurement:
    found = dict(part.split("=") for part in answer.split())
    return Measurement(
        *(int(found[name]) for name in ("deliveries", "messages")),
        *(float(found[name]) for name in ("seconds", "server_cpu", "client_cpu")),
        *(int(found[name]) for name in ("lost", "repeated", "misrouted", "skipped")),
        *(float(found[name]) / 1000 for name in ("p50", "p99")),
    )


def _protocol_lines(protocol: ClientProtocol) -> list[str]:
    lines = [f"path {protocol.path}"]
    if protocol.subprotocol:
        lines.append(f"subprotocol {protocol.subprotocol}")
    if protocol.is_binary:
        lines.append("opcode 2")
    if protocol.ping:
        how = "whole" if protocol.is_whole_frame else "within"
        lines += [f"ping {how} {_escaped(protocol.ping[0])}", f"pong {_escaped(protocol.ping[1])}"]
    return lines


def _script_lines(scripts: Sequence[Script]) -> list[str]:
    lines = []
    for script in scripts:
        lines.append(f"socket {script.list}")
        for step in script.steps:
            word = "send" if isinstance(step, Send) else "expect"
            lines.append(f"{word} {_escaped(step.text)}")
    return lines


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")


@asynccontextmanager
async def open_load_client(
    client: Path,
    folder: Path,
    *,
    port: int,
    pid: int,
    protocol: ClientProtocol,
    scripts: Sequence[Script],
    publisher_config: PublisherConfig,
    timeout_ms: int = TIMEOUT_MS,
) -> AsyncIterator[LoadClient]:
    """Yield a load client of the server, with its publisher; end both afterwards.

    The server has failed if it sends nothing for `timeout_ms` while messages are in flight.
    """
    client_config, publisher_json = folder / "client.conf", folder / "publisher.json"
    lines = [f"port {port}", f"server {pid}", f"timeout {timeout_ms}"]
    lines += [*_protocol_lines(protocol), *_script_lines(scripts), ""]
    _write_private(client_config, "\n".join(lines).encode())
    _write_private(publisher_json, orjson.dumps(publisher_config))
    read_end, write_end = os.pipe()
    try:
        publishing = await _start(
            [sys.executable, "-m", "bench.fanout.load.publisher", str(publisher_json)],
            (),
            stdin=read_end,
        )
        loading = await _start([str(client), str(client_config), str(write_end)], (write_end,))
    finally:
        os.close(read_end)
        os.close(write_end)
    try:
        await _wait_until_ready(publishing)
        yield LoadClient(loading, scripts)
    finally:
        for process in (loading, publishing):
            if process.returncode is None:
                process.kill()
            await process.wait()


def _write_private(path: Path, content: bytes) -> None:
    """Write a file that contains credentials of this run."""
    path.touch(mode=0o600)
    path.write_bytes(content)


async def _start(
    command: Sequence[str], pass_fds: tuple[int, ...], stdin: int = asyncio.subprocess.PIPE
) -> asyncio.subprocess.Process:
    launch = die_with_parent(command)
    return await asyncio.create_subprocess_exec(
        *launch.command,
        pass_fds=(*launch.pass_fds, *pass_fds),
        stdin=stdin,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        start_new_session=True,
    )


async def _wait_until_ready(publisher: asyncio.subprocess.Process) -> None:
    assert publisher.stdout is not None
    async with asyncio.timeout(ANSWER_SECONDS):
        if not (await publisher.stdout.readline()).startswith(b"ready"):
            raise LoadError("the publisher did not start")
