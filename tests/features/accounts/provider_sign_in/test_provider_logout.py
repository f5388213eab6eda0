"""Back-channel logout: a provider ends sessions, and nobody else in its name."""

import asyncio
from typing import Any

import httpx
import pytest

from shared.contract.events import SessionRevoked
from shared.ids import UserId
from shared.resources import Resources
from shared.tables.known_devices import KnownDeviceRow
from tests.features.accounts.provider_sign_in.test_sign_in import audited, count
from tests.support.features.provider_browser import ProviderBrowser
from tests.support.registration import Registrar
from tests.support.services.issuer import encoded
from tests.support.services.provider import LOGOUT_EVENT, SigningProvider

PATH = "/api/v1/auth/oidc/corp/backchannel-logout"


async def send(browser: ProviderBrowser, token: str) -> httpx.Response:
    return await browser.client.post(PATH, data={"logout_token": token})


async def _session(
    browser: ProviderBrowser, provider: SigningProvider, **claims: Any
) -> ProviderBrowser:
    """Return another device that is signed in."""
    device = ProviderBrowser(browser.client)
    device.sign_in_as(await device.sign_in(provider, **claims))
    return device


async def _is_live(device: ProviderBrowser) -> bool:
    return (await device.get("/users/me")).status_code == 200


async def test_a_logout_by_session_ends_that_session(
    browser: ProviderBrowser, provider: SigningProvider, resources: Resources
) -> None:
    laptop = await _session(browser, provider, sid="s1")
    phone = await _session(browser, provider, sid="s2")

    answer = await send(browser, provider.logout_token(sub=None, sid="s1"))

    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert [await _is_live(device) for device in (laptop, phone)] == [False, True]
    expected = [{"provider": "corp", "sessions": "1"}]
    assert await audited(resources, "session.ended_by_provider") == expected


async def test_a_logout_by_subject_ends_the_sessions_that_the_provider_began(
    browser: ProviderBrowser, provider: SigningProvider
) -> None:
    devices = [await _session(browser, provider, sid=sid) for sid in ("s1", "s2", None)]
    other = await _session(browser, provider, sub="other", email="bea@example.org")

    answer = await send(browser, provider.logout_token())

    assert answer.status_code == 200
    assert [await _is_live(device) for device in (*devices, other)] == [False] * 3 + [True]


async def test_session_and_subject_must_belong_together(
    browser: ProviderBrowser, provider: SigningProvider
) -> None:
    device = await _session(browser, provider, sid="s1")

    answer = await send(browser, provider.logout_token(sub="other", sid="s1"))

    assert answer.status_code == 200
    assert await _is_live(device)


async def test_the_end_of_a_session_is_an_event_which_closes_its_sockets(
    browser: ProviderBrowser, provider: SigningProvider, registrar: Registrar
) -> None:
    device = await _session(browser, provider)
    user_id = UserId((await device.get("/users/me")).json()["id"])
    (session,) = (await device.get("/auth/sessions")).json()["items"]

    await send(browser, provider.logout_token())

    (event,) = await registrar.events(user_id, SessionRevoked.name)
    assert event["data"]["session_ids"] == [session["id"]]


async def test_a_logout_does_not_make_the_device_a_new_one(
    browser: ProviderBrowser, provider: SigningProvider, resources: Resources
) -> None:
    await _session(browser, provider)
    before = await count(resources, KnownDeviceRow)

    await send(browser, provider.logout_token())

    assert (before, await count(resources, KnownDeviceRow)) == (1, 1)


LIES: dict[str, dict[str, Any]] = {
    "another audience": {"aud": "other"},
    "another issuer": {"iss": "https://evil.example"},
    "an ID token, which has a nonce": {"nonce": "x"},
    "no events": {"events": None},
    "another event": {"events": {"http://schemas.openid.net/event/other": {}}},
    "an event that is no object": {"events": {LOGOUT_EVENT: True}},
    "events in a list": {"events": [LOGOUT_EVENT]},
    "no jti": {"jti": None},
    "a jti that is a number": {"jti": 1},
    "no iat": {"iat": None},
    "an old iat": {"iat": 1_700_000_000},
    "an iat in the future": {"iat": 4_102_444_800},
    "expired": {"exp": 1_700_000_000},
    "no exp": {"exp": None},
    "neither sub nor sid": {"sub": None},
    "a sid that is a list": {"sid": ["s1"]},
}


async def test_no_lie_in_a_logout_token_is_believed(
    browser: ProviderBrowser, provider: SigningProvider
) -> None:
    device = await _session(browser, provider, sid="s1")
    claims = encoded({"iss": provider.url, "sub": "subject-1"})
    tokens = {name: provider.logout_token(**changes) for name, changes in LIES.items()}
    tokens["alg none"] = f"{encoded({'alg': 'none', 'kid': 'ed'})}.{claims}."
    tokens["crit"] = provider.logout_token({"crit": ["exp"]})
    tokens["an access token"] = provider.logout_token({"typ": "at+jwt"})
    tokens["an unknown key"] = provider.logout_token({"kid": "unknown"})
    tokens["no JWT"] = "x"
    stranger = SigningProvider()
    stranger.port = provider.port
    tokens["a key of another"] = stranger.logout_token()

    answers = {name: await send(browser, token) for name, token in tokens.items()}

    wrong = {name: it.text for name, it in answers.items() if it.status_code != 400}
    assert wrong == {}
    assert await _is_live(device)
    good = await send(browser, provider.logout_token({"typ": "logout+jwt"}))
    assert (good.status_code, await _is_live(device)) == (200, False)


async def test_a_logout_token_works_once_also_when_it_is_sent_twice_at_once(
    browser: ProviderBrowser, provider: SigningProvider
) -> None:
    token = provider.logout_token()

    answers = await asyncio.gather(*(send(browser, token) for _ in range(4)))
    device = await _session(browser, provider)
    replayed = await send(browser, token)

    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]
    assert (replayed.status_code, await _is_live(device)) == (400, True)


@pytest.mark.parametrize("body", [{"logout_token": "x" * 40_000}, {}, {"token": "x"}])
async def test_a_request_without_a_token_is_not_acceptable(
    browser: ProviderBrowser, body: dict[str, str]
) -> None:
    answer = await browser.client.post(PATH, data=body)

    assert answer.status_code in (415, 422)
