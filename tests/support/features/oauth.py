"""A program that is let in by OAuth, and the user who lets it in, against the in-process server."""

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from shared import base64url
from shared.actor import Actor
from shared.ids import new_secret
from shared.resources import Resources
from tests.support.clock import ManualClock
from tests.support.features.list_builder import ListBuilder

SITE = "http://localhost:8000"
REDIRECT = "https://program.example/callback"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


def make_verifier() -> tuple[str, str]:
    """Return a code verifier and its challenge."""
    verifier = new_secret()
    digest = hashlib.sha256(verifier.encode()).digest()
    return verifier, base64url.encode(digest)


def stop_clock(resources: Resources) -> ManualClock:
    """Stop the clock of the application at now, and return it."""
    clock = ManualClock(resources.clock.now())
    resources.clock = clock
    return clock


@dataclass
class Program:
    """A registered program, and what it got."""

    client: httpx.AsyncClient
    client_id: str
    verifier: str = ""
    code: str = ""
    tokens: dict[str, Any] = field(default_factory=dict)

    async def send(self, path: str, **fields: str | None) -> httpx.Response:
        """Send a form; a field that is None is left out."""
        sent = {name: value for name, value in fields.items() if value is not None}
        return await self.client.post(f"/oauth/{path}", data=sent)

    async def exchange(self, **changed: str | None) -> httpx.Response:
        """Exchange the code, with some fields changed."""
        fields: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "client_id": self.client_id,
            "code": self.code,
            "redirect_uri": REDIRECT,
            "code_verifier": self.verifier,
        }
        answer = await self.send("token", **fields | changed)
        if answer.status_code == 200:
            self.tokens = answer.json()
        return answer

    async def refresh(self, **changed: str | None) -> httpx.Response:
        fields: dict[str, str | None] = {
            "grant_type": "refresh_token",
            "client_id": self.client_id,
            "refresh_token": self.tokens["refresh_token"],
        }
        return await self.send("token", **fields | changed)

    async def call(self, path: str = "/lists", token: str | None = None) -> httpx.Response:
        """Use an access token at the API."""
        bearer = token or self.tokens["access_token"]
        return await self.client.get(
            f"/api/v1{path}", headers={"Authorization": f"Bearer {bearer}"}
        )

    async def call_mcp(self) -> httpx.Response:
        """Use the access token at the MCP server."""
        headers = {
            "Authorization": f"Bearer {self.tokens['access_token']}",
            "Accept": "application/json, text/event-stream",
        }
        message = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
        return await self.client.post("/mcp", json=message, headers=headers)


@dataclass
class Consent:
    """A user who decides on the requests of programs, as the web client does."""

    builder: ListBuilder
    user: Actor

    async def register(self, **metadata: Any) -> Program:
        body = {"client_name": "Planner", "redirect_uris": [REDIRECT]} | metadata
        answer = await self.builder.client.post("/oauth/register", json=body)
        assert answer.status_code == 201, answer.text
        return Program(self.builder.client, answer.json()["client_id"])

    def request_of(self, program: Program, **changed: str | None) -> dict[str, str]:
        """Return a new authorization request of the program, whose verifier it keeps."""
        program.verifier, challenge = make_verifier()
        fields: dict[str, str | None] = {
            "response_type": "code",
            "client_id": program.client_id,
            "redirect_uri": REDIRECT,
            "scope": "read write",
            "state": "some state",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in (fields | changed).items() if value is not None}

    async def allow(
        self, program: Program, request: dict[str, str] | None = None, **choice: Any
    ) -> httpx.Response:
        """Allow a request. The program gets the code of the answer."""
        body = {"request": request or self.request_of(program), "scope": "write"} | choice
        answer = await self.builder.request(self.user, "POST", "/oauth/grants", body)
        if answer.status_code == 200:
            program.code = parameters_of(answer.json()["redirect_to"])["code"]
        return answer

    async def connect(
        self, *, scope: str = "write", list_ids: list[str] | None = None, **request: str
    ) -> Program:
        """Return a program that the user has let in, with its tokens."""
        program = await self.register()
        asked = self.request_of(program, **request)
        answer = await self.allow(program, asked, scope=scope, list_ids=list_ids)
        assert answer.status_code == 200, answer.text
        exchanged = await program.exchange()
        assert exchanged.status_code == 200, exchanged.text
        return program

    async def applications(self) -> list[dict[str, Any]]:
        answer = await self.builder.request(self.user, "GET", "/users/me/applications")
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items


def parameters_of(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))


def error_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("error", "")


MINUTE = timedelta(minutes=1)
