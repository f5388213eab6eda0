"""The environment of the load benchmarks: a database, a broker, users with lists and todos."""

import asyncio
import os
import platform
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from console.schema.upgrade import upgrade
from shared.actor import Actor
from shared.contract.shapes import Role
from shared.ids import ListId, TodoId
from shared.resources import Resources
from shared.settings import Settings
from shared.todos.commands.create import create_todo
from shared.todos.rules.todo_edits import NewTodo, Placement
from tests.support.realtime.websocket_client import head_of
from tests.support.services import postgres
from tests.support.services.valkey import Valkey
from tests.support.settings import plain_settings
from tests.support.world_builder import World


@dataclass(frozen=True)
class Services:
    """A migrated database and a broker, for this run only."""

    settings: Settings
    broker: Valkey
    # The process id of the Postgres server; None with SQLite.
    postgres_pid: int | None = None


@dataclass(frozen=True)
class SharedList:
    """A list that `writer` edits and `reader` subscribes to, with its initial position."""

    list_id: ListId
    todo_id: TodoId
    writer: Actor
    reader: Actor
    epoch: str
    seq: int


@contextmanager
def services(database: str) -> Iterator[Services]:
    """Yield services with the database "sqlite" or "postgres"; stop and delete them afterwards."""
    broker = Valkey()
    broker.start()
    server = postgres.start() if database == "postgres" else None
    try:
        with tempfile.TemporaryDirectory() as folder:
            url = server.url if server else f"sqlite+aiosqlite:///{folder}/livelist.db"
            settings = plain_settings(Path(folder), database_url=url, redis_url=f"{broker.url}/0")
            upgrade(settings)
            yield Services(settings, broker, server.pid if server else None)
    finally:
        if server:
            server.stop()
        broker.close()


async def shared_lists(resources: Resources, count: int, description: str = "") -> list[SharedList]:
    """Return `count` new lists with one todo each, and two users of their own."""
    world = World(resources)
    return [await _shared_list(world, description) for _ in range(count)]


async def _shared_list(world: World, description: str) -> SharedList:
    writer, reader = await world.user("Ben"), await world.user("Ana")
    list_id = await world.list(reader, (writer, Role.EDITOR))
    todo = await world.run(
        create_todo, writer, list_id, NewTodo(title="Milk", description=description), Placement()
    )
    epoch, seq = await head_of(world.resources, list_id)
    return SharedList(list_id, TodoId(todo.id), writer, reader, epoch, seq)


def percentile(values: list[float], fraction: float) -> float:
    """Return the percentile, given as a fraction of 1; NaN if there are no values."""
    if not values:
        return float("nan")
    return sorted(values)[min(len(values) - 1, int(len(values) * fraction))]


def describe_machine() -> str:
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores "
        f"(load {os.getloadavg()[0]:.1f}), Python {platform.python_version()}"
    )


def new_uvloop() -> "asyncio.AbstractEventLoop":
    """Return an event loop of the servers' kind, so that the client is not the slower side."""
    import uvloop  # noqa: PLC0415  not on Windows

    return uvloop.new_event_loop()
