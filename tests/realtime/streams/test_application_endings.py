"""Sockets of connected applications: which tokens open one, and when it ends."""

from shared.accounts.oauth.clients import COMMAND_LINE
from shared.accounts.oauth.grants import (
    IssuedTokens,
    Requested,
    allow,
    disconnect_application,
    issue_tokens,
)
from shared.actor import Actor
from shared.contract.api_tokens import Audience, TokenScope
from shared.contract.frames import Close
from shared.contract.interop.oauth import Choice
from shared.ids import GrantId
from tests.support.api_server import InProcessNode
from tests.support.realtime.websocket_client import socket_to
from tests.support.world_builder import World


async def _connect(world: World, user: Actor, audience: Audience) -> tuple[GrantId, IssuedTokens]:
    requested = Requested(COMMAND_LINE, TokenScope.READ, audience)
    async with world.resources.begin() as work:
        grant_id = await allow(work, user, requested, Choice(scope=TokenScope.READ), work.now)
        return grant_id, await issue_tokens(work, grant_id)


async def test_the_sockets_of_a_disconnected_application_are_closed(
    server: InProcessNode, world: World, ana: Actor
) -> None:
    grant_id, tokens = await _connect(world, ana, Audience.API)

    async with socket_to(server.socket_url, hello={"token": tokens.access_token}) as client:
        await world.run(disconnect_application, ana, grant_id)
        code = await client.wait_closed()

    assert code == Close.REFUSED


async def test_a_token_for_mcp_opens_no_socket(
    server: InProcessNode, world: World, ana: Actor
) -> None:
    _, tokens = await _connect(world, ana, Audience.MCP)

    async with socket_to(server.socket_url) as client:
        await client.send("hello", token=tokens.access_token)
        code = await client.wait_closed()

    assert code == Close.NOT_AUTHENTICATED
