"""When somebody may no longer listen, they hear nothing more: exactly, and soon."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete

from realtime.node import RealtimeNode
from shared.clock import monotonic
from shared.contract.events import AccountDisabled, ListDeleted
from shared.contract.frames import Close
from shared.ids import list_stream, user_stream
from shared.resources import Resources, open_resources
from shared.settings import Settings
from shared.tables.streams import StreamRow
from tests.support.api_server import InProcessNode, served
from tests.support.realtime.limits import set_limits
from tests.support.realtime.websocket_client import (
    DEADLINE_SECONDS,
    insert_list,
    revoke_session,
    socket_of,
    socket_to,
    token_of,
)
from tests.support.settings import changed_settings
from tests.support.world_builder import World


async def test_a_deleted_list_is_unsubscribed_after_the_event(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana = await world.user()
    list_id, epoch = await insert_list(resources, ana)

    async with socket_of(server.socket_url, resources, ana) as client:
        await client.subscribe((list_id, epoch, 0))
        await client.receive_type("subscribed")
        async with resources.begin() as work:
            await work.lock_streams([list_stream(list_id)])
            event = ListDeleted(list_id=list_id, deleted_at=work.now)
            work.record(list_stream(list_id), event, ana)
        end = await client.receive_type("unsubscribed")

    assert client.seqs(list_id) == [1]
    assert (end["list"], end["reason"]) == (list_id, "deleted")


@pytest.mark.parametrize("has_broker", [True, False])
async def test_a_revoked_session_is_closed_everywhere_and_soon(
    settings: Settings, resources: Resources, world: World, has_broker: bool
) -> None:
    if not has_broker:
        settings = changed_settings(settings, redis_url="")
    longest = 0.0

    async with served(settings) as node, open_resources(settings) as elsewhere:
        for _ in range(10):
            ana = await world.user("Ana")
            other = replace(ana, session_id=(await world.user("Ben")).session_id)
            async with socket_of(node.socket_url, resources, ana) as client:
                await revoke_session(elsewhere, other)
                before = monotonic()
                await revoke_session(elsewhere, ana)
                code = await client.wait_closed()
                longest = max(longest, monotonic() - before)
            assert code == Close.REFUSED

    assert longest < (0.25 if has_broker else 1.5)


async def test_a_disabled_account_is_closed(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana = await world.user()
    stream = user_stream(ana.user_id)

    async with socket_of(server.socket_url, resources, ana) as client:
        async with resources.begin() as work:
            await work.lock_streams([stream])
            work.record(stream, AccountDisabled(), None)
        code = await client.wait_closed()

    assert code == Close.REFUSED


async def test_a_deleted_account_is_closed_though_its_stream_is_gone_with_it(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana = await world.user()

    async with socket_of(server.socket_url, resources, ana) as client:
        async with resources.begin() as work:
            stream = user_stream(ana.user_id)
            await work.connection.execute(delete(StreamRow).where(StreamRow.id == stream))
        code = await client.wait_closed(2)

    assert code == Close.REFUSED


async def test_a_session_revoked_while_the_socket_is_opened_is_not_let_in_for_good(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    for _ in range(30):
        ana = await world.user()

        async with socket_to(server.socket_url) as client:
            await client.send("hello", token=token_of(resources, ana))
            await revoke_session(resources, ana)
            code = await client.wait_closed(2)

        assert code in (Close.REFUSED, Close.NOT_AUTHENTICATED)


async def test_an_expiring_socket_is_warned_and_closed(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana = await world.user()
    token = token_of(resources, ana, lives=timedelta(seconds=8))

    async with socket_to(server.socket_url, hello={"token": token}) as client:
        warning = await client.receive_type("expiring")
        code = await client.wait_closed(12)

    assert warning["seconds"] <= 8
    assert code == Close.CREDENTIALS_EXPIRED


async def test_a_newer_token_of_the_same_session_keeps_the_socket_open(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
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


async def test_an_expired_token_is_refused_and_the_socket_stays(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana = await world.user()

    async with socket_of(server.socket_url, resources, ana) as client:
        await client.send("auth", token=token_of(resources, ana, lives=timedelta(seconds=-1)))
        refused = await client.receive_type("error")
        await client.send("auth", token=token_of(resources, ana))
        await client.receive_type("authenticated")

    assert refused["code"] == "token_expired"


async def test_of_two_newer_tokens_at_once_the_second_is_refused(
    server: InProcessNode, resources: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await world.user()
    token, released, renew = token_of(resources, ana), asyncio.Event(), RealtimeNode.renew

    async def wait_and_renew(*of: Any) -> int:
        async with asyncio.timeout(2 * DEADLINE_SECONDS):
            await released.wait()
        return await renew(*of)

    monkeypatch.setattr(RealtimeNode, "renew", wait_and_renew)
    async with socket_of(server.socket_url, resources, ana) as client:
        asked = [await client.send("auth", token=token) for _ in range(2)]
        refused = await client.receive_type("error")
        released.set()
        answers = [await client.receive_type("authenticated")]
        asked.append(await client.send("auth", token=token))
        answers.append(await client.receive_type("authenticated"))

    assert (refused["re"], refused["code"]) == (asked[1], "unavailable")
    assert [one["re"] for one in answers] == [asked[0], asked[2]]


async def test_a_ticket_s_socket_lives_as_long_as_an_access_token(
    settings: Settings, resources: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_limits(monkeypatch, expiring_seconds=3600)
    ana = await world.user()

    async with served(settings) as node, socket_of(node.socket_url, resources, ana) as client:
        warning = await client.receive_type("expiring")

    assert 890 <= warning["seconds"] <= 900
