"""REQUIRE_SECOND_FACTOR: an account without one may set one up, and do nothing else."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pyotp
import pytest
import pytest_asyncio
from fastapi import FastAPI

from realtime.authentication import Authentication
from shared.accounts.administration import AccountEdit, edit_as_operator
from shared.accounts.second_factors.requirement import lacks_second_factor
from shared.actor import Actor
from shared.contract.frames import Hello
from shared.contract.shapes import SiteRole
from shared.errors import Forbidden
from shared.ids import SessionId, ShareLinkId, UserId
from shared.resources import Resources
from shared.settings import Settings
from tests.support.api_server import client_of, running_app
from tests.support.api_tokens import insert_api_token
from tests.support.features.second_factors import V1, begin, finish, outcome, user_with_app
from tests.support.features.sign_in import bearer_headers
from tests.support.registration import Registrar
from tests.support.settings import changed_settings, plain_settings

REFUSED = (403, "second_factor_required")
ANA = "ana@example.com"


@pytest_asyncio.fixture
async def strict_app(settings: Settings, resources: Resources) -> AsyncIterator[FastAPI]:
    changed = changed_settings(settings, require_second_factor="administrators")
    async with running_app(changed) as app:
        yield app


@pytest_asyncio.fixture
async def strict(strict_app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(strict_app) as opened:
        yield opened


async def _make_admin(resources: Resources) -> None:
    async with resources.begin() as work:
        await edit_as_operator(work, ANA, AccountEdit(site_role=SiteRole.ADMIN))


async def test_an_administrator_without_a_second_factor_sets_one_up_and_goes_on(
    strict: httpx.AsyncClient, registrar: Registrar, resources: Resources
) -> None:
    await registrar.register_and_verify()
    await _make_admin(resources)
    signed_in = await strict.post(
        f"{V1}/auth/login", json={"email": ANA, "password": "quiet orchard lamp"}
    )
    ana = {"Authorization": f"Bearer {signed_in.json()['access_token']}"}

    async def get(path: str) -> tuple[int, str]:
        return outcome(await strict.get(f"{V1}{path}", headers=ana))

    before = [await get(path) for path in ("/lists", "/users/me", "/users", "/users/me/events")]
    state = (await strict.get(f"{V1}/users/me/second-factors", headers=ana)).json()
    ticket = await strict.post(f"{V1}/ws-ticket", headers=ana)
    secret = (await strict.post(f"{V1}/users/me/second-factors/totp", headers=ana)).json()["secret"]
    code = pyotp.TOTP(secret).at(resources.clock.now())
    confirmed = await strict.post(
        f"{V1}/users/me/second-factors/totp/confirm", json={"code": code}, headers=ana
    )

    assert signed_in.json()["must_set_up_second_factor"] is True
    assert before == [REFUSED] * 4
    assert state["is_required"] is True
    assert outcome(ticket) == REFUSED
    assert len(confirmed.json()["recovery_codes"]) == 10
    assert await get("/lists") == (200, "")


async def test_the_rule_is_for_the_roles_that_the_operator_chose(
    strict: httpx.AsyncClient, registrar: Registrar
) -> None:
    await registrar.register_and_verify()

    ana = await bearer_headers(strict)

    assert (await strict.get(f"{V1}/lists", headers=ana)).status_code == 200


async def test_api_tokens_of_such_an_account_are_refused_too(
    strict: httpx.AsyncClient, registrar: Registrar, resources: Resources
) -> None:
    actor = (await registrar.register_and_verify()).actor
    token = await insert_api_token(resources, actor)
    as_user = await strict.get(f"{V1}/lists", headers=token.headers)
    await _make_admin(resources)
    token = await insert_api_token(resources, actor)

    as_admin = await strict.get(f"{V1}/lists", headers=token.headers)

    assert as_user.status_code == 200
    assert outcome(as_admin) == REFUSED


async def test_a_socket_is_refused_and_opens_with_a_second_factor(
    strict_app: FastAPI, registrar: Registrar, resources: Resources
) -> None:
    tokens = await registrar.register_and_verify()
    await _make_admin(resources)
    authentication = _authentication(strict_app)
    hello = await authentication.check_hello(_hello(tokens.access_token), "192.0.2.1")

    with pytest.raises(Forbidden) as caught:
        await authentication.read_session(hello)
    with pytest.raises(Forbidden):
        await authentication.renew(tokens.actor.session_id, tokens.access_token)

    assert caught.value.reason == "second_factor_required"
    ben = await user_with_app(registrar, "ben@example.com")
    async with resources.begin() as work:
        await edit_as_operator(work, ben.email, AccountEdit(site_role=SiteRole.ADMIN))
    hello = await authentication.check_hello(_hello(ben.tokens.access_token), "192.0.2.1")
    assert (await authentication.read_session(hello)).actor.has_second_factor


async def test_an_account_with_a_second_factor_signs_in_as_ever(
    strict: httpx.AsyncClient, registrar: Registrar, resources: Resources
) -> None:
    ana = await user_with_app(registrar)
    await _make_admin(resources)

    answer = await finish(strict, await begin(strict), ana.code())

    assert answer.json()["must_set_up_second_factor"] is False
    bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert (await strict.get(f"{V1}/users", headers=bearer)).status_code == 200


def test_guests_and_users_of_issuers_are_not_asked(tmp_path: Path) -> None:
    settings = plain_settings(tmp_path, require_second_factor="everyone")
    user = Actor(UserId("u"), "Ana", SessionId("s"))

    lacking = [
        lacks_second_factor(settings, actor)
        for actor in (
            user,
            replace(user, has_second_factor=True),
            replace(user, is_external=True),
            replace(user, link_id=ShareLinkId("l")),
        )
    ]

    assert lacking == [True, False, False, False]


def _authentication(app: FastAPI) -> Authentication:
    return Authentication(app.state.resources, asyncio.Semaphore(4))


def _hello(token: str) -> Hello:
    return Hello(type="hello", id=1, token=token)
