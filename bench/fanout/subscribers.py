"""Drives the load client of client/client.c, and the publisher whose messages it wishes for."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from bench.fanout.machine import run
from bench.fanout.publisher import Orders
from console.processes.parent_death_signal import die_with_parent
from shared.settings import ROOT

SOURCE = Path(__file__).with_name("client")
COMPILE_SECONDS = 60
# Nothing that works is silent for so long.
SILENCE_MS = 15_000
# Five thousand sockets are opened in half of it where something else keeps the cores busy.
ANSWER_SECONDS = 240


@dataclass(frozen=True)
class Say:
    text: str


@dataclass(frozen=True)
class Expect:
    """Some frame contains the text."""

    text: str


Step = Say | Expect


@dataclass(frozen=True)
class Script:
    """One socket: the list it hears, and what is said until it does."""

    list: int
    steps: Sequence[Step]


@dataclass(frozen=True)
class Manners:
    """What is alike for all sockets of a server."""

    path: str = "/"
    subprotocol: str | None = None
    is_binary: bool = False
    # An application's ping and its answer; `is_exact`: a frame of its own, else inside of one.
    ping: tuple[str, str] | None = None
    is_exact: bool = False


@dataclass(frozen=True)
class Window:
    """What one measurement found. Losses include those of its warm-up and its end."""

    deliveries: int
    messages: int
    seconds: float
    server_cpu: float
    client_cpu: float
    lost: int
    repeated: int
    strays: int
    behind: int
    p50: float
    p99: float

    @property
    def rate(self) -> float:
        return self.deliveries / self.seconds

    @property
    def cpu_per_million(self) -> float:
        """Server CPU seconds for a million deliveries."""
        return self.server_cpu / max(1, self.deliveries) * 1e6


class LoadError(Exception):
    """The server did not do what is measured: it closed, lost a message or stayed silent."""


async def compile_client(folder: Path) -> Path:
    """Returns the load client, compiled. Raises NotHereError without a compiler."""
    sources = [str(SOURCE / name) for name in ("client.c", "sockets.c", "tally.c")]
    return await compile_c(sources, folder / "client")


async def compile_c(sources: Iterable[str], target: Path) -> Path:
    """Returns the program. Raises NotHereError without a compiler."""
    flags = ["-O2", "-Wall", "-Wextra", "-Werror"]
    await run(["cc", *flags, "-o", str(target), *sources], target.parent, COMPILE_SECONDS)
    return target


@dataclass
class Subscribers:
    """The client's process. Every method's answer is that of docs at the top of client.c."""

    _process: asyncio.subprocess.Process
    scripts: Sequence[Script] = field(default_factory=tuple)

    async def open(self, count: int) -> None:
        """The first `count` sockets are subscribed."""
        await self._ask(f"open {count}")

    async def keep(self, in_flight: int, warm_ms: int, window_ms: int) -> Window:
        """`in_flight` messages were under way in each list all the time."""
        return _window(await self._ask(f"keep {in_flight} {warm_ms} {window_ms}"))

    async def count(self, in_flight: int, messages: int) -> Window:
        """Exactly `messages` were published, and delivered."""
        return _window(await self._ask(f"count {in_flight} {messages}"))

    async def pace(self, per_second: float, warm_ms: int, window_ms: int) -> Window:
        """Messages came at a fixed rate."""
        return _window(await self._ask(f"pace {per_second} {warm_ms} {window_ms}"))

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


def _window(answer: str) -> Window:
    found = dict(part.split("=") for part in answer.split())
    return Window(
        *(int(found[name]) for name in ("deliveries", "messages")),
        *(float(found[name]) for name in ("seconds", "server_cpu", "client_cpu")),
        *(int(found[name]) for name in ("lost", "repeated", "strays", "behind")),
        *(float(found[name]) / 1000 for name in ("p50", "p99")),
    )


def _of(manners: Manners) -> list[str]:
    lines = [f"path {manners.path}"]
    if manners.subprotocol:
        lines.append(f"subprotocol {manners.subprotocol}")
    if manners.is_binary:
        lines.append("opcode 2")
    if manners.ping:
        how = "exact" if manners.is_exact else "within"
        lines += [f"ask {how} {_escaped(manners.ping[0])}", f"reply {_escaped(manners.ping[1])}"]
    return lines


def _of_all(scripts: Sequence[Script]) -> list[str]:
    lines = []
    for script in scripts:
        lines.append(f"socket {script.list}")
        for step in script.steps:
            word = "send" if isinstance(step, Say) else "expect"
            lines.append(f"{word} {_escaped(step.text)}")
    return lines


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")


@asynccontextmanager
async def subscribers(
    client: Path,
    folder: Path,
    *,
    port: int,
    pid: int,
    manners: Manners,
    scripts: Sequence[Script],
    orders: Orders,
    silence_ms: int = SILENCE_MS,
) -> AsyncIterator[Subscribers]:
    """Yields the client of a server, with its publisher; both are gone afterwards.

    The server has failed when it sends nothing for `silence_ms` although messages are under way.
    """
    configuration, told = folder / "client.conf", folder / "publisher.json"
    lines = [f"port {port}", f"server {pid}", f"silence {silence_ms}"]
    # Both carry credentials of this run.
    for path, text in (
        (configuration, "\n".join([*lines, *_of(manners), *_of_all(scripts), ""]).encode()),
        (told, orjson.dumps(orders)),
    ):
        path.touch(mode=0o600)
        path.write_bytes(text)
    heard, wished = os.pipe()
    try:
        publishing = await _start(
            [sys.executable, "-m", "bench.fanout.publisher", str(told)], (), stdin=heard
        )
        loading = await _start([str(client), str(configuration), str(wished)], (wished,))
    finally:
        os.close(heard)
        os.close(wished)
    try:
        await _ready(publishing)
        yield Subscribers(loading, scripts)
    finally:
        for process in (loading, publishing):
            if process.returncode is None:
                process.kill()
            await process.wait()


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


async def _ready(publisher: asyncio.subprocess.Process) -> None:
    assert publisher.stdout is not None
    async with asyncio.timeout(ANSWER_SECONDS):
        if not (await publisher.stdout.readline()).startswith(b"ready"):
            raise LoadError("the publisher did not start")
