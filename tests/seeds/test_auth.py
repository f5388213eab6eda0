"""Register, sign in, refresh, and what each refuses."""

import httpx
import pytest

from tests.seeds.conftest import EMAIL
from tests.support.registration import PASSWORD, Registrar

REGISTER = {"email": EMAIL, "name": "New User", "password": PASSWORD}


async def test_register_answers_alike_for_new_and_known_addresses(
    client: httpx.AsyncClient,
) -> None:
    first = await client.post("/api/v1/auth/register", json=REGISTER)
    second = await client.post("/api/v1/auth/register", json=REGISTER)

    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == second.json()


async def test_login_returns_both_tokens(
    client: httpx.AsyncClient, auth_headers: dict[str, str]
) -> None:
    answer = await client.post("/api/v1/auth/login", json={"email": EMAIL, "password": PASSWORD})

    assert answer.status_code == 200
    tokens = answer.json()
    assert tokens.keys() >= {"access_token", "refresh_token", "token_type", "expires_in"}
    assert tokens["token_type"] == "bearer"
    assert tokens["expires_in"] > 0


async def test_the_oauth2_form_signs_in(
    client: httpx.AsyncClient, auth_headers: dict[str, str]
) -> None:
    answer = await client.post("/api/v1/auth/token", data={"username": EMAIL, "password": PASSWORD})

    assert answer.status_code == 200
    assert answer.json()["access_token"]


async def test_refresh_replaces_both_tokens(
    client: httpx.AsyncClient, auth_headers: dict[str, str]
) -> None:
    login = await client.post("/api/v1/auth/login", json={"email": EMAIL, "password": PASSWORD})
    before = login.json()

    answer = await client.post(
        "/api/v1/auth/refresh", json={"refresh_token": before["refresh_token"]}
    )

    assert answer.status_code == 200
    assert answer.json()["refresh_token"] != before["refresh_token"]
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert (await client.get("/api/v1/users/me", headers=headers)).status_code == 200


async def test_a_wrong_password_is_refused(client: httpx.AsyncClient, registrar: Registrar) -> None:
    await registrar.register_and_verify(EMAIL)

    answer = await client.post("/api/v1/auth/login", json={"email": EMAIL, "password": "wrong"})

    assert answer.status_code == 401


@pytest.mark.parametrize("missing", ["email", "password", "name"])
async def test_registering_needs_every_field(client: httpx.AsyncClient, missing: str) -> None:
    body = {name: value for name, value in REGISTER.items() if name != missing}

    assert (await client.post("/api/v1/auth/register", json=body)).status_code == 422
