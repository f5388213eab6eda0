"""PATCH → the other client's event, through real processes: API, broker, database, two sockets.

    .venv/bin/python -m bench.live            both databases, one node and two; about a minute
    .venv/bin/python -m bench.live --count 1000

One edit is under way at a time. The clock starts before the request is sent and stops when the
other member's socket has the event; client and servers share this machine's cores.
"""

import argparse
import asyncio
import os
import platform
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import orjson
import websockets

from shared.actor import Actor
from shared.clock import monotonic
from shared.contract.frames import SUBPROTOCOL
from shared.contract.shapes import Role
from shared.ids import TodoId, new_id
from shared.resources import Resources, open_resources
from shared.settings import Settings
from shared.todos.commands import create_todo
from shared.todos.rules import NewTodo, Spot
from tests.conftest import migrate, plain_settings
from tests.faults.nodes import Node, api_process
from tests.realtime.sockets import head_of, token_of
from tests.services import postgres
from tests.services.valkey import Valkey
from tests.world import World

WARM_UP = 30
# The whole measurement, with both databases: a hang must end.
LONGEST_SECONDS = 300


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("--count", type=int, default=300, help="edits measured in each run")
    count = max(10, min(arguments.parse_args().count, 10_000))
    print(f"{_machine()}, {count} edits a run, one at a time; milliseconds")
    print(f"{'database':10} {'nodes':5} {'event p50':>10} {'p99':>7} {'answer p50':>11} {'p99':>7}")
    asyncio.run(asyncio.wait_for(_measure(count), LONGEST_SECONDS))


async def _measure(count: int) -> None:
    for database in ("sqlite", "postgres"):
        with _services(database) as settings:
            await asyncio.to_thread(migrate, settings)
            for nodes in (1, 2):
                await _run(settings, database, nodes, count)


@contextmanager
def _services(database: str) -> Iterator[Settings]:
    broker = Valkey()
    broker.start()
    server = postgres.start() if database == "postgres" else None
    try:
        with tempfile.TemporaryDirectory() as folder:
            url = server.url if server else f"sqlite+aiosqlite:///{folder}/livelist.db"
            yield plain_settings(Path(folder), database_url=url, redis_url=f"{broker.url}/0")
    finally:
        if server:
            server.stop()
        broker.close()


async def _run(settings: Settings, database: str, nodes: int, count: int) -> None:
    async with open_resources(settings) as resources, api_process(settings) as one:
        ana, ben, todo_id, cursor = await _two_people(World(resources))
        async with _other(settings, one, nodes) as two, _socket(two, resources, ana, cursor) as ear:
            headers = {"Authorization": f"Bearer {token_of(resources, ben)}"}
            async with httpx.AsyncClient(
                base_url=one.url, headers=headers, trust_env=False
            ) as http:
                for _ in range(WARM_UP):
                    await _edit(http, ear, todo_id)
                times = [await _edit(http, ear, todo_id) for _ in range(count)]
    heard, answered = zip(*times, strict=True)
    print(
        f"{database:10} {nodes:5} {_at(heard, 0.5):10.1f} {_at(heard, 0.99):7.1f} "
        f"{_at(answered, 0.5):11.1f} {_at(answered, 0.99):7.1f}",
        flush=True,
    )


async def _two_people(world: World) -> tuple[Actor, Actor, TodoId, dict[str, object]]:
    ana, ben = await world.person("Ana"), await world.person("Ben")
    list_id = await world.list(ana, (ben, Role.EDITOR))
    todo = await world.do(create_todo, ana, list_id, NewTodo("Milk"), Spot())
    epoch, seq = await head_of(world.resources, list_id)
    cursor: dict[str, object] = {"list": list_id, "epoch": epoch, "since": seq}
    return ana, ben, TodoId(todo.id), cursor


@asynccontextmanager
async def _other(settings: Settings, one: Node, nodes: int) -> AsyncIterator[Node]:
    if nodes == 1:
        yield one
        return
    async with api_process(settings) as two:
        yield two


@asynccontextmanager
async def _socket(
    node: Node, resources: Resources, actor: Actor, cursor: dict[str, object]
) -> AsyncIterator[websockets.ClientConnection]:
    async with websockets.connect(
        node.socket_url, subprotocols=[websockets.Subprotocol(SUBPROTOCOL)], proxy=None,
        compression=None,
    ) as socket:  # fmt: skip
        hello = {"id": 1, "type": "hello", "token": token_of(resources, actor)}
        await socket.send(orjson.dumps(hello).decode())
        await socket.recv()
        subscribe = {"id": 2, "type": "subscribe", "lists": [cursor]}
        await socket.send(orjson.dumps(subscribe).decode())
        await socket.recv()
        yield socket


async def _edit(
    http: httpx.AsyncClient, ear: websockets.ClientConnection, todo_id: TodoId
) -> tuple[float, float]:
    """Returns the milliseconds until the other client had the event, and until the answer."""
    mutation = new_id()

    async def answered() -> float:
        answer = await http.patch(
            f"/api/v1/todos/{todo_id}",
            json={"title": mutation},
            headers={"Idempotency-Key": mutation},
        )
        answer.raise_for_status()
        return monotonic()

    before = monotonic()
    answer = asyncio.create_task(answered())
    while orjson.loads(await ear.recv()).get("mutation") != mutation:
        pass
    heard = monotonic()
    return (heard - before) * 1000, (await answer - before) * 1000


def _at(values: Sequence[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def _machine() -> str:
    load = os.getloadavg()[0]
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores (load {load:.1f}), "
        f"Python {platform.python_version()}"
    )


if __name__ == "__main__":
    main()
