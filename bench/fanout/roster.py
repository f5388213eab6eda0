"""Who is compared, in the order of the table."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.fanout.contestant import Bench, Contestant
from bench.fanout.ours import Ours
from bench.fanout.subscribers import compile_c

PEERS = Path(__file__).with_name("peers")


@dataclass
class CLoop(Contestant):
    kind: str = "single"

    async def prepare(self, bench: Bench) -> None:
        await compile_c([str(PEERS / "loop.c")], bench.cache / "loop")

    def command(self, bench: Bench, port: int) -> Sequence[str]:
        return [str(bench.cache / "loop"), str(port), str(bench.broker_port), self.kind]


@dataclass
class PythonPeer(Contestant):
    """A module of bench.fanout.peers that needs nothing but the product's own packages."""

    module: str = ""

    def command(self, bench: Bench, port: int) -> Sequence[str]:
        return [sys.executable, "-m", f"bench.fanout.peers.{self.module}", str(port)]


def roster() -> list[Contestant]:
    return [
        Ours(),
        CLoop("c", "C epoll loop, framed once, a write for each socket and message"),
        CLoop("c-joined", "C epoll loop, joining what has arrived (the limit)", kind="joined"),
        PythonPeer("starlette", "Starlette send_text loop, uvicorn", module="starlette_loop"),
    ]
