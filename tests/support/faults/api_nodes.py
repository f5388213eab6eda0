"""API nodes: processes of their own, or in this one."""

import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from shared.settings import Settings
from tests.support.api_server import served
from tests.support.faults.scenarios import Stage
from tests.support.services.processes import Child, running


class Addressed(Protocol):
    """A node, wherever it runs."""

    @property
    def port(self) -> int: ...

    @property
    def url(self) -> str: ...

    @property
    def socket_url(self) -> str: ...


@asynccontextmanager
async def a_node(
    stage: Stage, *, redis_port: int | None = None, pool_size: int | None = None
) -> AsyncIterator[Addressed]:
    """Yields a node on the stage: a process where it is full; else in this one, which is quick.

    `redis_port` is where it finds the broker, if not at its own door.
    """
    settings = stage.settings
    if pool_size is not None:
        settings = settings.model_copy(update={"database_pool_size": pool_size})
    if redis_port is not None:
        address = settings.redis_url.replace(f":{stage.broker.port}/", f":{redis_port}/")
        settings = settings.model_copy(update={"redis_url": address})
    if stage.is_full:
        async with api_process(settings) as process:
            yield process
    else:
        async with served(settings) as opened:
            yield opened


@asynccontextmanager
async def two_nodes(stage: Stage) -> AsyncIterator[tuple[Addressed, Addressed]]:
    """Yields two nodes on the stage."""
    async with a_node(stage) as one, a_node(stage) as two:
        yield one, two


@dataclass(frozen=True)
class Node:
    process: Child
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws"


@asynccontextmanager
async def api_process(
    settings: Settings, *, before: Sequence[str] = (), **changes: str
) -> AsyncIterator[Node]:
    """Yields an API process on the database, broker and secret of the test, ready.

    `before` is a command that becomes the one it is given, such as `taskset`.
    """
    port = _free_port()
    environment = {
        "DATABASE_URL": settings.database_address,
        "DATA_DIR": str(settings.data_dir),
        "REDIS_URL": settings.redis_url,
        "PUBLIC_URL": settings.public_url,
        "PORT": str(port),
        "DATABASE_POOL_SIZE": str(settings.database_pool_size),
        "RATE_LIMITS": "false",
        "LOG_FORMAT": "text",
        **changes,
    }
    async with running("api", [*before, sys.executable, "-m", "api"], environment) as process:
        await process.wait_for_http(f"http://127.0.0.1:{port}/health/live")
        yield Node(process, port)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])
