"""A user, a list and a socket: what most tests of this folder begin with."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from shared.actor import Actor
from shared.resources import Resources
from shared.settings import Settings
from tests.support.api_server import InProcessNode, served
from tests.support.realtime.limits import set_limits
from tests.support.realtime.websocket_client import (
    InsertedList,
    SocketClient,
    insert_list,
    socket_of,
)
from tests.support.world_builder import World


@pytest_asyncio.fixture
async def patient_server(
    settings: Settings, resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[InProcessNode]:
    """The application, which ends no connection whose client does not read while a test writes."""
    set_limits(monkeypatch, progress_seconds=120)
    async with served(settings) as opened:
        yield opened


@pytest_asyncio.fixture
async def ana(world: World) -> Actor:
    return await world.user("Ana")


@pytest_asyncio.fixture
async def ben(world: World) -> Actor:
    return await world.user("Ben")


@pytest_asyncio.fixture
async def ana_list(resources: Resources, ana: Actor) -> InsertedList:
    """A list of Ana's, without events."""
    return await insert_list(resources, ana)


@pytest_asyncio.fixture
async def shared_list(resources: Resources, ana: Actor, ben: Actor) -> InsertedList:
    """A list of Ana and Ben, without events."""
    return await insert_list(resources, ana, ben)


@pytest_asyncio.fixture
async def ana_socket(
    server: InProcessNode, resources: Resources, ana: Actor
) -> AsyncIterator[SocketClient]:
    """Ana's socket, welcomed."""
    async with socket_of(server.socket_url, resources, ana) as client:
        yield client
