"""An assistant that is given the address alone: the SDK's own client registers, asks, and calls tools."""

from dataclasses import dataclass, field

import httpx
import httpx2
import pytest
from fastapi import FastAPI
from mcp import Client
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from pydantic import AnyUrl

from shared.actor import Actor
from tests.features.mcp.conftest import Household
from tests.support.features.list_builder import ListBuilder
from tests.support.features.oauth import SITE, Consent, parameters_of
from tests.support.mcp_client import Assistant

REDIRECT = "http://127.0.0.1:33418/callback"


@dataclass
class Program:
    """What the program keeps, and its user, who allows what it asks for."""

    builder: ListBuilder
    user: Actor
    scope: str = "write"
    tokens: OAuthToken | None = None
    registered: OAuthClientInformationFull | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    answer: dict[str, str] = field(default_factory=dict)

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.registered

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.registered = client_info

    async def ask_user(self, address: str) -> None:
        """Allow the request, as the page at `address` does for a signed-in user."""
        assert address.startswith(f"{SITE}/oauth/authorize?")
        self.asked.append(parameters_of(address))
        body = {"request": self.asked[-1], "scope": self.scope}
        allowed = await self.builder.request(self.user, "POST", "/oauth/grants", body)
        assert allowed.status_code == 200, allowed.text
        self.answer = parameters_of(allowed.json()["redirect_to"])

    async def receive_code(self) -> AuthorizationCodeResult:
        return AuthorizationCodeResult(
            code=self.answer["code"], state=self.answer["state"], iss=self.answer.get("iss")
        )

    def sign_in(self) -> OAuthClientProvider:
        metadata = OAuthClientMetadata(client_name="Planner", redirect_uris=[AnyUrl(REDIRECT)])
        return OAuthClientProvider(f"{SITE}/mcp", metadata, self, self.ask_user, self.receive_code)


def connected(app: FastAPI, program: Program) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app)
    return httpx2.AsyncClient(transport=transport, base_url=SITE, auth=program.sign_in())


@pytest.mark.parametrize("scope", ["read", "write"])
async def test_an_assistant_signs_in_by_the_address_alone(
    app: FastAPI, builder: ListBuilder, household: Household, client: httpx.AsyncClient, scope: str
) -> None:
    program = Program(builder, household.ana, scope)

    async with (
        connected(app, program) as http_client,
        Client(streamable_http_client(f"{SITE}/mcp", http_client=http_client)) as opened,
    ):
        assistant = Assistant(opened)
        lists = await assistant.call("list_lists")
        if scope == "write":
            await assistant.call("add_todo", title="Milk", list="Home")
        else:
            refused = await assistant.refusal("add_todo", title="Milk", list="Home")
            assert "does not allow" in refused
    assert program.tokens is not None
    access = {"Authorization": f"Bearer {program.tokens.access_token}"}
    at_rest = await client.get("/api/v1/lists", headers=access)

    assert [each["name"] for each in lists["lists"]] == ["Home", "Work"]
    [asked] = program.asked
    assert (asked["resource"], asked["code_challenge_method"]) == (f"{SITE}/mcp", "S256")
    assert at_rest.status_code == 401


async def test_a_token_for_rest_is_refused_at_mcp(
    builder: ListBuilder, household: Household, client: httpx.AsyncClient
) -> None:
    consent = Consent(builder, household.ana)
    program = await consent.connect(resource=f"{SITE}/api/v1")
    bearer = {"Authorization": f"Bearer {program.tokens['access_token']}"}
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}

    at_mcp = await client.post("/mcp", json=ping, headers=bearer)

    assert (await program.call()).status_code == 200
    assert at_mcp.status_code == 401
    assert 'error="invalid_token"' in at_mcp.headers["www-authenticate"]


async def test_a_disconnected_assistant_asks_again(
    app: FastAPI, builder: ListBuilder, household: Household
) -> None:
    program = Program(builder, household.ana)

    async with (
        connected(app, program) as http_client,
        Client(streamable_http_client(f"{SITE}/mcp", http_client=http_client)) as opened,
    ):
        assistant = Assistant(opened)
        await assistant.call("list_lists")
        found = await builder.request(household.ana, "GET", "/users/me/applications")
        [application] = found.json()["items"]
        ended = await builder.request(
            household.ana, "DELETE", f"/users/me/applications/{application['id']}"
        )
        await assistant.call("list_lists")

    assert ended.status_code == 204
    assert len(program.asked) == 2
