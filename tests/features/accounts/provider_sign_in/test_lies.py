"""Providers that lie, and browsers that are led astray: nobody is signed in, and the audit says why."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update

from shared.issuer_keys import discovery
from shared.resources import Resources
from shared.settings import Settings
from shared.tables.accounts import SessionRow, UserRow
from shared.tables.providers import ProviderTicketRow
from tests.features.accounts.provider_sign_in.test_sign_in import audited, count
from tests.support.api_server import client_of, running_app
from tests.support.features.provider_browser import ProviderBrowser
from tests.support.services.issuer import (
    bytes_of,
    encoded,
    public_jwk,
    recorded_fetches,
    text_of,
)  # fmt: skip
from tests.support.services.provider import CLIENT_ID, SigningProvider, http_answer
from tests.support.settings import changed_settings

Claims = dict[str, Any]
Lie = Callable[[SigningProvider, Claims], str]


def _claims(**changes: Any) -> Lie:
    return lambda provider, honest: provider.id_token(honest | changes)


def _header(**changes: Any) -> Lie:
    return lambda provider, honest: provider.id_token(honest, **changes)


def _none(provider: SigningProvider, honest: Claims) -> str:
    return f"{encoded({'alg': 'none', 'kid': 'ed'})}.{encoded(honest)}."


def _hs256_with_the_public_key(provider: SigningProvider, honest: Claims) -> str:
    key = bytes_of(public_jwk("ed", provider.keys["ed"])["x"])
    text = f"{encoded({'alg': 'HS256', 'kid': 'ed'})}.{encoded(honest)}"
    return f"{text}.{text_of(hmac.digest(key, text.encode(), hashlib.sha256))}"


def _by_another(provider: SigningProvider, honest: Claims) -> str:
    return SigningProvider().id_token(honest)


LIES: dict[str, Lie] = {
    "another audience": _claims(aud="other"),
    "no audience": _claims(aud=None),
    "two audiences without azp": _claims(aud=[CLIENT_ID, "other"]),
    "a token for another client": _claims(aud=[CLIENT_ID, "other"], azp="other"),
    "an azp of another client": _claims(azp="other"),
    "another issuer": _claims(iss="https://evil.example"),
    "the issuer with a slash": lambda provider, honest: provider.id_token(
        honest | {"iss": f"{provider.url}/"}
    ),
    "no issuer": _claims(iss=None),
    "another nonce": _claims(nonce="other"),
    "no nonce": _claims(nonce=None),
    "a nonce that is a list": _claims(nonce=["x"]),
    "alg none": _none,
    "HS256 with the public key": _hs256_with_the_public_key,
    "an RSA algorithm with an Ed25519 key": _header(alg="RS256"),
    "an algorithm that is not announced": _header(alg="ES512"),
    "crit": _header(crit=["exp"]),
    "an embedded key": _header(jwk={"kty": "OKP", "crv": "Ed25519", "x": "A" * 43}),
    "the address of keys": _header(jku="https://evil.example/jwks"),
    "an access token": _header(typ="at+jwt"),
    "a logout token": _header(typ="logout+jwt"),
    "a kid that is unknown": _header(kid="unknown"),
    "no kid": _header(kid=None),
    "a key of another": _by_another,
    "expired": _claims(exp=1_700_000_000),
    "expired within the tolerance of clocks": lambda provider, honest: provider.id_token(
        honest | {"exp": honest["iat"] - 5}
    ),
    "no exp": _claims(exp=None),
    "an exp that is true": _claims(exp=True),
    "no iat": _claims(iat=None),
    "issued in the future": _claims(iat=4_102_444_800),
    "no subject": _claims(sub=None),
    "a subject of 256 characters": _claims(sub="x" * 256),
    "another access token's hash": _claims(at_hash=text_of(b"x" * 32)),
    "an at_hash that is a number": _claims(at_hash=1),
    "a sid that is too long": _claims(sid="x" * 256),
    "too long": _claims(filler="x" * 40_000),
    "no JWT": lambda provider, honest: "x" * 100,
}  # fmt: skip


async def test_no_lie_in_an_id_token_is_believed(
    browser: ProviderBrowser, provider: SigningProvider, resources: Resources
) -> None:
    answers = {}
    for name, lie in LIES.items():
        provider.lie = lambda honest, lie=lie: lie(provider, honest)
        answers[name] = await browser.sign_in(provider)

    told = {name: (it.status_code, it.json()["code"]) for name, it in answers.items()}
    assert told == dict.fromkeys(LIES, (401, "provider_answer_invalid"))
    assert all("cannot be trusted" in it.json()["detail"] for it in answers.values())
    assert await count(resources, UserRow) + await count(resources, SessionRow) == 0
    faults = [facts["fault"] for facts in await audited(resources, "sign_in.failed")]
    assert len(faults) == len(LIES)
    provider.lie = None
    assert (await browser.sign_in(provider)).status_code == 200


_REDIRECT = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
_BAD_ANSWERS: dict[str, bytes] = {
    "no answer": b" ",
    "an error": b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
    "a redirect": _REDIRECT,
    "a page": b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>",
    "a list": http_answer([]),
    "too large": http_answer({"filler": "x" * 200_000}),
    "no HTTP": b"SSH-2.0-OpenSSH\r\n\r\n",
}


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/jwks"])
@pytest.mark.parametrize("name", _BAD_ANSWERS)
async def test_a_provider_that_answers_nonsense_is_away(
    browser: ProviderBrowser, provider: SigningProvider, resources: Resources, path: str, name: str
) -> None:
    provider.answers[path] = _BAD_ANSWERS[name]

    answer = await browser.post("/auth/oidc/corp/start")
    if answer.status_code == 200:
        parameters = provider.authorize(answer.json()["url"])
        answer = await browser.finish(parameters)

    assert (answer.status_code, answer.json()["code"]) == (503, "provider_unavailable")
    assert "sign in another way" in answer.json()["detail"]
    assert await count(resources, SessionRow) == 0


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"issuer": None},
        {"token_endpoint": "http://evil.example/token"},
        {"token_endpoint": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": None},
        {"id_token_signing_alg_values_supported": ["HS256", "none"]},
        {"code_challenge_methods_supported": ["plain"]},
        {"response_types_supported": ["token"]},
        {"token_endpoint_auth_methods_supported": ["private_key_jwt"]},
    ],
)
async def test_metadata_that_is_not_acceptable_is_not_used(
    browser: ProviderBrowser, provider: SigningProvider, metadata: Claims
) -> None:
    provider.metadata |= metadata

    answer = await browser.post("/auth/oidc/corp/start")

    assert (answer.status_code, answer.json()["code"]) == (503, "provider_unavailable")


async def test_a_provider_that_never_answers_costs_one_request_for_all(
    browser: ProviderBrowser, provider: SigningProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.is_silent = True
    monkeypatch.setattr(discovery, "FETCH_SECONDS", 0.05)
    # All of them come before the next attempt, however long they take.
    monkeypatch.setattr(discovery, "monotonic", lambda: 1000.0)
    asked = recorded_fetches(monkeypatch, discovery)

    answers = await asyncio.gather(*(browser.post("/auth/oidc/corp/start") for _ in range(5)))

    assert {answer.status_code for answer in answers} == {503}
    assert asked == [f"{provider.url}/.well-known/openid-configuration"]


async def test_the_last_good_metadata_works_while_a_provider_is_away(
    browser: ProviderBrowser, provider: SigningProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await browser.sign_in(provider)).status_code == 200
    provider.answers["/.well-known/openid-configuration"] = b"HTTP/1.1 500 Oops\r\n\r\n"
    now: Callable[[], float] = vars(discovery)["monotonic"]

    monkeypatch.setattr(discovery, "monotonic", lambda: now() + discovery.REFRESH_SECONDS + 1)
    known = await browser.sign_in(provider)
    monkeypatch.setattr(discovery, "monotonic", lambda: now() + discovery.MAX_AGE_SECONDS + 60)
    too_old = await browser.post("/auth/oidc/corp/start")

    assert (known.status_code, too_old.status_code) == (200, 503)


async def test_a_state_is_of_one_browser_and_works_once(
    client: httpx.AsyncClient, provider: SigningProvider, resources: Resources
) -> None:
    attacker, victim = ProviderBrowser(client), ProviderBrowser(client)
    parameters = provider.authorize(await attacker.start(), sub="attacker")
    attackers_cookie = client.cookies["livelist_provider"]
    client.cookies.clear()
    await victim.start()

    led_astray = await victim.finish(parameters)
    client.cookies.clear()
    without = await victim.finish(parameters)
    client.cookies.set("livelist_provider", attackers_cookie)
    good = await attacker.finish(parameters)
    # The answer cleared the cookie; a copy of it continues nothing either.
    client.cookies.set("livelist_provider", attackers_cookie)
    again = await attacker.finish(parameters)

    assert good.status_code == 200, good.text
    codes = {it.json()["code"] for it in (led_astray, without, again)}
    assert codes == {"provider_state_invalid"}
    assert await count(resources, SessionRow) == 1
    assert len(await audited(resources, "sign_in.failed")) == 3


async def test_of_concurrent_uses_of_a_state_one_succeeds(
    browser: ProviderBrowser, provider: SigningProvider, resources: Resources
) -> None:
    parameters = provider.authorize(await browser.start())

    answers = await asyncio.gather(*(browser.finish(parameters) for _ in range(5)))

    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401, 401]
    assert await count(resources, SessionRow) == 1


async def test_a_code_that_was_used_or_is_of_another_sign_in_is_refused(
    browser: ProviderBrowser, provider: SigningProvider
) -> None:
    used = provider.authorize(await browser.start())
    assert (await browser.finish(used)).status_code == 200
    foreign = provider.authorize(await browser.start())
    own = provider.authorize(await browser.start())

    replayed = await browser.finish(own | {"code": used["code"]})
    own = provider.authorize(await browser.start())
    # PKCE: the code was issued for the challenge of another sign-in.
    injected = await browser.finish(own | {"code": foreign["code"]})

    assert {replayed.json()["code"], injected.json()["code"]} == {"provider_answer_invalid"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"iss": "https://evil.example"}, "provider_answer_invalid"),
        ({"iss": None}, "provider_answer_invalid"),
        ({"code": None}, "provider_answer_invalid"),
        ({"error": "access_denied"}, "provider_refused"),
        ({"error": "<script>"}, "provider_refused"),
        ({"state": "other"}, "provider_state_invalid"),
    ],
)
async def test_a_response_that_is_wrong_signs_nobody_in(
    browser: ProviderBrowser, provider: SigningProvider, changes: Claims, code: str
) -> None:
    parameters: Claims = {**provider.authorize(await browser.start()), **changes}

    answer = await browser.finish({k: v for k, v in parameters.items() if v is not None})

    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert "script" not in answer.text


async def test_one_provider_is_not_taken_for_another(
    settings: Settings, provider: SigningProvider, resources: Resources
) -> None:
    async with SigningProvider(id="evil") as evil:
        evil.metadata["authorization_response_iss_parameter_supported"] = None
        providers = json.dumps([provider.setting(), evil.setting()])
        settings = changed_settings(settings, oidc_providers=providers)
        async with running_app(settings) as app, client_of(app) as client:
            browser = ProviderBrowser(client)
            # The user meant the evil one, which leads the browser through the honest one.
            honest = provider.authorize(await browser.start("corp"))
            await browser.start("evil")
            mixed = await browser.finish(honest, "evil")
            honest = provider.authorize(await browser.start("corp"))
            elsewhere = await browser.finish(honest, "evil")
            # And one that signs in the name of the honest one.
            evil.lie = lambda claims: evil.id_token(claims | {"iss": provider.url})
            forged = await browser.sign_in(evil)
            evil.lie = None
            own = await browser.sign_in(evil, email="eve@example.org")

    codes = [it.json().get("code") for it in (mixed, elsewhere, forged)]
    assert codes == ["provider_state_invalid"] * 2 + ["provider_answer_invalid"]
    # No code of the honest provider reached the evil one.
    sent = [form["code"] for path, form in evil.received if path == "/token"]
    assert [code.partition("-")[0] for code in sent] == ["evil", "evil"]
    # The same subject at another provider is another user.
    assert own.status_code == 200
    async with resources.begin_read() as read:
        assert await read.connection.scalar(select(func.count(UserRow.id))) == 1


async def test_a_sign_in_that_took_too_long_is_over(
    browser: ProviderBrowser, provider: SigningProvider, resources: Resources
) -> None:
    parameters = provider.authorize(await browser.start())
    async with resources.begin() as work:
        expired = update(ProviderTicketRow).values(expires_at=work.now)
        await work.connection.execute(expired)

    answer = await browser.finish(parameters)

    assert answer.json()["code"] == "provider_state_invalid"
