"""A node starts or stops while the broker is down. Later failures: tests/faults/realtime/broker.py."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest
import pytest_asyncio
from redis.asyncio import ConnectionPool
from redis.exceptions import TimeoutError as RedisTimeout

from shared.ids import ListId
from shared.resources import Resources, open_resources
from shared.settings import Settings
from tests.support.api_server import served
from tests.support.realtime.websocket_client import (
    SocketClient,
    insert_list,
    socket_of,
    write_event,
)
from tests.support.services.valkey import Valkey
from tests.support.world_builder import World


@pytest.fixture
def redis_url(broker: Valkey) -> str:
    return f"{broker.url}/0"


@pytest_asyncio.fixture
async def other_process(settings: Settings, resources: Resources) -> AsyncIterator[Resources]:
    """The resources of another process: the node learns of its commits by pub/sub or the database."""
    async with open_resources(settings) as resources:
        yield resources


async def subscribe(client: SocketClient, list_id: ListId, epoch: str) -> None:
    await client.subscribe((list_id, epoch, 0))
    await client.receive_type("subscribed")


async def test_a_node_that_started_without_a_broker_connects_when_the_broker_starts(
    settings: Settings, resources: Resources, other_process: Resources, world: World, broker: Valkey
) -> None:
    ana = await world.user()
    list_id, epoch = await insert_list(resources, ana)
    await asyncio.to_thread(broker.kill)

    async with served(settings) as node, socket_of(node.socket_url, resources, ana) as client:
        await subscribe(client, list_id, epoch)
        await write_event(other_process, list_id)
        # Without a broker the head check finds the event.
        await client.receive_seq(list_id, 1)
        await asyncio.to_thread(broker.start)
        await node.receives_messages()


async def test_the_database_is_closed_even_if_closing_the_broker_fails(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(pool: ConnectionPool) -> None:
        raise RedisTimeout("Timed out closing connection after 1.0")

    monkeypatch.setattr(ConnectionPool, "disconnect", fail)
    closed: list[str] = []

    async with open_resources(settings) as resources:
        monkeypatch.setattr(resources.database, "close", partial(_record_close, closed))

    assert closed == ["database"]


async def _record_close(closed: list[str]) -> None:
    closed.append("database")
