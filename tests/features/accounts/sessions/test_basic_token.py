"""HTTP Basic with an API token as the password, on a route that declares it."""

from base64 import b64encode
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from api.http.api_tokens.basic_token import BasicToken
from api.http.rate_limits import BASIC_TOKEN
from shared.contract.api_tokens import TokenScope
from shared.resources import Resources
from shared.settings import Settings
from shared.tables.accounts import ApiTokenRow
from tests.support.api_server import client_of, running_app
from tests.support.api_tokens import insert_api_token
from tests.support.features.sign_in import bearer_headers
from tests.support.registration import PASSWORD, Registrar
from tests.support.settings import changed_settings
from tests.support.world_builder import World

DAV = "/api/v1/dav"


def _add_routes(app: FastAPI) -> None:
    async def whoami(actor: BasicToken) -> dict[str, str]:
        return {"user_id": actor.user_id}

    app.add_api_route(DAV, whoami, methods=["GET", "PUT"])
    app.router.routes.insert(0, app.router.routes.pop())


@pytest_asyncio.fixture
async def client(settings: Settings, resources: Resources) -> AsyncIterator[httpx.AsyncClient]:
    limited = changed_settings(settings, rate_limits=True)
    async with running_app(limited, prepare=_add_routes) as app, client_of(app) as opened:
        yield opened


def basic(password: str, user: str = "ana@example.com") -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{user}:{password}".encode()).decode()}


async def test_a_token_is_the_password_and_any_text_the_user_name(
    client: httpx.AsyncClient, world: World
) -> None:
    ana = await world.user("Ana")
    token = await insert_api_token(world.resources, ana)

    for user in ("ana@example.com", "", "ANA", "zoë"):
        answer = await client.get(DAV, headers=basic(token.text, user))
        assert (answer.status_code, answer.json()) == (200, {"user_id": ana.user_id})
    lower = {"Authorization": basic(token.text)["Authorization"].replace("Basic", "basic")}
    assert (await client.get(DAV, headers=lower)).status_code == 200


async def test_a_token_for_reading_does_not_write(client: httpx.AsyncClient, world: World) -> None:
    ana = await world.user("Ana")
    reading = await insert_api_token(world.resources, ana, TokenScope.READ)
    writing = await insert_api_token(world.resources, ana)

    refused = await client.put(DAV, headers=basic(reading.text))

    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")
    assert (await client.get(DAV, headers=basic(reading.text))).status_code == 200
    assert (await client.put(DAV, headers=basic(writing.text))).status_code == 200


async def test_a_token_does_not_outlive_the_rule_of_a_second_factor(
    settings: Settings, resources: Resources, world: World
) -> None:
    token = await insert_api_token(resources, await world.user("Ana"))
    strict = changed_settings(settings, require_second_factor="everyone")

    async with running_app(strict, prepare=_add_routes) as app, client_of(app) as client:
        answer = await client.get(DAV, headers=basic(token.text))

    assert (answer.status_code, answer.json()["code"]) == (403, "second_factor_required")


async def test_nothing_but_a_valid_token_is_accepted(
    client: httpx.AsyncClient, registrar: Registrar, world: World
) -> None:
    await registrar.register_and_verify()
    session = await bearer_headers(client)
    ana = await world.user("Ana")
    token = await insert_api_token(world.resources, ana)
    now = world.resources.clock.now()
    expired = await insert_api_token(world.resources, ana, expires_at=now)
    revoked = await insert_api_token(world.resources, ana)
    async with world.resources.begin() as work:
        await work.connection.execute(
            ApiTokenRow.__table__.delete().where(ApiTokenRow.id == revoked.id)  # type: ignore[attr-defined]
        )
    access_token = session["Authorization"].removeprefix("Bearer ")
    wrong: list[dict[str, str]] = [
        {},
        session,
        token.headers,
        basic(PASSWORD),
        basic(access_token),
        basic(expired.text),
        basic(revoked.text),
        basic(token.text[:-1]),
        basic(token.text + " "),
        basic(""),
        {"Authorization": "Basic"},
        {"Authorization": "Basic ???"},
        {"Authorization": "Basic " + b64encode(token.text.encode()).decode()},
        {"Authorization": "Basic " + b64encode(b"\xff\xfe:" + token.text.encode()).decode()},
        {"Authorization": "Basic " + b64encode(b"a" * 2000).decode()},
        {"Authorization": f"Digest {token.text}"},
    ]

    for headers in wrong:
        answer = await client.get(DAV, headers=headers)
        assert answer.status_code == 401, headers
        assert answer.headers["www-authenticate"] == 'Basic realm="Livelist", charset="UTF-8"'
        assert answer.headers["content-type"] == "application/problem+json"
        assert token.text not in answer.text


async def test_a_page_of_another_site_cannot_use_the_password_that_a_browser_keeps(
    client: httpx.AsyncClient, world: World
) -> None:
    token = await insert_api_token(world.resources, await world.user("Ana"))

    for site, status in (
        ("cross-site", 403),
        ("same-site", 403),
        ("same-origin", 200),
        ("none", 200),
    ):
        headers = basic(token.text) | {"Sec-Fetch-Site": site}
        assert (await client.get(DAV, headers=headers)).status_code == status


# The rate limiter counts in Redis and in the process, whatever the database.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_wrong_passwords_are_limited_and_right_ones_are_not(
    client: httpx.AsyncClient, world: World
) -> None:
    token = await insert_api_token(world.resources, await world.user("Ana"))
    wrong = basic("llt_" + "x" * 49)

    statuses = [
        (await client.get(DAV, headers=wrong)).status_code
        for _ in range(BASIC_TOKEN.max_attempts + 1)
    ]

    assert statuses == [401] * BASIC_TOKEN.max_attempts + [429]
    assert (await client.get(DAV, headers={})).status_code == 401
    assert (await client.get(DAV, headers=basic(token.text))).status_code == 200
