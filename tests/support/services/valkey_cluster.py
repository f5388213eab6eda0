"""A real cluster of three brokers on loopback, and the ways to break one of them."""

import asyncio
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from console.processes.broker import find_binary, free_port
from console.processes.parent_death_signal import leashed
from tests.support.services.folders import temporary_folder
from tests.support.services.valkey import HOW_TO_GET_ONE, START_SECONDS, NoValkeyError

SLOTS = 16384
PASSWORD = "cluster-of-the-tests"


@dataclass
class Member:
    """One broker of the cluster; its ports and folder stay the same over restarts."""

    folder: Path
    port: int
    # Ten thousand above the other by default, which may be no port at all.
    bus_port: int
    process: "subprocess.Popen[bytes] | None" = None


@dataclass
class ValkeyCluster:
    """Three primaries without replicas: who is killed is missed until it is back."""

    folder: Path = field(default_factory=lambda: temporary_folder("cluster"))
    members: list[Member] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Every member, as REDIS_CLUSTER_URL has it."""
        return ",".join(f"redis://:{PASSWORD}@127.0.0.1:{one.port}" for one in self.members)

    async def start(self) -> None:
        """All slots are served. Raises NoValkeyError when they are not in time."""
        self.members = [
            Member(self.folder / str(number), free_port(), free_port()) for number in range(3)
        ]
        for one in self.members:
            one.folder.mkdir()
            self.launch(one)
        clients = [self.client(one) for one in self.members]
        async with asyncio.timeout(START_SECONDS):
            await asyncio.gather(*map(_answers, clients))
            share = SLOTS // 3 + 1
            for number, client in enumerate(clients):
                last = min((number + 1) * share, SLOTS) - 1
                await client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
                await client.execute_command("CLUSTER", "ADDSLOTSRANGE", number * share, last)
            for one in self.members[1:]:
                await clients[0].execute_command(
                    "CLUSTER", "MEET", "127.0.0.1", one.port, one.bus_port
                )
            await asyncio.gather(*map(_is_whole, clients))
        for client in clients:
            await client.aclose()

    def client(self, one: Member) -> Redis:
        return Redis(port=one.port, password=PASSWORD, socket_timeout=1)

    def launch(self, one: Member) -> None:
        """The member runs; with what it knew of the cluster, when it ran before."""
        binary = find_binary()
        if binary is None:
            raise NoValkeyError(HOW_TO_GET_ONE)
        settings = {
            "bind": "127.0.0.1", "port": one.port, "cluster-enabled": "yes",
            "cluster-port": one.bus_port, "cluster-announce-ip": "127.0.0.1",
            # How soon the others notice: short, so that a test need not wait 15 s.
            "cluster-node-timeout": 1000, "requirepass": PASSWORD, "dir": one.folder,
            "save": "", "appendonly": "no",
        }  # fmt: skip
        words = [part for name, value in settings.items() for part in (f"--{name}", str(value))]
        leash = leashed([str(binary), *words])
        with (one.folder / "log").open("ab") as log:
            one.process = subprocess.Popen(
                leash.command, pass_fds=leash.pass_fds, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def kill(self, one: Member) -> None:
        """The member is gone at once."""
        if one.process is not None:
            one.process.send_signal(signal.SIGKILL)
            one.process.wait()
            one.process = None

    def pause(self, one: Member) -> None:
        """The member stands still: connections stay open, and nothing answers."""
        assert one.process is not None
        one.process.send_signal(signal.SIGSTOP)

    def resume(self, one: Member) -> None:
        assert one.process is not None
        one.process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        for one in self.members:
            self.kill(one)
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
        await asyncio.sleep(0.05)  # members tell each other in about a second
