"""What every server of the comparison is to the bench: prepared, started, subscribed to."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.fanout.machine import pinned
from bench.fanout.publisher import Orders
from bench.fanout.subscribers import Expect, LoadError, Manners, Say, Script
from console.processes.broker import free_port
from tests.support.services.processes import Child, running
from tests.support.services.valkey import Valkey

START_SECONDS = 30.0  # Django's imports with the other core busy


@dataclass(frozen=True)
class Shape:
    """So many sockets, spread evenly over so many lists."""

    sockets: int
    lists: int = 1

    def list_of(self, socket: int) -> int:
        return socket % self.lists

    def __str__(self) -> str:
        lists = f"{self.lists:,} lists" if self.lists > 1 else "1 list"
        return f"{self.sockets:,} sockets, {lists}"


@dataclass(frozen=True)
class Bench:
    """What a run has: a broker, a folder of its own, one that stays, and a core for the server."""

    broker: Valkey
    folder: Path
    cache: Path
    server_core: int

    @property
    def broker_port(self) -> int:
        return self.broker.port

    @property
    def broker_password(self) -> str:
        return self.broker.url.partition("://:")[2].partition("@")[0]

    @property
    def broker_url(self) -> str:
        return f"{self.broker.url}/0"


@dataclass(frozen=True)
class Served:
    process: Child
    port: int

    @property
    def pid(self) -> int:
        return self.process.pid


@dataclass
class Contestant:
    """A server that subscribes to `bench:<list>` at the broker; a client says `list N`, and hears ok."""

    key: str
    title: str
    manners: Manners = field(default_factory=Manners)
    # Whether a goal names it: then it is measured in every round and in more shapes.
    is_compared_closely: bool = False

    async def prepare(self, bench: Bench) -> None:
        """It can be started. Raises NotHereError where it cannot be had."""

    def command(self, bench: Bench, port: int) -> Sequence[str]:
        raise NotImplementedError

    def environment(self, bench: Bench) -> Mapping[str, str]:
        return {"BROKER_PASSWORD": bench.broker_password, "BROKER_PORT": str(bench.broker_port)}

    async def scripts(self, bench: Bench, shape: Shape) -> Sequence[Script]:
        """Returns what each socket says."""
        lists = map(shape.list_of, range(shape.sockets))
        return [Script(index, (Say(f"list {index}"), Expect("ok"))) for index in lists]

    async def orders(self, bench: Bench, shape: Shape) -> Orders:
        """Returns what the publisher is told."""
        return Orders("bench.fanout.publisher:PlainDoor", bench.broker_port, bench.broker_password)

    @asynccontextmanager
    async def serve(self, bench: Bench) -> AsyncIterator[Served]:
        """Yields the server, ready, on its core."""
        port = free_port()
        command = pinned(bench.server_core, self.command(bench, port))
        async with running(self.key, command, self.environment(bench)) as process:
            await self.wait(process, port)
            yield Served(process, port)

    async def wait(self, process: Child, port: int) -> None:
        """It answers. Raises LoadError with its words when it does not."""
        try:
            await wait_for_port(process, port, START_SECONDS)
        except TimeoutError:
            raise LoadError(f"{self.key} did not start: {process.log[-300:]}") from None


async def wait_for_port(process: Child, port: int, seconds: float) -> None:
    """Something listens on the port. Raises LoadError when the process ends, TimeoutError later."""
    async with asyncio.timeout(seconds):
        while True:
            if process.returncode is not None:
                raise LoadError(f"{process.name} ended: {process.log[-300:]}")
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)  # polling another process; it starts in up to a second
            else:
                writer.close()
                return
