"""The database is away for a while: a socket is told so, in words that its client can act upon."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from shared.contract.frames import Close
from shared.resources import Resources
from tests.support.api_server import InProcessNode
from tests.support.realtime.websocket_client import socket_of, socket_to, token_of
from tests.support.world_builder import World

Away = Callable[[], AbstractAsyncContextManager[None]]


@pytest.fixture
def database_url(postgres_url: str) -> str:
    """Postgres alone: SQLite cannot be away."""
    return postgres_url


@pytest.fixture
def away(postgres_admin_url: str, database_url: str) -> Away:
    """While the block runs, every connection to the database is cut, and no new one is let in."""
    name = make_url(database_url).database

    @asynccontextmanager
    async def while_away() -> AsyncIterator[None]:
        admin = await asyncpg.connect(postgres_admin_url.replace("+asyncpg", ""))
        await admin.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false')
        try:
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
            )
            yield
        finally:
            await admin.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS true')
            await admin.close()

    return while_away


async def test_a_hello_while_the_database_is_away_is_asked_to_come_again(
    server: InProcessNode, resources: Resources, world: World, away: Away
) -> None:
    token = token_of(resources, await world.user())

    async with away(), socket_to(server.socket_url) as client:
        await client.send("hello", token=token)
        code = await client.wait_closed()
    async with socket_to(server.socket_url, hello={"token": token}):
        pass

    assert code == Close.GOING_AWAY


async def test_a_newer_token_while_the_database_is_away_is_asked_for_again(
    server: InProcessNode, resources: Resources, world: World, away: Away
) -> None:
    ana = await world.user()

    async with socket_of(server.socket_url, resources, ana) as client:
        async with away():
            await client.send("auth", token=token_of(resources, ana))
            refused = await client.receive_type("error")
        await client.send("auth", token=token_of(resources, ana))
        answer = await client.receive_type("authenticated")

    assert (refused["re"], refused["code"]) == (answer["re"] - 1, "unavailable")
