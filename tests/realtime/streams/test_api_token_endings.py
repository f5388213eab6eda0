"""Sockets and event streams of API tokens: what they reach, and when they end."""

from datetime import timedelta

import pytest

from shared.accounts.api_tokens import revoke_api_token
from shared.actor import Actor
from shared.clock import monotonic
from shared.contract.api_tokens import TokenScope
from shared.contract.frames import Close
from shared.ids import list_stream, user_stream
from shared.resources import Resources, open_resources
from shared.settings import Settings
from tests.support.api_server import InProcessNode, served
from tests.support.api_tokens import insert_api_token
from tests.support.realtime.limits import without_head_checks
from tests.support.realtime.sse_client import events_path, request_to
from tests.support.realtime.websocket_client import (
    InsertedList,
    head_of,
    insert_list,
    socket_to,
    write_event,
)
from tests.support.settings import changed_settings
from tests.support.world_builder import World


@pytest.mark.parametrize("has_broker", [True, False])
async def test_the_sockets_of_a_revoked_token_are_closed_soon_on_every_node(
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
    ana = await world.user("Ana")

    async with served(settings) as node, open_resources(settings) as elsewhere:
        if has_broker:
            await node.receives_messages()
        for _ in range(4):
            token = await insert_api_token(resources, ana)
            other = await insert_api_token(resources, ana)
            async with socket_to(node.socket_url, hello={"token": token.text}) as client:
                for revoked in (other, token):
                    async with elsewhere.begin() as work:
                        await revoke_api_token(work, ana, revoked.id)
                code = await client.wait_closed()
            assert code == Close.REFUSED


async def test_an_event_stream_ends_when_its_token_is_revoked_on_another_node(
    server: InProcessNode, settings: Settings, resources: Resources, world: World, ana: Actor
) -> None:
    list_id, _ = await insert_list(resources, ana)
    token = await insert_api_token(resources, ana, TokenScope.READ)

    async with request_to(server.port, events_path(list_id), token.headers) as stream:
        await stream.receive_named("subscribed")
        async with open_resources(settings) as elsewhere, elsewhere.begin() as work:
            await revoke_api_token(work, ana, token.id)
        end = await stream.receive_end()

    assert (end.name, end.frame["code"]) == ("closed", Close.REFUSED)


async def test_a_token_that_expires_closes_its_socket(
    server: InProcessNode, resources: Resources, ana: Actor
) -> None:
    expires_at = resources.clock.now() + timedelta(seconds=50)
    token = await insert_api_token(resources, ana, expires_at=expires_at)

    async with socket_to(server.socket_url, hello={"token": token.text}) as client:
        await client.receive_type("expiring")
        [connection] = server.app.state.realtime.connections
        assert 0 < connection.expires_at - monotonic() <= 50
        # As if the rest of its life had passed.
        connection.expires_at -= 50
        code = await client.wait_closed()

    assert code == Close.CREDENTIALS_EXPIRED


async def test_a_token_revoked_during_the_hello_is_closed_or_not_authenticated(
    server: InProcessNode, resources: Resources, ana: Actor
) -> None:
    for _ in range(15):
        token = await insert_api_token(resources, ana)

        async with socket_to(server.socket_url) as client:
            await client.send("hello", token=token.text)
            async with resources.begin() as work:
                await revoke_api_token(work, ana, token.id)
            code = await client.wait_closed()

        assert code in (Close.REFUSED, Close.NOT_AUTHENTICATED)


async def test_a_token_of_one_list_subscribes_to_it_alone(
    server: InProcessNode, resources: Resources, ana: Actor, ana_list: InsertedList
) -> None:
    outside = await insert_list(resources, ana)
    token = await insert_api_token(resources, ana, lists=(ana_list.list_id,))
    own = user_stream(ana.user_id)
    epoch, seq = await head_of(resources, own)

    async with socket_to(server.socket_url, hello={"token": token.text}) as client:
        await client.follow(ana_list)
        for cursor in ((*outside, 0), (own, epoch, seq)):
            answer = await client.receive_answer(await client.subscribe(cursor))
            assert (answer["type"], answer["code"]) == ("error", "not_found")
        await write_event(resources, outside.list_id)
        await write_event(resources, ana_list.list_id)
        await client.receive_seq(list_stream(ana_list.list_id), 1)

    assert client.seqs(list_stream(outside.list_id)) == []


async def test_a_socket_of_a_token_stays_open_with_the_same_token_only(
    server: InProcessNode, resources: Resources, ana: Actor
) -> None:
    token, other = [await insert_api_token(resources, ana) for _ in range(2)]

    async with socket_to(server.socket_url, hello={"token": token.text}) as client:
        same = await client.receive_answer(await client.send("auth", token=token.text))
        refused = await client.receive_answer(await client.send("auth", token=other.text))

    assert same["type"] == "authenticated"
    assert refused["code"] == "other_session"
