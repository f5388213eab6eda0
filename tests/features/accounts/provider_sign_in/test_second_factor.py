"""A sign-in with a provider is one factor: an account with a second one is asked for it."""

import json
from typing import Any

import pytest

from shared.ids import SessionId
from shared.resources import Resources
from shared.settings import Settings
from tests.features.accounts.provider_sign_in.test_provider_logout import send
from tests.support.api_server import client_of, running_app
from tests.support.features.provider_browser import ProviderBrowser
from tests.support.features.second_factors import V1, AppUser, outcome, user_with_app
from tests.support.registration import Registrar
from tests.support.services.provider import SigningProvider
from tests.support.settings import changed_settings


async def test_an_account_with_a_second_factor_is_asked_for_it(
    browser: ProviderBrowser, provider: SigningProvider, registrar: Registrar
) -> None:
    user = await user_with_app(registrar)
    browser.headers = user.headers
    started = await browser.post("/users/me/identities", provider="corp")
    linked = await browser.finish(provider.authorize(started.json()["url"]))
    browser.headers = {}

    asked = (await browser.sign_in(provider, sid="s1")).json()
    challenge = asked["challenge"]
    proof = {"method": "totp", "code": user.code()}
    answer = await browser.post("/auth/challenge", challenge=challenge["challenge"], proof=proof)

    assert linked.json()["outcome"] == "linked", linked.text
    assert (asked["outcome"], asked["sign_in"]) == ("challenge", None)
    assert "totp" in challenge["methods"]
    assert answer.status_code == 200, answer.text
    browser.sign_in_as(answer)
    sessions = (await browser.get("/auth/sessions")).json()["items"]
    (own,) = [session for session in sessions if session["current"]]
    assert own["sign_in_method"] == "provider"
    # The provider ends this session too, and not the first one.
    assert (await send(browser, provider.logout_token(sub=None, sid="s1"))).status_code == 200
    assert (await browser.get("/users/me")).status_code == 401
    browser.headers = user.headers
    assert SessionId((await browser.get("/auth/sessions")).json()["items"][0]["id"])


async def _challenged(
    browser: ProviderBrowser, provider: SigningProvider, registrar: Registrar
) -> tuple[AppUser, str]:
    """Link the provider to a user with an app, sign in, and return the user and the challenge."""
    user = await user_with_app(registrar)
    browser.headers = user.headers
    started = await browser.post("/users/me/identities", provider="corp")
    await browser.finish(provider.authorize(started.json()["url"]))
    browser.headers = {}
    asked = (await browser.sign_in(provider, sid="s1")).json()
    return user, asked["challenge"]["challenge"]


async def _answer(browser: ProviderBrowser, user: AppUser, challenge: str) -> tuple[int, str]:
    browser.headers = {}
    proof = {"method": "totp", "code": user.code()}
    return outcome(await browser.post("/auth/challenge", challenge=challenge, proof=proof))


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({}, "challenge_invalid"),
        ({"sub": None, "sid": "s1"}, "challenge_invalid"),
        ({"sub": None, "sid": "other"}, ""),
        ({"sub": "other"}, ""),
    ],
)
async def test_a_logout_ends_the_sign_ins_that_wait(
    browser: ProviderBrowser,
    provider: SigningProvider,
    registrar: Registrar,
    claims: dict[str, Any],
    code: str,
) -> None:
    user, challenge = await _challenged(browser, provider, registrar)

    await send(browser, provider.logout_token(**claims))

    assert (await _answer(browser, user, challenge))[1] == code


async def test_unlinking_ends_the_sign_ins_that_wait(
    browser: ProviderBrowser, provider: SigningProvider, registrar: Registrar
) -> None:
    user, challenge = await _challenged(browser, provider, registrar)
    browser.headers = user.headers
    (identity,) = (await browser.get("/users/me/identities")).json()["items"]

    unlinked = await browser.delete(f"/users/me/identities/{identity['id']}")

    assert unlinked.status_code == 204, unlinked.text
    assert await _answer(browser, user, challenge) == (401, "challenge_invalid")


async def test_a_logout_of_another_provider_leaves_the_sign_ins_that_wait(
    settings: Settings, resources: Resources, provider: SigningProvider, registrar: Registrar
) -> None:
    async with SigningProvider(id="other") as other:
        both = json.dumps([provider.setting(), other.setting()])
        changed = changed_settings(settings, oidc_providers=both)
        async with running_app(changed) as app, client_of(app) as client:
            browser = ProviderBrowser(client)
            user, challenge = await _challenged(browser, provider, registrar)
            path = f"{V1}/auth/oidc/other/backchannel-logout"
            sent = await client.post(path, data={"logout_token": other.logout_token(sid="s1")})

            assert sent.status_code == 200, sent.text
            assert (await _answer(browser, user, challenge))[1] == ""
