"""The compared servers, in the order of the table."""

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.fanout.competitors import install
from bench.fanout.competitors.base import BenchEnv, Competitor, Shape
from bench.fanout.competitors.livelist import Livelist
from bench.fanout.load.load_client import ClientProtocol, Expect, Script, Send, compile_c
from bench.fanout.load.publisher import PublisherConfig
from bench.fanout.machine import UnavailableError
from console.processes.broker import free_port
from shared.settings import ROOT

PUBLISHERS = "bench.fanout.peers.publishers"
SOCKET_IO = ClientProtocol(
    "/socket.io/?EIO=4&transport=websocket", ping=("2", "3"), is_whole_frame=True
)


@dataclass
class CLoop(Competitor):
    """peers/loop.c, in one of its two modes."""

    is_in_goals: bool = True
    mode: str = "single"

    async def prepare(self, env: BenchEnv) -> None:
        await compile_c([str(install.PEERS / "loop.c")], env.cache / "loop")

    def command(self, env: BenchEnv, port: int) -> Sequence[str]:
        return [str(env.cache / "loop"), str(port), str(env.broker_port), self.mode]


@dataclass
class PythonPeer(Competitor):
    """A server that is a module of bench.fanout.peers; `publisher` is a class of peers/publishers.py."""

    module: str = ""
    needs_packages: bool = False
    publisher: str = ""

    async def prepare(self, env: BenchEnv) -> None:
        if self.needs_packages:
            await install.python_packages(env.cache)

    def command(self, env: BenchEnv, port: int) -> Sequence[str]:
        return [sys.executable, "-m", f"bench.fanout.peers.{self.module}", str(port)]

    def environment(self, env: BenchEnv) -> Mapping[str, str]:
        environment = super().environment(env)
        paths = [str(env.cache / "python")] if self.needs_packages else []
        return {**environment, "PYTHONPATH": os.pathsep.join([str(ROOT), *paths])}

    async def publisher_config(self, env: BenchEnv, shape: Shape) -> PublisherConfig:
        publisher_config = await super().publisher_config(env, shape)
        if not self.publisher:
            return publisher_config
        return replace(
            publisher_config,
            publisher=f"{PUBLISHERS}:{self.publisher}",
            packages=str(env.cache / "python"),
        )


@dataclass
class SocketIo(PythonPeer):
    """python-socketio, or the base of Node's socket.io: WebSocket transport alone, one room a list."""

    protocol: ClientProtocol = field(default_factory=lambda: SOCKET_IO)
    needs_packages: bool = True  # its publisher needs them, also for the Node server

    async def scripts(self, env: BenchEnv, shape: Shape) -> Sequence[Script]:
        return [
            Script(
                index,
                (
                    Expect('"sid"'),
                    Send("40"),
                    Expect('40{"sid"'),
                    Send(f'42["join",{index}]'),
                    Expect("joined"),
                ),
            )
            for index in map(shape.list_of, range(shape.sockets))
        ]


@dataclass
class NodeSocketIo(SocketIo):
    async def prepare(self, env: BenchEnv) -> None:
        await super().prepare(env)
        await install.node_packages(env.cache)

    def command(self, env: BenchEnv, port: int) -> Sequence[str]:
        return ["node", str(env.cache / "node" / "socketio.mjs"), str(port)]


@dataclass
class NodeWs(Competitor):
    async def prepare(self, env: BenchEnv) -> None:
        await install.node_packages(env.cache)

    def command(self, env: BenchEnv, port: int) -> Sequence[str]:
        return ["node", str(env.cache / "node" / "ws.mjs"), str(port)]


@dataclass
class Centrifuge(Competitor):
    is_in_goals: bool = True

    async def prepare(self, env: BenchEnv) -> None:
        await install.centrifuge(env.cache)

    def command(self, env: BenchEnv, port: int) -> Sequence[str]:
        return [str(env.cache / "centrifuge"), str(port), str(env.broker_port)]

    async def scripts(self, env: BenchEnv, shape: Shape) -> Sequence[Script]:
        return [
            Script(
                index,
                (
                    Send('{"id":1,"params":{}}'),
                    Expect('"id":1'),
                    Send(f'{{"id":2,"method":1,"params":{{"channel":"bench:{index}"}}}}'),
                    Expect('"id":2'),
                ),
            )
            for index in map(shape.list_of, range(shape.sockets))
        ]


@dataclass
class Nats(Competitor):
    """nats-server, to which its publisher connects directly: NATS is a broker itself."""

    protocol: ClientProtocol = field(
        default_factory=lambda: ClientProtocol(is_binary=True, ping=("PING\r\n", "PONG\r\n"))
    )
    _port: int = 0

    async def prepare(self, env: BenchEnv) -> None:
        if shutil.which("nats-server") is None:
            raise UnavailableError("on Debian: sudo apt-get install nats-server")
        # The module of its publisher imports them for other servers.
        await install.python_packages(env.cache)

    def command(self, env: BenchEnv, port: int) -> Sequence[str]:
        self._port = free_port()
        configuration = Path(env.folder) / "nats.conf"
        configuration.write_text(
            f"host: 127.0.0.1\nport: {self._port}\n"
            # The publisher answers no pings.
            "ping_interval: 1h\n"
            f"websocket {{ host: 127.0.0.1, port: {port}, no_tls: true, compression: false }}\n"
        )
        return ["nats-server", "-c", str(configuration)]

    async def scripts(self, env: BenchEnv, shape: Shape) -> Sequence[Script]:
        connect = 'CONNECT {"verbose":false,"pedantic":false}\r\n'
        return [
            Script(
                index,
                (
                    Expect("INFO"),
                    Send(f"{connect}SUB bench.{index} 1\r\nPING\r\n"),
                    Expect("PONG"),
                ),
            )
            for index in map(shape.list_of, range(shape.sockets))
        ]

    async def publisher_config(self, env: BenchEnv, shape: Shape) -> PublisherConfig:
        publisher_config = await super().publisher_config(env, shape)
        packages = str(env.cache / "python")
        return replace(
            publisher_config,
            publisher=f"{PUBLISHERS}:NatsPublisher",
            nats_port=self._port,
            packages=packages,
        )


def all_competitors() -> list[Competitor]:
    return [
        Livelist(),
        CLoop("c", "C epoll loop, framed once, a write for each socket and message"),
        CLoop("c-joined", "C epoll loop, joining what has arrived (the limit)", mode="joined"),
        Centrifuge("centrifuge", "centrifuge 0.15 (Go, Debian's)"),
        Nats("nats", "nats-server WebSocket (Go)"),
        NodeWs("ws", "Node ws, framed once"),
        NodeSocketIo("socketio", "Node socket.io + Redis adapter", publisher="SocketIoPublisher"),
        PythonPeer("websockets", "websockets broadcast, uvloop", module="websockets_broadcast"),
        PythonPeer("starlette", "Starlette send_text loop, uvicorn", module="starlette_loop"),
        SocketIo(
            "socketio-python",
            "python-socketio + Redis, uvicorn",
            module="socketio_python",
            publisher="PythonSocketIoPublisher",
        ),
        PythonPeer(
            "channels",
            "Django Channels + channels_redis, uvicorn",
            module="channels_app",
            publisher="ChannelsPublisher",
            needs_packages=True,
        ),
    ]
