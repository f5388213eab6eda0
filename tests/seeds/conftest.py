"""A user of the client, who is signed in, and an administrator."""

import httpx
import pytest_asyncio
from sqlalchemy import update

from shared.resources import Resources
from shared.tables.accounts import UserRow
from tests.support.registration import PASSWORD, Registrar

EMAIL, ADMIN_EMAIL = "user@example.com", "admin@example.com"


async def _sign_in(client: httpx.AsyncClient, email: str) -> dict[str, str]:
    answer = await client.post("/api/v1/auth/login", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 200
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


@pytest_asyncio.fixture
async def auth_headers(client: httpx.AsyncClient, registrar: Registrar) -> dict[str, str]:
    await registrar.register_and_verify(EMAIL)
    return await _sign_in(client, EMAIL)


@pytest_asyncio.fixture
async def admin_headers(
    client: httpx.AsyncClient, registrar: Registrar, resources: Resources
) -> dict[str, str]:
    await registrar.register_and_verify(ADMIN_EMAIL, name="Admin")
    async with resources.begin() as work:
        await work.connection.execute(
            update(UserRow).where(UserRow.email == ADMIN_EMAIL).values(site_role="admin")
        )
    return await _sign_in(client, ADMIN_EMAIL)
