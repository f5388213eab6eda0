"""Step-up: which session may change credentials, and how it proves again whose it is."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import update

from shared.accounts.authentication.step_up import RECENT
from shared.actor import Actor
from shared.ids import SessionId
from shared.resources import Resources
from shared.tables.accounts import SessionRow
from tests.support.api_tokens import insert_api_token
from tests.support.features.sign_in import bearer_headers
from tests.support.registration import PASSWORD, Registrar

V1 = "/api/v1"
STEP_UP = f"{V1}/auth/step-up"
RIGHT = {"method": "password", "password": PASSWORD}
WRONG = {"method": "password", "password": "not the right one"}
PROTECTED: list[tuple[str, str, dict[str, Any] | None]] = [
    ("POST", "/users/me/api-tokens", {"name": "Script", "scope": "read"}),
    ("DELETE", "/users/me/api-tokens/{token_id}", None),
    ("POST", "/users/me/passkeys/options", None),
    ("POST", "/users/me/webhooks", {"name": "Home", "url": "https://hooks.example/"}),
    ("POST", "/users/me/email", {"email": "ana@elsewhere.example"}),
]


async def make_stale(resources: Resources) -> None:
    """Let every session have been opened, and have authenticated, just too long ago."""
    past = resources.clock.now() - RECENT
    async with resources.begin() as work:
        await work.connection.execute(update(SessionRow).values(created_at=past))


@pytest_asyncio.fixture
async def ana(client: httpx.AsyncClient, registrar: Registrar, resources: Resources) -> Any:
    """The headers of a session that authenticated too long ago."""
    await registrar.register_and_verify()
    headers = await bearer_headers(client)
    await make_stale(resources)
    return headers


@pytest.mark.parametrize(
    ("proof", "errors"),
    [
        ({"method": "password"}, [("password.password", "missing")]),
        ({"method": "guess"}, [("method", "union_tag_invalid")]),
        ({"password": PASSWORD}, [("method", "union_tag_not_found")]),
    ],
)
async def test_a_wrong_proof_is_compared_with_its_own_form_alone(
    client: httpx.AsyncClient,
    ana: dict[str, str],
    proof: dict[str, Any],
    errors: list[tuple[str, str]],
) -> None:
    answer = await client.post(STEP_UP, json=proof, headers=ana)

    assert answer.status_code == 422
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == errors


@pytest.mark.parametrize(("method", "path", "body"), PROTECTED)
async def test_an_old_sign_in_changes_no_credentials_until_it_steps_up(
    client: httpx.AsyncClient,
    registrar: Registrar,
    resources: Resources,
    ana: dict[str, str],
    method: str,
    path: str,
    body: dict[str, Any] | None,
) -> None:
    account = await registrar.account()
    actor = await _actor_of(registrar)
    token = await insert_api_token(resources, actor)
    url = V1 + path.format(token_id=token.id)

    refused = await client.request(method, url, json=body, headers=ana)
    confirmed = await client.post(STEP_UP, json=RIGHT, headers=ana)
    done = await client.request(method, url, json=body, headers=ana)

    assert refused.status_code == 403
    assert refused.json()["code"] == "step_up_required"
    assert refused.json()["methods"] == ["password"]
    assert confirmed.status_code == 204
    assert done.is_success
    (entry,) = await registrar.audit("session.stepped_up")
    assert (entry.user_id, entry.facts) == (account.id, {"method": "password"})


async def test_a_step_up_lasts_fifteen_minutes_and_for_its_own_session_only(
    client: httpx.AsyncClient, registrar: Registrar, resources: Resources, ana: dict[str, str]
) -> None:
    other = await bearer_headers(client)
    await make_stale(resources)
    await client.post(STEP_UP, json=RIGHT, headers=ana)
    body = {"name": "Script", "scope": "read"}

    mine = await client.post(f"{V1}/users/me/api-tokens", json=body, headers=ana)
    others = await client.post(f"{V1}/users/me/api-tokens", json=body, headers=other)
    async with resources.begin() as work:
        past = work.now - RECENT - timedelta(seconds=1)
        await work.connection.execute(update(SessionRow).values(authenticated_at=past))
    later = await client.post(f"{V1}/users/me/api-tokens", json=body, headers=ana)

    assert [answer.status_code for answer in (mine, others, later)] == [201, 403, 403]


async def test_a_wrong_password_does_not_step_up_and_is_limited(
    limited: httpx.AsyncClient, registrar: Registrar, ana: dict[str, str]
) -> None:
    answers = [await limited.post(STEP_UP, json=WRONG, headers=ana) for _ in range(10)]
    beyond = await limited.post(STEP_UP, json=RIGHT, headers=ana)
    refused = await limited.post(
        f"{V1}/users/me/email", json={"email": "a@elsewhere.example"}, headers=ana
    )

    assert {(it.status_code, it.json()["code"]) for it in answers} == {(403, "wrong_password")}
    assert beyond.status_code == 429
    assert refused.json()["code"] == "step_up_required"
    assert len(await registrar.audit("step_up.failed")) == 10


async def test_api_tokens_do_not_step_up(
    client: httpx.AsyncClient, registrar: Registrar, resources: Resources, ana: dict[str, str]
) -> None:
    token = await insert_api_token(resources, await _actor_of(registrar))

    answer = await client.post(STEP_UP, json=RIGHT, headers=token.headers)

    assert (answer.status_code, answer.json()["code"]) == (403, "session_required")


async def _actor_of(registrar: Registrar) -> Actor:
    account = await registrar.account()
    return Actor(account.id, account.name, SessionId(""))
