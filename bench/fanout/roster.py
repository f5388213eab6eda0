"""Who is compared, in the order of the table."""

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.fanout import install
from bench.fanout.contestant import Bench, Contestant, Shape
from bench.fanout.machine import NotHereError
from bench.fanout.ours import Ours
from bench.fanout.publisher import Orders
from bench.fanout.subscribers import Expect, Manners, Say, Script, compile_c
from console.processes.broker import free_port
from shared.settings import ROOT

DOORS = "bench.fanout.peers.doors"
SOCKET_IO = Manners("/socket.io/?EIO=4&transport=websocket", ping=("2", "3"), is_exact=True)


@dataclass
class CLoop(Contestant):
    is_compared_closely: bool = True
    kind: str = "single"

    async def prepare(self, bench: Bench) -> None:
        await compile_c([str(install.PEERS / "loop.c")], bench.cache / "loop")

    def command(self, bench: Bench, port: int) -> Sequence[str]:
        return [str(bench.cache / "loop"), str(port), str(bench.broker_port), self.kind]


@dataclass
class PythonPeer(Contestant):
    """A module of bench.fanout.peers."""

    module: str = ""
    needs_packages: bool = False
    door: str = ""

    async def prepare(self, bench: Bench) -> None:
        if self.needs_packages:
            await install.python_packages(bench.cache)

    def command(self, bench: Bench, port: int) -> Sequence[str]:
        return [sys.executable, "-m", f"bench.fanout.peers.{self.module}", str(port)]

    def environment(self, bench: Bench) -> Mapping[str, str]:
        known = super().environment(bench)
        paths = [str(bench.cache / "python")] if self.needs_packages else []
        return {**known, "PYTHONPATH": os.pathsep.join([str(ROOT), *paths])}

    async def orders(self, bench: Bench, shape: Shape) -> Orders:
        orders = await super().orders(bench, shape)
        if not self.door:
            return orders
        return replace(orders, door=f"{DOORS}:{self.door}", packages=str(bench.cache / "python"))


@dataclass
class SocketIo(PythonPeer):
    """Either socket.io: its handshake over the WebSocket transport alone, then a room."""

    manners: Manners = field(default_factory=lambda: SOCKET_IO)
    needs_packages: bool = True  # its door does, whatever the server is

    async def scripts(self, bench: Bench, shape: Shape) -> Sequence[Script]:
        return [
            Script(
                index,
                (
                    Expect('"sid"'),
                    Say("40"),
                    Expect('40{"sid"'),
                    Say(f'42["join",{index}]'),
                    Expect("joined"),
                ),
            )
            for index in map(shape.list_of, range(shape.sockets))
        ]


@dataclass
class NodeSocketIo(SocketIo):
    async def prepare(self, bench: Bench) -> None:
        await super().prepare(bench)
        await install.node_packages(bench.cache)

    def command(self, bench: Bench, port: int) -> Sequence[str]:
        return ["node", str(bench.cache / "node" / "socketio.mjs"), str(port)]


@dataclass
class NodeWs(Contestant):
    async def prepare(self, bench: Bench) -> None:
        await install.node_packages(bench.cache)

    def command(self, bench: Bench, port: int) -> Sequence[str]:
        return ["node", str(bench.cache / "node" / "ws.mjs"), str(port)]


@dataclass
class Centrifuge(Contestant):
    is_compared_closely: bool = True

    async def prepare(self, bench: Bench) -> None:
        await install.centrifuge(bench.cache)

    def command(self, bench: Bench, port: int) -> Sequence[str]:
        return [str(bench.cache / "centrifuge"), str(port), str(bench.broker_port)]

    async def scripts(self, bench: Bench, shape: Shape) -> Sequence[Script]:
        return [
            Script(
                index,
                (
                    Say('{"id":1,"params":{}}'),
                    Expect('"id":1'),
                    Say(f'{{"id":2,"method":1,"params":{{"channel":"bench:{index}"}}}}'),
                    Expect('"id":2'),
                ),
            )
            for index in map(shape.list_of, range(shape.sockets))
        ]


@dataclass
class Nats(Contestant):
    """Its publisher connects to the server itself: NATS is a broker."""

    manners: Manners = field(
        default_factory=lambda: Manners(is_binary=True, ping=("PING\r\n", "PONG\r\n"))
    )
    _port: int = 0

    async def prepare(self, bench: Bench) -> None:
        if shutil.which("nats-server") is None:
            raise NotHereError("on Debian: sudo apt-get install nats-server")
        # Its door is beside others that need them.
        await install.python_packages(bench.cache)

    def command(self, bench: Bench, port: int) -> Sequence[str]:
        self._port = free_port()
        configuration = Path(bench.folder) / "nats.conf"
        configuration.write_text(
            f"host: 127.0.0.1\nport: {self._port}\n"
            # Nobody answers the publisher's pings.
            "ping_interval: 1h\n"
            f"websocket {{ host: 127.0.0.1, port: {port}, no_tls: true, compression: false }}\n"
        )
        return ["nats-server", "-c", str(configuration)]

    async def scripts(self, bench: Bench, shape: Shape) -> Sequence[Script]:
        hello = 'CONNECT {"verbose":false,"pedantic":false}\r\n'
        return [
            Script(
                index,
                (
                    Expect("INFO"),
                    Say(f"{hello}SUB bench.{index} 1\r\nPING\r\n"),
                    Expect("PONG"),
                ),
            )
            for index in map(shape.list_of, range(shape.sockets))
        ]

    async def orders(self, bench: Bench, shape: Shape) -> Orders:
        orders = await super().orders(bench, shape)
        packages = str(bench.cache / "python")
        return replace(orders, door=f"{DOORS}:NatsDoor", nats_port=self._port, packages=packages)


def roster() -> list[Contestant]:
    return [
        Ours(),
        CLoop("c", "C epoll loop, framed once, a write for each socket and message"),
        CLoop("c-joined", "C epoll loop, joining what has arrived (the limit)", kind="joined"),
        Centrifuge("centrifuge", "centrifuge 0.15 (Go, Debian's)"),
        Nats("nats", "nats-server WebSocket (Go)"),
        NodeWs("ws", "Node ws, framed once"),
        NodeSocketIo("socketio", "Node socket.io + Redis adapter", door="SocketIoDoor"),
        PythonPeer("websockets", "websockets broadcast, uvloop", module="websockets_broadcast"),
        PythonPeer("starlette", "Starlette send_text loop, uvicorn", module="starlette_loop"),
        SocketIo(
            "socketio-python",
            "python-socketio + Redis, uvicorn",
            module="socketio_python",
            door="PythonSocketIoDoor",
        ),
        PythonPeer(
            "channels",
            "Django Channels + channels_redis, uvicorn",
            module="channels_app",
            door="ChannelsDoor",
            needs_packages=True,
        ),
    ]
