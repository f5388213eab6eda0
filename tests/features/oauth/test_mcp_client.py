"""The OAuth client of the MCP SDK connects to /mcp, knowing its address alone."""

import httpx2
from fastapi import FastAPI
from mcp.client.auth import OAuthClientProvider
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthToken,
)
from pydantic import AnyUrl

from tests.support.features.list_builder import ListBuilder
from tests.support.features.oauth import SITE, Consent, parameters_of

BACK = "http://localhost:3030/callback"
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
HEADERS = {"Accept": "application/json, text/event-stream"}


class Storage:
    """What the program keeps."""

    tokens: OAuthToken | None = None
    client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


async def test_the_client_of_the_mcp_sdk_is_let_in(
    app: FastAPI, builder: ListBuilder, consent: Consent
) -> None:
    answered: list[dict[str, str]] = []

    async def open_browser(address: str) -> None:
        body = {"request": parameters_of(address), "scope": "read"}
        answer = await builder.request(consent.user, "POST", "/oauth/grants", body)
        answered.append(parameters_of(answer.json()["redirect_to"]))

    async def wait_for_answer() -> AuthorizationCodeResult:
        return AuthorizationCodeResult.model_validate(answered[-1])

    storage = Storage()
    metadata = OAuthClientMetadata(client_name="Editor", redirect_uris=[AnyUrl(BACK)])
    auth = OAuthClientProvider(f"{SITE}/mcp", metadata, storage, open_browser, wait_for_answer)
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app), base_url=SITE, headers=HEADERS, auth=auth
    ) as program:
        first = await program.post("/mcp", json=PING)
        second = await program.post("/mcp", json=PING)

    assert (first.status_code, second.status_code) == (200, 200)
    assert len(answered) == 1
    assert storage.tokens is not None
    assert storage.tokens.scope == "read"
    (application,) = await consent.applications()
    assert (application["name"], application["audience"]) == ("Editor", "mcp")
