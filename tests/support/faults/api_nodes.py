"""Start API nodes for a scenario, in processes of their own or in this one."""

import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from shared.actor import Actor
from shared.settings import Settings
from tests.support.api_server import ApiNode, served
from tests.support.deadlines import http_client
from tests.support.faults.scenarios import ScenarioEnv
from tests.support.realtime.websocket_client import token_of
from tests.support.services.processes import Child, running
from tests.support.settings import changed_settings


@dataclass(frozen=True)
class ProcessNode(ApiNode):
    process: Child


@asynccontextmanager
async def open_node(
    env: ScenarioEnv, *, redis_port: int | None = None, pool_size: int | None = None
) -> AsyncIterator[ApiNode]:
    """Yield a node: a process at the full size; in this process at the short size, which is faster.

    `redis_port` is the port at which the node finds the broker, if not the broker's own.
    """
    settings = env.settings
    if pool_size is not None:
        settings = changed_settings(settings, database_pool_size=pool_size)
    if redis_port is not None:
        address = settings.redis.url.replace(f":{env.broker.port}/", f":{redis_port}/")
        settings = changed_settings(settings, redis_url=address)
    if env.is_full:
        async with api_process(settings) as process:
            yield process
    else:
        async with served(settings) as node:
            yield node


@asynccontextmanager
async def open_two_nodes(env: ScenarioEnv) -> AsyncIterator[tuple[ApiNode, ApiNode]]:
    async with open_node(env) as first, open_node(env) as second:
        yield first, second


@asynccontextmanager
async def api_process(
    settings: Settings,
    *,
    command_prefix: Sequence[str] = (),
    **changes: str,
) -> AsyncIterator[ProcessNode]:
    """Yield an API process on the database, broker and secret of the test, once it answers.

    `command_prefix` is a command that runs the one after it, such as `taskset -c 0`. `changes` are
    environment variables.
    """
    port = int(changes.get("PORT", 0)) or free_port()
    environment = {
        "DATABASE_URL": settings.database.url,
        "DATA_DIR": str(settings.data_dir),
        "REDIS_URL": settings.redis.url,
        "PUBLIC_URL": settings.web.public_url,
        "PORT": str(port),
        "DATABASE_POOL_SIZE": str(settings.database.pool_size),
        "RATE_LIMITS": "false",
        "LOG_FORMAT": "text",
        **changes,
    }
    command = [*command_prefix, sys.executable, "-m", "api"]
    async with running("api", command, environment) as process:
        await process.wait_for_http(f"http://127.0.0.1:{port}/health/live")
        yield ProcessNode(port, process)


@asynccontextmanager
async def rest_client(
    node: ApiNode, env: ScenarioEnv, actor: Actor
) -> AsyncIterator[httpx.AsyncClient]:
    """Yield an HTTP client of the node that sends the actor's token."""
    headers = {"Authorization": f"Bearer {token_of(env.resources, actor)}"}
    async with http_client(f"{node.url}/api/v1", headers) as http:
        yield http


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
