"""Presence while the broker fails: absent users disappear, and present users stay visible."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from realtime.presence.leases import key_of
from shared.ids import StreamId, new_id
from shared.resources import Resources
from shared.settings import Settings
from tests.support.api_server import served
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.faults.database_matrix import open_broker
from tests.support.realtime.presence_sockets import (
    present,
    present_users,
    receive_present,
    shorten_presence,
)
from tests.support.realtime.websocket_client import insert_list
from tests.support.services.valkey import Valkey
from tests.support.world_builder import World


@pytest.fixture
def broker() -> Iterator[Valkey]:
    """A broker of this test alone, to be broken."""
    with open_broker() as broker:
        yield broker


@pytest.fixture
def redis_url(broker: Valkey) -> str:
    return f"{broker.url}/0"


@pytest.fixture
def database_url(tmp_path: Path, sqlite_template: Path) -> str:
    """SQLite alone: presence is not in the database."""
    shutil.copy(sqlite_template, tmp_path / "livelist.db")
    return f"sqlite+aiosqlite:///{tmp_path / 'livelist.db'}"


async def test_without_a_broker_a_node_shows_its_own_users_and_later_those_of_other_nodes_again(
    settings: Settings,
    resources: Resources,
    world: World,
    broker: Valkey,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shorten_presence(monkeypatch)
    ana, ben, cleo, dan = [await world.user(name) for name in ("Ana", "Ben", "Cleo", "Dan")]
    shared_list = await insert_list(resources, ana, ben, cleo, dan)

    async with (
        served(settings) as node,
        served(settings) as other_node,
        present(node.socket_url, resources, ana, shared_list) as observer,
        present(other_node.socket_url, resources, ben, shared_list) as elsewhere,
    ):
        await receive_present(observer, shared_list[0], {"Ana", "Ben"})
        await asyncio.to_thread(broker.kill)
        # Ben's node cannot renew his lease; when it ends he counts as gone.
        await receive_present(observer, shared_list[0], {"Ana"})
        async with present(node.socket_url, resources, cleo, shared_list) as third:
            await receive_present(observer, shared_list[0], {"Ana", "Cleo"})
            assert set(present_users(third, shared_list[0])) == {"Ana", "Cleo"}
        await receive_present(observer, shared_list[0], {"Ana"})
        await asyncio.to_thread(broker.start)
        await receive_present(observer, shared_list[0], {"Ana", "Ben"})
        async with present(other_node.socket_url, resources, dan, shared_list):
            await receive_present(observer, shared_list[0], {"Ana", "Ben", "Dan"})
        await receive_present(observer, shared_list[0], {"Ana", "Ben"})
        await receive_present(elsewhere, shared_list[0], {"Ana", "Ben"})

    frames = (*observer.frames, *elsewhere.frames)
    assert not [frame for frame in frames if frame["type"] == "error"]


async def test_a_flushed_broker_makes_no_user_leave(
    settings: Settings, resources: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    shorten_presence(monkeypatch)
    ana, ben, cleo = [await world.user(name) for name in ("Ana", "Ben", "Cleo")]
    shared_list = await insert_list(resources, ana, ben, cleo)
    assert resources.redis is not None

    async with (
        served(settings) as node,
        served(settings) as other_node,
        present(node.socket_url, resources, ana, shared_list) as observer,
        present(other_node.socket_url, resources, ben, shared_list),
    ):
        await receive_present(observer, shared_list[0], {"Ana", "Ben"})
        for _ in range(3):
            await resources.redis.flushall()
            async with present(other_node.socket_url, resources, cleo, shared_list):
                await receive_present(observer, shared_list[0], {"Ana", "Ben", "Cleo"})
            await receive_present(observer, shared_list[0], {"Ana", "Ben"})

    # Only Cleo left, three times.
    assert observer.count("left") == 3


async def test_a_paused_broker_does_not_delay_users_of_the_same_node(
    settings: Settings,
    resources: Resources,
    world: World,
    broker: Valkey,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shorten_presence(monkeypatch)
    ana, ben = await world.user("Ana"), await world.user("Ben")
    shared_list = await insert_list(resources, ana, ben)

    async with (
        served(settings) as node,
        present(node.socket_url, resources, ana, shared_list) as observer,
    ):
        broker.pause()
        try:
            # While the broker answers nothing.
            async with present(node.socket_url, resources, ben, shared_list):
                await receive_present(observer, shared_list[0], {"Ana", "Ben"})
        finally:
            broker.resume()


async def test_the_leases_of_a_dead_node_are_deleted_from_the_broker(
    settings: Settings, resources: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    shorten_presence(monkeypatch)
    ana = await world.user()
    shared_list = await insert_list(resources, ana)
    redis, key = resources.redis, key_of(StreamId(shared_list[0]))
    assert redis is not None

    async with served(settings) as node, present(node.socket_url, resources, ana, shared_list):
        ended = b'{"until":1,"said":1,"user":{},"state":{}}'
        await redis.execute_command("HSET", key, f"{new_id()}:{new_id()}", ended, "odd", b"odd")
        async with asyncio.timeout(DEADLINE_SECONDS):
            while await redis.execute_command("HLEN", key) != 1:
                await asyncio.sleep(0.05)  # the broker gives no event to wait for
    async with asyncio.timeout(DEADLINE_SECONDS):
        while await redis.exists(key):
            await asyncio.sleep(0.05)  # likewise
