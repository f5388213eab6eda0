"""A real cluster of three brokers on loopback, each of which can be killed and paused."""

import asyncio
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from console.processes.broker import find_binary, free_port
from console.processes.parent_death_signal import die_with_parent
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.services.folders import temporary_folder
from tests.support.services.valkey import HOW_TO_GET_ONE, NoValkeyError

SLOTS = 16384
PASSWORD = "cluster-of-the-tests"


@dataclass
class ClusterNode:
    """One broker of the cluster; its ports and folder stay the same over restarts."""

    folder: Path
    port: int
    # By default the other port plus 10,000, which may be above 65,535.
    bus_port: int
    process: "subprocess.Popen[bytes] | None" = None


@dataclass
class ValkeyCluster:
    """Three primaries without replicas: the slots of a killed one are missing until it is back."""

    folder: Path = field(default_factory=lambda: temporary_folder("cluster"))
    nodes: list[ClusterNode] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Every node, in the form of REDIS_CLUSTER_URL."""
        return ",".join(f"redis://:{PASSWORD}@127.0.0.1:{node.port}" for node in self.nodes)

    async def start(self) -> None:
        """Start and wait until all slots are served. Raise NoValkeyError or TimeoutError."""
        self.nodes = [
            ClusterNode(self.folder / str(number), free_port(), free_port()) for number in range(3)
        ]
        for node in self.nodes:
            node.folder.mkdir()
            self.launch(node)
        clients = [self.client(node) for node in self.nodes]
        async with asyncio.timeout(DEADLINE_SECONDS):
            await asyncio.gather(*map(_answers, clients))
            share = SLOTS // 3 + 1
            for number, client in enumerate(clients):
                last = min((number + 1) * share, SLOTS) - 1
                await client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
                await client.execute_command("CLUSTER", "ADDSLOTSRANGE", number * share, last)
            for node in self.nodes[1:]:
                await clients[0].execute_command(
                    "CLUSTER", "MEET", "127.0.0.1", node.port, node.bus_port
                )
            await asyncio.gather(*map(_is_whole, clients))
        for client in clients:
            await client.aclose()

    def client(self, node: ClusterNode) -> Redis:
        return Redis(port=node.port, password=PASSWORD, socket_timeout=1)

    def launch(self, node: ClusterNode) -> None:
        """Start the node, with what it knew of the cluster if it ran before."""
        binary = find_binary()
        if binary is None:
            raise NoValkeyError(HOW_TO_GET_ONE)
        settings = {
            "bind": "127.0.0.1", "port": node.port, "cluster-enabled": "yes",
            "cluster-port": node.bus_port, "cluster-announce-ip": "127.0.0.1",
            # After which the others miss a node: short, so that a test need not wait 15 s.
            "cluster-node-timeout": 1000, "requirepass": PASSWORD, "dir": node.folder,
            "save": "", "appendonly": "no",
        }  # fmt: skip
        options = [part for name, value in settings.items() for part in (f"--{name}", str(value))]
        launch = die_with_parent([str(binary), *options])
        with (node.folder / "log").open("ab") as log:
            node.process = subprocess.Popen(
                launch.command, pass_fds=launch.pass_fds, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def kill(self, node: ClusterNode) -> None:
        """Kill the node at once."""
        if node.process is not None:
            node.process.send_signal(signal.SIGKILL)
            node.process.wait()
            node.process = None

    def pause(self, node: ClusterNode) -> None:
        """Stop the node without ending it: connections stay open and nothing answers."""
        assert node.process is not None
        node.process.send_signal(signal.SIGSTOP)

    def resume(self, node: ClusterNode) -> None:
        assert node.process is not None
        node.process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        for node in self.nodes:
            self.kill(node)
        shutil.rmtree(self.folder, ignore_errors=True)


async def _answers(client: Redis) -> None:
    while True:
        try:
            await client.ping()
        except (RedisError, OSError):
            await asyncio.sleep(0.02)  # it is ready in about 34 ms
        else:
            return


async def _is_whole(client: Redis) -> None:
    while True:
        info: bytes = await client.execute_command("CLUSTER", "INFO")
        if b"cluster_state:ok" in info and b"cluster_known_nodes:3" in info:
            return
        await asyncio.sleep(0.05)  # nodes exchange this in about a second
