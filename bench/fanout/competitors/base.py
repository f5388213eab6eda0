"""The interface of a compared server: how it is prepared, started and subscribed to."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.fanout.load.load_client import ClientProtocol, Expect, LoadError, Script, Send
from bench.fanout.load.publisher import PublisherConfig
from bench.fanout.machine import pinned
from console.processes.broker import free_port
from tests.support.services.processes import Child, running
from tests.support.services.valkey import Valkey

START_SECONDS = 30.0  # Django imports that long while the other core is busy


@dataclass(frozen=True)
class Shape:
    """A number of sockets, distributed evenly over a number of lists."""

    sockets: int
    lists: int = 1

    def list_of(self, socket: int) -> int:
        return socket % self.lists

    def __str__(self) -> str:
        lists = f"{self.lists:,} lists" if self.lists > 1 else "1 list"
        return f"{self.sockets:,} sockets, {lists}"


@dataclass(frozen=True)
class BenchEnv:
    """What a run uses: a broker, a temporary folder, a cache that stays, and the server's core."""

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
class RunningServer:
    """A started server and the port of its WebSockets."""

    process: Child
    port: int

    @property
    def pid(self) -> int:
        return self.process.pid


@dataclass
class Competitor:
    """A compared server; subclasses override what differs.

    By default it subscribes to `bench:<list>` at the broker. A client sends `list N` to subscribe
    and receives `ok`.
    """

    key: str
    title: str
    protocol: ClientProtocol = field(default_factory=ClientProtocol)
    # True if a goal names the server: then it is measured in every round and in more shapes.
    is_in_goals: bool = False

    async def prepare(self, env: BenchEnv) -> None:
        """Install what the server needs. Raise UnavailableError if that is impossible here."""

    def command(self, env: BenchEnv, port: int) -> Sequence[str]:
        raise NotImplementedError

    def environment(self, env: BenchEnv) -> Mapping[str, str]:
        return {"BROKER_PASSWORD": env.broker_password, "BROKER_PORT": str(env.broker_port)}

    async def scripts(self, env: BenchEnv, shape: Shape) -> Sequence[Script]:
        """Return what each socket sends and expects until it is subscribed."""
        lists = map(shape.list_of, range(shape.sockets))
        return [Script(index, (Send(f"list {index}"), Expect("ok"))) for index in lists]

    async def publisher_config(self, env: BenchEnv, shape: Shape) -> PublisherConfig:
        """Return the configuration of the publisher for this server."""
        return PublisherConfig(
            "bench.fanout.load.publisher:PlainPublisher", env.broker_port, env.broker_password
        )

    @asynccontextmanager
    async def serve(self, env: BenchEnv) -> AsyncIterator[RunningServer]:
        """Yield the server once it is ready, pinned to its core."""
        port = free_port()
        command = pinned(env.server_core, self.command(env, port))
        async with running(self.key, command, self.environment(env)) as process:
            await self.wait_until_ready(process, port)
            yield RunningServer(process, port)

    async def wait_until_ready(self, process: Child, port: int) -> None:
        """Wait until the server accepts connections. Raise LoadError with its last output if not."""
        try:
            await wait_for_port(process, port, START_SECONDS)
        except TimeoutError:
            raise LoadError(f"{self.key} did not start: {process.log[-300:]}") from None


async def wait_for_port(process: Child, port: int, seconds: float) -> None:
    """Wait until the process accepts connections on the port.

    Raise LoadError if the process ends, TimeoutError if it does not listen in time.
    """
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
