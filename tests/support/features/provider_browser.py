"""A browser that signs in with a provider: it keeps the cookies and sends its origin."""

from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.support.services.provider import SigningProvider

API = "/api/v1"
ORIGIN = {"Origin": "http://localhost:8000"}


@dataclass
class ProviderBrowser:
    """`headers` are sent with each request: those of a signed-in user."""

    client: httpx.AsyncClient
    headers: dict[str, str] = field(default_factory=dict)

    async def start(self, provider_id: str = "corp") -> str:
        """Return the address at the provider to which the browser goes."""
        answer = await self.post(f"/auth/oidc/{provider_id}/start")
        assert answer.status_code == 200, answer.text
        return str(answer.json()["url"])

    async def finish(
        self, parameters: dict[str, str], provider_id: str = "corp", **more: Any
    ) -> httpx.Response:
        return await self.post(f"/auth/oidc/{provider_id}/finish", **parameters, **more)

    async def sign_in(self, provider: SigningProvider, **claims: Any) -> httpx.Response:
        """Sign in from the button to the last answer."""
        url = await self.start(provider.id)
        return await self.finish(provider.authorize(url, **claims), provider.id)

    async def post(self, path: str, **body: Any) -> httpx.Response:
        return await self.client.post(API + path, json=body, headers={**ORIGIN, **self.headers})

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(API + path, headers=self.headers)

    async def delete(self, path: str) -> httpx.Response:
        return await self.client.delete(API + path, headers=self.headers)

    def sign_in_as(self, answer: httpx.Response) -> None:
        """Use the session of an answer of `finish` or of the sign-in with a password."""
        body = answer.json()
        token = (body.get("sign_in") or body)["access_token"]
        self.headers = {"Authorization": f"Bearer {token}"}
