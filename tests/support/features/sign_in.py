"""Sign in by the route, and check whether the tokens of a device still work."""

import httpx

from shared.accounts.authentication.credentials import authenticate
from shared.accounts.authentication.sessions import IssuedTokens
from shared.errors import Unauthenticated
from shared.resources import Resources
from tests.support.registration import PASSWORD


async def is_revoked(resources: Resources, tokens: IssuedTokens) -> bool:
    try:
        await authenticate(resources, tokens.access_token)
    except Unauthenticated:
        return True
    return False


async def post_login(
    client: httpx.AsyncClient, email: str = "ana@example.com", **headers: str
) -> httpx.Response:
    body = {"email": email, "password": PASSWORD}
    return await client.post("/api/v1/auth/login", json=body, headers=headers)


async def bearer_headers(
    client: httpx.AsyncClient, email: str = "ana@example.com"
) -> dict[str, str]:
    """Sign in and return the Authorization header of the new session."""
    answer = await post_login(client, email)
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}
