"""Presence when the broker breaks: no ghost stays, and nobody is lost."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from realtime.presence.leases import key_of
from shared.clock import monotonic
from shared.ids import StreamId, new_id
from shared.resources import Resources
from shared.settings import Settings
from tests.support.api_server import served
from tests.support.realtime.presence_sockets import count, hear_here, here, present, quicken
from tests.support.realtime.websocket_client import a_list
from tests.support.services.valkey import Valkey
from tests.support.world_builder import World


@pytest.fixture
def broker() -> Iterator[Valkey]:
    """A broker of this test alone, to be broken."""
    one = Valkey()
    one.start()
    yield one
    one.close()


@pytest.fixture
def redis_url(broker: Valkey) -> str:
    return f"{broker.url}/0"


@pytest.fixture
def database_url(tmp_path: Path, sqlite_template: Path) -> str:
    """One kind of database will do: presence is not in it."""
    shutil.copy(sqlite_template, tmp_path / "livelist.db")
    return f"sqlite+aiosqlite:///{tmp_path / 'livelist.db'}"


async def test_without_a_broker_a_node_tells_of_its_own_people_and_finds_the_others_again(
    settings: Settings,
    resources: Resources,
    world: World,
    broker: Valkey,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quicken(monkeypatch)
    ana, ben, cleo, dan = [await world.user(name) for name in ("Ana", "Ben", "Cleo", "Dan")]
    place = await a_list(resources, ana, ben, cleo, dan)

    async with (
        served(settings) as one,
        served(settings) as other,
        present(one.socket_url, resources, ana, place) as watcher,
        present(other.socket_url, resources, ben, place) as elsewhere,
    ):
        await hear_here(watcher, place[0], {"Ana", "Ben"})
        await asyncio.to_thread(broker.kill)
        # Ben's node cannot say that he is here: after a lease he counts as gone.
        await hear_here(watcher, place[0], {"Ana"})
        async with present(one.socket_url, resources, cleo, place) as third:
            await hear_here(watcher, place[0], {"Ana", "Cleo"})
            assert set(here(third, place[0])) == {"Ana", "Cleo"}
        await hear_here(watcher, place[0], {"Ana"})
        await asyncio.to_thread(broker.start)
        await hear_here(watcher, place[0], {"Ana", "Ben"})
        async with present(other.socket_url, resources, dan, place):
            await hear_here(watcher, place[0], {"Ana", "Ben", "Dan"})
        await hear_here(watcher, place[0], {"Ana", "Ben"})
        await hear_here(elsewhere, place[0], {"Ana", "Ben"})

    assert not [one for one in (*watcher.frames, *elsewhere.frames) if one["type"] == "error"]


async def test_a_broker_that_forgets_everything_makes_nobody_blink(
    settings: Settings, resources: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    quicken(monkeypatch)
    ana, ben, cleo = [await world.user(name) for name in ("Ana", "Ben", "Cleo")]
    place = await a_list(resources, ana, ben, cleo)
    assert resources.redis is not None

    async with (
        served(settings) as one,
        served(settings) as other,
        present(one.socket_url, resources, ana, place) as watcher,
        present(other.socket_url, resources, ben, place),
    ):
        await hear_here(watcher, place[0], {"Ana", "Ben"})
        for _ in range(3):
            await resources.redis.flushall()
            async with present(other.socket_url, resources, cleo, place):
                await hear_here(watcher, place[0], {"Ana", "Ben", "Cleo"})
            await hear_here(watcher, place[0], {"Ana", "Ben"})

    # Cleo's three, and nobody else's.
    assert count(watcher, "left") == 3


async def test_a_broker_that_stands_still_holds_up_nobody_of_the_same_node(
    settings: Settings,
    resources: Resources,
    world: World,
    broker: Valkey,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quicken(monkeypatch)
    ana, ben = await world.user("Ana"), await world.user("Ben")
    place = await a_list(resources, ana, ben)

    async with served(settings) as node, present(node.socket_url, resources, ana, place) as watcher:
        broker.pause()
        try:
            before = monotonic()
            async with present(node.socket_url, resources, ben, place):
                await hear_here(watcher, place[0], {"Ana", "Ben"})
            waited = monotonic() - before
        finally:
            broker.resume()

    assert waited < 2


async def test_a_dead_node_s_leases_do_not_stay_at_the_broker(
    settings: Settings, resources: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    quicken(monkeypatch)
    ana = await world.user()
    place = await a_list(resources, ana)
    redis, key = resources.redis, key_of(StreamId(place[0]))
    assert redis is not None

    async with served(settings) as node, present(node.socket_url, resources, ana, place):
        ended = b'{"until":1,"said":1,"user":{},"state":{}}'
        await redis.execute_command("HSET", key, f"{new_id()}:{new_id()}", ended, "odd", b"odd")
        async with asyncio.timeout(5):
            while await redis.execute_command("HLEN", key) != 1:
                await asyncio.sleep(0.05)  # the broker gives no event to wait for
    async with asyncio.timeout(5):
        while await redis.exists(key):
            await asyncio.sleep(0.05)  # likewise
