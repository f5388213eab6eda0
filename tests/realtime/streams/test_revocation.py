"""When a user or a session loses access: exactly after the event, and within a quarter second."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete

from realtime.node import RealtimeNode
from shared.accounts.authentication.tickets import issue_ticket
from shared.actor import Actor
from shared.clock import monotonic
from shared.contract.events import AccountDisabled, ListDeleted
from shared.contract.frames import Close
from shared.ids import list_stream, user_stream
from shared.resources import Resources, open_resources
from shared.settings import Settings
from shared.tables.streams import StreamRow
from tests.support.api_server import InProcessNode, served
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.realtime.limits import set_limits, without_head_checks
from tests.support.realtime.websocket_client import (
    InsertedList,
    SocketClient,
    revoke_session,
    socket_of,
    socket_to,
    token_of,
)
from tests.support.settings import changed_settings
from tests.support.world_builder import World


async def test_a_deleted_list_is_unsubscribed_after_the_event(
    ana_socket: SocketClient, ana_list: InsertedList, resources: Resources, ana: Actor
) -> None:
    stream = list_stream(ana_list.list_id)

    await ana_socket.follow(ana_list)
    async with resources.begin() as work:
        await work.lock_streams([stream])
        work.record(stream, ListDeleted(list_id=ana_list.list_id, deleted_at=work.now), ana)
    end = await ana_socket.receive_type("unsubscribed")

    assert ana_socket.seqs(stream) == [1]
    assert (end["list"], end["reason"]) == (stream, "deleted")


@pytest.mark.parametrize("has_broker", [True, False])
async def test_the_sockets_of_a_revoked_session_are_closed_soon_on_every_node(
    settings: Settings,
    resources: Resources,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    has_broker: bool,
) -> None:
    if has_broker:
        without_head_checks(monkeypatch)
    else:
        settings = changed_settings(settings, redis_url="")

    async with served(settings) as node, open_resources(settings) as elsewhere:
        if has_broker:
            await node.receives_messages()
        for _ in range(4):
            ana = await world.user("Ana")
            other = replace(ana, session_id=(await world.user("Ben")).session_id)
            async with socket_of(node.socket_url, resources, ana) as client:
                await revoke_session(elsewhere, other)
                await revoke_session(elsewhere, ana)
                code = await client.wait_closed()
            assert code == Close.REFUSED


async def test_the_socket_of_a_disabled_account_is_closed(
    ana_socket: SocketClient, resources: Resources, ana: Actor
) -> None:
    stream = user_stream(ana.user_id)

    async with resources.begin() as work:
        await work.lock_streams([stream])
        work.record(stream, AccountDisabled(), None)

    assert await ana_socket.wait_closed() == Close.REFUSED


async def test_the_socket_of_a_deleted_account_is_closed_though_its_stream_is_gone(
    ana_socket: SocketClient, resources: Resources, ana: Actor
) -> None:
    async with resources.begin() as work:
        stream = user_stream(ana.user_id)
        await work.connection.execute(delete(StreamRow).where(StreamRow.id == stream))

    assert await ana_socket.wait_closed() == Close.REFUSED


async def test_a_session_revoked_during_the_hello_is_closed_or_not_authenticated(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    for _ in range(30):
        ana = await world.user()

        async with socket_to(server.socket_url) as client:
            await client.send("hello", token=token_of(resources, ana))
            await revoke_session(resources, ana)
            code = await client.wait_closed()

        assert code in (Close.REFUSED, Close.NOT_AUTHENTICATED)


async def test_an_expiring_socket_is_warned_and_closed(
    server: InProcessNode, resources: Resources, ana: Actor
) -> None:
    token = token_of(resources, ana, lives=timedelta(seconds=50))
    realtime: RealtimeNode = server.app.state.realtime

    async with socket_to(server.socket_url, hello={"token": token}) as client:
        warning = await client.receive_type("expiring")
        [connection] = realtime.connections
        # As if the rest of its life had passed.
        connection.expires_at -= warning["seconds"]
        code = await client.wait_closed()

    assert 0 < warning["seconds"] <= 50
    assert code == Close.CREDENTIALS_EXPIRED


async def test_a_newer_token_of_the_same_session_keeps_the_socket_open(
    server: InProcessNode, resources: Resources, ana: Actor, ben: Actor
) -> None:
    token = token_of(resources, ana, lives=timedelta(seconds=50))
    realtime: RealtimeNode = server.app.state.realtime

    async with socket_to(server.socket_url, hello={"token": token}) as client:
        await client.send("auth", token=token_of(resources, ben))
        refused = await client.receive_type("error")
        await client.send("auth", token="nonsense")
        also_refused = await client.receive_type("error")
        [connection] = realtime.connections
        before = connection.expires_at - monotonic()
        await client.send("auth", token=token_of(resources, ana))
        answer = await client.receive_type("authenticated")
        after = connection.expires_at - monotonic()

    assert (refused["code"], also_refused["code"]) == ("other_session", "unauthenticated")
    assert before < 50
    assert 14 * 60 < after <= answer["expires_in"] + 1 <= 15 * 60 + 1


async def test_an_expired_token_is_refused_and_the_socket_stays_open(
    ana_socket: SocketClient, resources: Resources, ana: Actor
) -> None:
    await ana_socket.send("auth", token=token_of(resources, ana, lives=timedelta(seconds=-1)))
    refused = await ana_socket.receive_type("error")
    await ana_socket.send("auth", token=token_of(resources, ana))
    await ana_socket.receive_type("authenticated")

    assert refused["code"] == "token_expired"


async def test_of_two_newer_tokens_at_once_the_second_is_refused(
    ana_socket: SocketClient, resources: Resources, ana: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, released, renew = token_of(resources, ana), asyncio.Event(), RealtimeNode.renew

    async def wait_and_renew(*arguments: Any) -> int:
        async with asyncio.timeout(2 * DEADLINE_SECONDS):
            await released.wait()
        return await renew(*arguments)

    monkeypatch.setattr(RealtimeNode, "renew", wait_and_renew)
    sent = [await ana_socket.send("auth", token=token) for _ in range(2)]
    refused = await ana_socket.receive_type("error")
    released.set()
    answers = [await ana_socket.receive_type("authenticated")]
    sent.append(await ana_socket.send("auth", token=token))
    answers.append(await ana_socket.receive_type("authenticated"))

    assert (refused["re"], refused["code"]) == (sent[1], "unavailable")
    assert [answer["re"] for answer in answers] == [sent[0], sent[2]]


async def test_a_socket_opened_with_a_ticket_lives_as_long_as_an_access_token(
    settings: Settings, resources: Resources, ana: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_limits(monkeypatch, expiring_seconds=3600)
    async with resources.begin() as work:
        ticket, _ = await issue_ticket(work, ana)

    async with (
        served(settings) as node,
        socket_to(node.socket_url, hello={"ticket": ticket}) as client,
    ):
        warning = await client.receive_type("expiring")

    assert 890 <= warning["seconds"] <= 900
