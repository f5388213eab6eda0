"""A listener on the database of the test, and the addresses of its lists."""

import socket
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from shared.actor import Actor
from shared.ids import ListId
from shared.resources import Resources, open_resources
from shared.settings import Settings
from tests.support.inbound_mail import Mailboxes
from tests.support.settings import changed_settings
from tests.support.world_builder import World
from worker.inbound_mail.listener import listening


@pytest.fixture
def boxes(world: World, resources: Resources) -> Mailboxes:
    return Mailboxes(world, resources)


@pytest_asyncio.fixture
async def port(settings: Settings) -> AsyncIterator[int]:
    """The port of a listener on the database of the test."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = int(free.getsockname()[1])
    listener = changed_settings(
        settings,
        inbound_mail_listen=f"127.0.0.1:{number}",
        inbound_mail_max_mebibytes=1,
        rate_limits=True,
    )
    async with open_resources(listener) as resources, listening(resources) as server:
        assert server is not None
        yield number


@pytest.fixture
async def list_of_ana(home: tuple[Actor, Actor, ListId]) -> tuple[Actor, ListId]:
    ana, _, list_id = home
    return ana, list_id
