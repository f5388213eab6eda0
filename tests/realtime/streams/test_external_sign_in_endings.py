"""Sockets and event streams of users whom a trusted issuer signed in, and when they end."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from shared.accounts.administration import AccountEdit, edit_user
from shared.clock import SystemClock, monotonic
from shared.contract.frames import Close
from shared.contract.shapes import SiteRole
from shared.ids import UserId
from shared.resources import Resources
from shared.settings import Settings
from tests.support.api_server import InProcessNode, served
from tests.support.realtime.sse_client import request_to
from tests.support.realtime.websocket_client import socket_to
from tests.support.services.issuer import Issuer
from tests.support.settings import changed_settings
from tests.support.world_builder import World

EVENTS = "/users/me/events"


@pytest_asyncio.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with Issuer() as started:
        yield started


@pytest_asyncio.fixture
async def server(
    settings: Settings, resources: Resources, issuer: Issuer
) -> AsyncIterator[InProcessNode]:
    trusting = changed_settings(settings, trusted_issuers=json.dumps([issuer.setting()]))
    async with served(trusting) as opened:
        yield opened


@pytest.mark.parametrize(("kid", "algorithm"), [("rsa", "RS256"), ("ec", "ES256"), ("ed", "EdDSA")])
async def test_a_token_opens_a_socket_and_an_event_stream(
    server: InProcessNode, issuer: Issuer, kid: str, algorithm: str
) -> None:
    token = issuer.token(kid, algorithm)
    headers = {"Authorization": f"Bearer {token}"}

    async with (
        socket_to(server.socket_url, hello={"token": token}) as client,
        request_to(server.port, EVENTS, headers) as stream,
    ):
        await stream.receive_named("subscribed")
        answer = await client.receive_answer(await client.send("auth", token=issuer.token()))
        other = issuer.token(sub="2", email="bea@example.org")
        refused = await client.receive_answer(await client.send("auth", token=other))

    assert answer["type"] == "authenticated"
    assert 590 < answer["expires_in"] <= 600
    assert (refused["type"], refused["code"]) == ("error", "other_session")


async def test_a_socket_ends_when_its_token_expires(server: InProcessNode, issuer: Issuer) -> None:
    expires_at = SystemClock().now().timestamp() + 50

    async with socket_to(
        server.socket_url, hello={"token": issuer.token(exp=expires_at)}
    ) as client:
        await client.receive_type("expiring")
        [connection] = server.app.state.realtime.connections
        assert 0 < connection.expires_at - monotonic() <= 51
        # As if the rest of its life had passed.
        connection.expires_at -= 51
        code = await client.wait_closed()

    assert code == Close.CREDENTIALS_EXPIRED


async def test_a_socket_ends_when_the_account_is_disabled(
    server: InProcessNode, issuer: Issuer, resources: Resources, world: World
) -> None:
    admin = await world.user("Root", site_role=SiteRole.ADMIN)

    async with socket_to(server.socket_url) as client:
        await client.send("hello", token=issuer.token())
        user_id = UserId((await client.receive_type("welcome"))["user"]["id"])
        async with resources.begin() as work:
            await edit_user(work, admin, user_id, AccountEdit(disabled=True))
        code = await client.wait_closed()

    assert code == Close.REFUSED


@pytest.mark.parametrize(
    ("changes", "is_away", "code"),
    [
        ({"aud": "other"}, False, Close.NOT_AUTHENTICATED),
        ({"email_verified": False}, False, Close.NOT_AUTHENTICATED),
        ({}, True, Close.GOING_AWAY),
    ],
)
async def test_a_socket_is_refused_with_a_code_that_says_whether_to_try_again(
    server: InProcessNode, issuer: Issuer, changes: dict[str, Any], is_away: bool, code: Close
) -> None:
    issuer.answer = b"" if is_away else None

    async with socket_to(server.socket_url) as client:
        await client.send("hello", token=issuer.token(**changes))

        assert await client.wait_closed() == code
