"""Make the secrets of sign-in for tests/attack/canary_secrets.py, and look for them where they are kept.

Cookies, challenges, ceremonies, API tokens, and all that passes between a browser, a provider and the site.
"""

import asyncio
from typing import Any
from urllib.parse import parse_qs, quote_plus, urlsplit

import httpx
from sqlalchemy import select

from shared.tables import metadata
from tests.support.attack.target import Target, client_of
from tests.support.authenticator import Authenticator
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.features.oauth import make_verifier
from tests.support.features.passkeys import PasskeyUser
from tests.support.features.provider_browser import ORIGIN, ProviderBrowser
from tests.support.services.provider import CLIENT_SECRET

API = "/api/v1"
WEB = {"Livelist-Client": "web", **ORIGIN}
# What the database keeps as it is: it must be sent to them again.
KEPT = ("address of", "push key", "push address of")


async def plant(target: Target, name: str, email: str, headers: dict[str, str]) -> None:
    """Sign the account in by all ways, with each step on its own. `headers` are those of a session."""
    async with client_of(target.node) as browser:
        await _in_a_browser(target, browser, name, email)
    user = PasskeyUser(target.client, headers)
    await user.add(Authenticator())
    for what, path in {
        "step-up": "/auth/step-up/passkey-options",
        "passkey sign-in": "/auth/passkey/options",
        "passkey registration": "/users/me/passkeys/options",
    }.items():
        options = await _post(target.client, path, headers=headers)
        target.secrets.add(f"{what} challenge of {name}", options["challenge"])
    body = {"name": "Script", "scope": "read"}
    token = (await _post(target.client, "/users/me/api-tokens", body, headers))["token"]
    target.secrets.add(f"API token of {name}", token)
    bearer = {"Authorization": f"Bearer {token}"}
    for path in ("/lists", "/users/me", "/users/me/api-tokens"):
        answer = await target.client.get(API + path, headers=bearer)
        target.record(name, f"{path} with an API token", answer.text)
    await _plant_application(target, name, headers)
    # One that stays open; adding the passkey has ended those before.
    body = {"email": email, "password": target.secrets[f"password of {name}"]}
    challenge = (await _post(target.client, "/auth/login", body))["challenge"]
    target.secrets.add(f"open challenge of {name}", challenge)
    # Refused proofs, which answers and logs must not repeat.
    for path, sent in {
        "/auth/login": {"email": email, "password": target.secrets[f"wrong password of {name}"]},
        "/auth/step-up": {"method": "recovery_code", "code": "aaaa-bbbb-cccc"},
    }.items():
        answer = await target.client.post(API + path, json=sent, headers=headers)
        assert answer.is_client_error, f"{path}: {answer.status_code}"
        target.record("anonymous", path, f"{answer.headers} {answer.text}")


async def _plant_application(target: Target, name: str, headers: dict[str, str]) -> None:
    """Let a program in by a code, refresh its tokens, and begin a device flow that stays open."""
    secrets, client = target.secrets, target.client
    verifier, challenge = make_verifier()
    program = {"client_id": "livelist-cli", "redirect_uri": "http://127.0.0.1:49152/callback"}
    asked = {"response_type": "code", "code_challenge": challenge, "code_challenge_method": "S256"}
    body = {"request": program | asked, "scope": "read"}
    back = (await _post(client, "/oauth/grants", body, headers))["redirect_to"]
    code = parse_qs(urlsplit(back).query)["code"][0]
    secrets.add(f"OAuth code of {name}", code)
    secrets.add(f"code verifier of {name}", verifier)
    exchanged = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier}
    form = program | exchanged
    issued: dict[str, Any] = {}
    for number in range(2):
        issued = (await client.post("/oauth/token", data=form)).json()
        for kind in ("access_token", "refresh_token"):
            secrets.add(f"OAuth {kind} {number} of {name}", issued[kind])
        form = program | {"grant_type": "refresh_token", "refresh_token": issued["refresh_token"]}
    bearer = {"Authorization": f"Bearer {issued['access_token']}"}
    for path in ("/lists", "/users/me/applications"):
        answer = await client.get(API + path, headers=bearer)
        target.record(name, f"{path} with an access token", answer.text)
    waiting = (await client.post("/oauth/device_authorization", data=program)).json()
    for kind in ("device_code", "user_code"):
        secrets.add(f"OAuth {kind} of {name}", waiting[kind])
    wrong = {"grant_type": "refresh_token", "refresh_token": f"{issued['refresh_token']}x"}
    answer = await client.post("/oauth/token", data=program | wrong)
    target.record("anonymous", "/oauth/token", f"{answer.headers} {answer.text}")


async def _in_a_browser(target: Target, browser: httpx.AsyncClient, name: str, email: str) -> None:
    secrets = target.secrets
    body = {"email": email, "password": secrets[f"password of {name}"]}
    challenge = (await _post(browser, "/auth/login", body, WEB))["challenge"]
    secrets.add(f"sign-in challenge of {name}", challenge)
    proof = {"method": "recovery_code", "code": secrets[f"recovery code 9 of {name}"]}
    signed_in = await _post(
        browser, "/auth/challenge", {"challenge": challenge, "proof": proof}, WEB
    )
    secrets.add(f"access token of {name} in a browser", signed_in["access_token"])
    _add_cookies(target, browser, name)


async def plant_provider(target: Target, linked: str, email: str) -> None:
    """Sign a new user in with the provider, and ask for a link to the account of `email`."""
    secrets, provider = target.secrets, target.provider
    for form in {CLIENT_SECRET, quote_plus(CLIENT_SECRET)}:
        secrets.add(f"client secret of the provider, {form == CLIENT_SECRET}", form)

    def keep(claims: dict[str, Any]) -> str:
        token = provider.id_token(claims)
        secrets.add(f"ID token for {claims['sub']}", token)
        return token

    provider.lie = keep
    async with client_of(target.node) as client:
        browser = ProviderBrowser(client)
        new = f"{secrets['address of Pia'].lower()}@example.com"
        secrets.add("address of Pia", new, "Pia")
        signed_in = (await _finish(target, browser, "Pia", sub="pia", email=new))["sign_in"]
        for kind in ("access_token", "refresh_token"):
            secrets.add(f"{kind} of Pia", signed_in[kind])
        asked = await _finish(target, browser, linked, sub="another", email=email)
        secrets.add(f"link ticket for {linked}", asked["link_token"])
        await _start(target, browser, "an unfinished sign-in")
        logout = provider.logout_token(sub="pia", jti="canary")
        secrets.add("logout token", logout)
        path = f"{API}/auth/oidc/corp/backchannel-logout"
        for _ in range(2):
            answer = await client.post(path, data={"logout_token": logout})
            target.record("anonymous", path, answer.text)


async def _start(target: Target, browser: ProviderBrowser, name: str) -> str:
    url = await browser.start()
    sent = parse_qs(urlsplit(url).query)
    for parameter in ("state", "nonce"):
        target.secrets.add(f"{parameter} of {name} at the provider", sent[parameter][0])
    _add_cookies(target, browser.client, name)
    return url


async def _finish(
    target: Target, browser: ProviderBrowser, name: str, **claims: Any
) -> dict[str, Any]:
    secrets, provider = target.secrets, target.provider
    url = await _start(target, browser, name)
    parameters = provider.authorize(url, **claims)
    # The access token has the code in it.
    code = secrets[f"code of {name} at the provider"]
    provider.grants[code] = provider.grants.pop(parameters["code"])
    answer = await browser.finish(parameters | {"code": code})
    assert answer.is_success, answer.text
    finished: dict[str, Any] = answer.json()
    return finished


def _add_cookies(target: Target, browser: httpx.AsyncClient, name: str) -> None:
    for cookie in browser.cookies.jar:
        if cookie.value:
            target.secrets.add(f"cookie {cookie.name} of {name}", cookie.value)


async def stored_texts(target: Target) -> list[tuple[str, str]]:
    """Return what a dump of the database, and one of Redis, would have: a place and a text each."""
    found = []
    async with target.resources.begin_read() as read:
        for table in metadata.sorted_tables:
            rows = await read.connection.execute(select(*table.c))
            found += [(f"database, {table.name}", repr(tuple(row))) for row in rows]
    redis = target.resources.redis
    if redis is not None:
        async with asyncio.timeout(DEADLINE_SECONDS):
            async for key in redis.scan_iter(count=1000):
                value = await redis.get(key) if await redis.type(key) == b"string" else b""
                found.append(("Redis", f"{key!r} {value!r}"))
    return found


def may_be_stored(secret: str) -> bool:
    return secret.startswith(KEPT)


async def _post(
    client: httpx.AsyncClient, path: str, body: Any = None, headers: dict[str, str] | None = None
) -> dict[str, Any]:
    answer = await client.post(API + path, json=body, headers=headers)
    assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
    shape: dict[str, Any] = answer.json()
    return shape
