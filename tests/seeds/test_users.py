"""The own account, and accounts as administrators see and change them."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from shared.version import VERSION
from tests.seeds.conftest import EMAIL

ME, USERS = "/api/v1/users/me", "/api/v1/users"


async def test_the_own_account_is_read_edited_and_replaced(
    client: httpx.AsyncClient, auth_headers: dict[str, str]
) -> None:
    patched = await client.patch(ME, json={"bio": "Hello"}, headers=auth_headers)
    replaced = await client.put(ME, json={"name": "Ana"}, headers=auth_headers)

    assert (patched.json()["email"], patched.json()["bio"]) == (EMAIL, "Hello")
    assert (replaced.json()["name"], replaced.json()["bio"]) == ("Ana", "")
    assert (await client.get(ME, headers=auth_headers)).json() == replaced.json()
    assert (await client.put(ME, json={}, headers=auth_headers)).status_code == 422


async def test_administrators_list_and_edit_accounts(
    client: httpx.AsyncClient, auth_headers: dict[str, str], admin_headers: dict[str, str]
) -> None:
    listed = await client.get(
        f"{USERS}?page=1&size=1&role=user&status=active", headers=admin_headers
    )

    [account] = listed.json()["items"]
    assert (account["email"], listed.json()["page_size"]) == (EMAIL, 1)
    path = f"{USERS}/{account['id']}"
    edited = await client.patch(path, json={"site_role": "moderator"}, headers=admin_headers)
    assert edited.json()["site_role"] == "moderator"
    message = {"subject": "Hello", "body": "A message"}
    answer = await client.post(f"{path}/notify", json=message, headers=admin_headers)
    assert answer.status_code == 202
    disabled = await client.patch(path, json={"status": "disabled"}, headers=admin_headers)
    assert disabled.json()["status"] == "disabled"
    assert (await client.get(ME, headers=auth_headers)).status_code == 401
    assert (await client.delete(path, headers=admin_headers)).status_code == 204
    assert (await client.get(path, headers=admin_headers)).status_code == 404


async def test_health_has_database_version_and_time(client: httpx.AsyncClient) -> None:
    health = (await client.get("/health")).json()

    assert (health["checks"]["database"], health["version"]) == ("ok", VERSION)
    assert abs(datetime.fromisoformat(health["time"]) - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", USERS), ("PATCH", f"{USERS}/x"), ("DELETE", f"{USERS}/x")]
)
async def test_users_are_no_administrators(
    client: httpx.AsyncClient, auth_headers: dict[str, str], method: str, path: str
) -> None:
    answer = await client.request(method, path, json={}, headers=auth_headers)

    assert answer.status_code in {403, 404}
