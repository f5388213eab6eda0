"""Passkeys over HTTP: a user's requests, with a software authenticator."""

from dataclasses import dataclass, field
from typing import Any

import httpx
from sqlalchemy import insert

from api.openapi.examples import BODIES
from shared.actor import Actor
from shared.ids import new_id, new_secret
from shared.resources import Resources
from shared.tables.passkeys import PasskeyRow
from tests.support.authenticator import Authenticator, Json

API = "/api/v1"
PASSKEYS = f"{API}/users/me/passkeys"
SIGN_IN = f"{API}/auth/passkey"
# For the permission matrix: their bodies.
PASSKEY_ROUTES: dict[str, Any] = {
    "GET /users/me/passkeys": None,
    "POST /users/me/passkeys/options": None,
    "POST /users/me/passkeys": BODIES["NewPasskeyBody"],
    "PATCH /users/me/passkeys/{passkey_id}": {"name": "New"},
    "DELETE /users/me/passkeys/{passkey_id}": None,
    "POST /auth/passkey/options": None,
    "POST /auth/passkey": BODIES["PasskeyAssertion"],
    "POST /auth/step-up/passkey-options": None,
    "POST /auth/challenge/passkey-options": {"challenge": "wrong"},
}


@dataclass
class PasskeyUser:
    """A signed-in user who adds passkeys, and signs in with them."""

    client: httpx.AsyncClient
    headers: dict[str, str]
    recovery_codes: list[str] = field(default_factory=list)

    async def options(self) -> Json:
        answer = await self.client.post(f"{PASSKEYS}/options", headers=self.headers)
        assert answer.status_code == 200, answer.text
        options: Json = answer.json()
        return options

    async def add(self, authenticator: Authenticator, name: str = "Laptop") -> Json:
        """Add a passkey and return its shape."""
        answer = await self.send(authenticator.create(await self.options(), name))
        assert answer.status_code == 201, answer.text
        passkey: Json = answer.json()
        self.recovery_codes = passkey.pop("recovery_codes") or self.recovery_codes
        return passkey

    async def send(self, body: Any) -> httpx.Response:
        return await self.client.post(PASSKEYS, json=body, headers=self.headers)

    async def list(self) -> list[Json]:
        answer = await self.client.get(PASSKEYS, headers=self.headers)
        items: list[Json] = answer.json()["items"]
        return items


async def insert_passkey(resources: Resources, actor: Actor) -> str:
    """Store a passkey that no authenticator has. Return its id."""
    passkey_id = new_id()
    async with resources.begin() as work:
        await work.connection.execute(
            insert(PasskeyRow).values(
                id=passkey_id,
                user_id=actor.user_id,
                credential_id=new_secret(),
                public_key=b"x",
                user_handle="x",
                sign_count=0,
                transports=[],
                aaguid="",
                is_backed_up=False,
                name="Laptop",
                created_at=work.now,
            )
        )
    return passkey_id


async def sign_in_options(client: httpx.AsyncClient) -> Json:
    answer = await client.post(f"{SIGN_IN}/options")
    assert answer.status_code == 200, answer.text
    options: Json = answer.json()
    return options


async def sign_in(client: httpx.AsyncClient, authenticator: Authenticator) -> httpx.Response:
    return await client.post(SIGN_IN, json=authenticator.get(await sign_in_options(client)))
