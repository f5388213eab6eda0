"""While the database is away, a socket is answered with something that its client can act upon."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from shared.actor import Actor
from shared.contract.frames import Close
from shared.resources import Resources
from tests.support.api_server import InProcessNode
from tests.support.realtime.websocket_client import SocketClient, socket_to, token_of

Away = Callable[[], AbstractAsyncContextManager[None]]


@pytest.fixture
def database_url(empty_postgres_url: str) -> str:
    """Postgres alone: SQLite cannot be away."""
    return empty_postgres_url


@pytest.fixture
def away(postgres_admin_url: str, database_url: str) -> Away:
    """Cut every connection to the database, and refuse new ones, while a block runs."""
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


async def test_a_hello_while_the_database_is_away_is_closed_with_1012(
    server: InProcessNode, resources: Resources, ana: Actor, away: Away
) -> None:
    token = token_of(resources, ana)

    async with away(), socket_to(server.socket_url) as client:
        await client.send("hello", token=token)
        code = await client.wait_closed()
    async with socket_to(server.socket_url, hello={"token": token}):
        pass

    assert code == Close.GOING_AWAY


async def test_a_newer_token_while_the_database_is_away_is_answered_with_unavailable(
    ana_socket: SocketClient, resources: Resources, ana: Actor, away: Away
) -> None:
    async with away():
        first = await ana_socket.send("auth", token=token_of(resources, ana))
        refused = await ana_socket.receive_type("error")
    second = await ana_socket.send("auth", token=token_of(resources, ana))
    answer = await ana_socket.receive_type("authenticated")

    assert (refused["re"], refused["code"]) == (first, "unavailable")
    assert answer["re"] == second
