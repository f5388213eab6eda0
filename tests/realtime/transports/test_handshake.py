"""Who may open a socket, with which credentials, and how all others are closed."""

import asyncio
from datetime import timedelta

import pytest
import websockets
from sqlalchemy import update

from shared.accounts.authentication.tickets import issue_ticket
from shared.actor import Actor
from shared.contract.frames import CLOSES, Close
from shared.resources import Resources
from shared.tables.accounts import UserRow
from tests.support.api_server import InProcessNode
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.realtime.websocket_client import (
    SocketClient,
    socket_of,
    socket_to,
    token_of,
)


async def test_a_token_is_welcomed(ana_socket: SocketClient, ana: Actor) -> None:
    [welcome] = ana_socket.frames

    assert welcome["re"] == 1
    assert welcome["user"] == {"id": ana.user_id, "name": "Ana", "avatar_url": None}
    assert welcome["heartbeat_seconds"] == 25


async def test_a_ticket_opens_one_socket(
    server: InProcessNode, resources: Resources, ana: Actor
) -> None:
    async with resources.begin() as work:
        ticket, _ = await issue_ticket(work, ana)

    async with socket_to(server.socket_url, hello={"ticket": ticket}):
        pass
    async with socket_to(server.socket_url) as second:
        await second.send("hello", ticket=ticket)
        code = await second.wait_closed()

    assert code == Close.NOT_AUTHENTICATED


@pytest.mark.parametrize(
    "origin",
    ["null", "http://evil.example", "http://localhost:8000.evil.example", "http://localhost"],
)
async def test_a_foreign_origin_is_refused_before_it_is_accepted(
    server: InProcessNode, origin: str
) -> None:
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with socket_to(server.socket_url, origin=origin):
            pass

    assert refused.value.response.status_code == 403


async def test_the_server_s_own_origin_is_accepted(
    server: InProcessNode, resources: Resources, ana: Actor
) -> None:
    async with socket_of(
        server.socket_url, resources, ana, origin="http://localhost:8000"
    ) as client:
        assert client.frames[0]["type"] == "welcome"


@pytest.mark.parametrize("offered", [None, ["livelist.v0"]])
async def test_an_unknown_version_is_closed_with_4409(
    server: InProcessNode, offered: list[str] | None
) -> None:
    async with socket_to(server.socket_url, subprotocols=offered) as client:
        assert await client.wait_closed() == Close.UNKNOWN_VERSION


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ("", Close.PROTOCOL_ERROR),
        ("hello", Close.PROTOCOL_ERROR),
        ("[]", Close.PROTOCOL_ERROR),
        ('{"id":1,"type":"hello"}', Close.NOT_AUTHENTICATED),
        ('{"id":1,"type":"hello","token":"x.y.z"}', Close.NOT_AUTHENTICATED),
        ('{"id":1,"type":"hello","ticket":"x"}', Close.NOT_AUTHENTICATED),
        ('{"id":1,"type":"hello","token":"' + "x" * 5000 + '"}', Close.PROTOCOL_ERROR),
        ('{"id":1,"type":"pong"}', Close.PROTOCOL_ERROR),
        ('{"type":"pong"}', Close.NOT_AUTHENTICATED),
        (b"\x00\x01", Close.PROTOCOL_ERROR),
    ],
)
async def test_a_first_frame_that_is_no_good_hello_is_closed(
    server: InProcessNode, first: str | bytes, code: Close
) -> None:
    async with socket_to(server.socket_url) as client:
        await client.socket.send(first)
        assert await client.wait_closed() == code
        assert client.socket.close_reason == CLOSES[code].reason


async def test_a_disabled_account_and_an_expired_token_are_not_authenticated(
    server: InProcessNode, resources: Resources, ana: Actor, ben: Actor
) -> None:
    async with resources.begin() as work:
        await work.connection.execute(
            update(UserRow).where(UserRow.id == ben.user_id).values(status="disabled")
        )
    expired = token_of(resources, ana, lives=timedelta(seconds=-1))

    for token in (expired, token_of(resources, ben)):
        async with socket_to(server.socket_url) as client:
            await client.send("hello", token=token)
            assert await client.wait_closed() == Close.NOT_AUTHENTICATED


async def test_an_eleventh_socket_of_one_user_is_too_many(
    server: InProcessNode, resources: Resources, ana: Actor, ben: Actor
) -> None:
    async with asyncio.TaskGroup() as group, asyncio.timeout(DEADLINE_SECONDS):
        opened, enough = asyncio.Semaphore(0), asyncio.Event()

        async def stay() -> None:
            async with socket_of(server.socket_url, resources, ana):
                opened.release()
                await enough.wait()

        for _ in range(10):
            group.create_task(stay())
        for _ in range(10):
            await opened.acquire()

        async with socket_to(server.socket_url) as client:
            await client.send("hello", token=token_of(resources, ana))
            code = await client.wait_closed()
        async with socket_of(server.socket_url, resources, ben):
            pass
        enough.set()

    assert code == Close.TOO_MANY_CONNECTIONS
