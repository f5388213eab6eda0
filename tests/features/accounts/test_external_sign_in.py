"""Signing in with JWTs of a trusted issuer: what is accepted, what is refused, whose account it is."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import func, select

from shared.accounts.administration import AccountEdit, edit_as_operator, edit_user
from shared.accounts.personal_data.document import Position, read_page
from shared.accounts.profile import delete_account_as_operator
from shared.contract.shapes import SiteRole
from shared.ids import UserId
from shared.issuer_keys import key_cache
from shared.resources import Resources
from shared.settings import Settings
from shared.signed_links import Purpose
from shared.tables.accounts import ExternalIdentityRow, UserRow
from tests.support.api_server import client_of, running_app
from tests.support.features.jwt_lies import LIES
from tests.support.features.list_builder import recorded_statements
from tests.support.registration import Registrar
from tests.support.services.issuer import Issuer, recorded_fetches, rsa_key
from tests.support.settings import changed_settings
from tests.support.world_builder import World

ME = "/api/v1/users/me"


@pytest_asyncio.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with Issuer() as started:
        yield started


@pytest.fixture
def issuer_settings(settings: Settings, issuer: Issuer) -> Settings:
    return changed_settings(settings, trusted_issuers=json.dumps([issuer.setting()]))


@pytest_asyncio.fixture
async def client(
    issuer_settings: Settings, resources: Resources
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a site that trusts `issuer`."""
    async with running_app(issuer_settings) as app, client_of(app) as opened:
        yield opened


async def get_me(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.get(ME, headers={"Authorization": f"Bearer {token}"})


async def _users(resources: Resources) -> int:
    async with resources.begin_read() as read:
        return await read.connection.scalar(select(func.count()).select_from(UserRow)) or 0


@pytest.mark.parametrize(("kid", "algorithm"), [("rsa", "RS256"), ("ec", "ES256"), ("ed", "EdDSA")])
async def test_the_first_request_makes_an_account_and_the_next_ones_find_it(
    client: httpx.AsyncClient, issuer: Issuer, resources: Resources, kid: str, algorithm: str
) -> None:
    first = await get_me(client, issuer.token(kid, algorithm, aud=["other", "livelist"]))
    second = await get_me(client, issuer.token("rsa", "RS256", email="new@example.org"))

    assert first.status_code == 200, first.text
    account = first.json()
    assert (account["name"], account["email"], account["is_verified"]) == (
        "Ana",
        "ana@example.org",
        True,
    )
    assert second.json()["id"] == account["id"]
    assert (await _users(resources), issuer.requests) == (1, 1)
    todos = await client.get("/api/v1/todos", headers=_bearer(issuer.token()))
    assert len(todos.json()["items"]) == 3


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_a_known_subject_costs_one_statement(
    issuer_settings: Settings, resources: Resources, issuer: Issuer
) -> None:
    async with running_app(issuer_settings) as app, client_of(app) as client:
        await get_me(client, issuer.token())
        site = app.state.resources

        async with recorded_statements(site) as statements:
            assert (await get_me(client, issuer.token(jti="another"))).status_code == 200

    # One to authenticate, one to read the account.
    assert len(statements) == 2


async def test_concurrent_first_requests_make_one_account(
    client: httpx.AsyncClient, issuer: Issuer, resources: Resources
) -> None:
    tokens = [issuer.token(jti=str(number)) for number in range(8)]
    tokens += [issuer.token(email=f"other{number}@example.org") for number in range(4)]

    answers = await asyncio.gather(*(get_me(client, token) for token in tokens))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert (await _users(resources), issuer.requests) == (1, 1)


async def test_no_lie_is_believed(
    client: httpx.AsyncClient, issuer: Issuer, resources: Resources
) -> None:
    assert (await get_me(client, issuer.token(sub="honest"))).status_code == 200

    answers = {name: await get_me(client, lie(issuer)) for name, lie in LIES.items()}

    wrong = {name: it.text for name, it in answers.items() if it.status_code != 401}
    assert wrong == {}
    assert {it.headers["content-type"] for it in answers.values()} == {"application/problem+json"}
    assert answers["expired"].json()["code"] == "token_expired"
    # One fetch at start; an unknown `kid` within a minute of it causes none.
    assert (await _users(resources), issuer.requests) == (1, 1)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"email_verified": False}, "email_not_verified"),
        ({"email_verified": "true"}, "email_not_verified"),
        ({"email_verified": None}, "email_not_verified"),
        ({"email": None}, "email_not_verified"),
        ({"email": ["ana@example.org"]}, "email_not_verified"),
        ({"email": "ana"}, "email_not_verified"),
        ({"email": "ana@elsewhere.example"}, "email_domain_not_allowed"),
        ({"email": "ana@sub.example.org"}, "email_domain_not_allowed"),
    ],
)
async def test_no_account_is_made_without_a_verified_address_that_is_allowed(
    settings: Settings, resources: Resources, issuer: Issuer, changes: dict[str, Any], code: str
) -> None:
    setting = issuer.setting(allowed_email_domains=["example.org"])
    settings = changed_settings(settings, trusted_issuers=json.dumps([setting]))

    async with running_app(settings) as app, client_of(app) as client:
        answer = await get_me(client, issuer.token(**changes))

    assert (answer.status_code, answer.json()["code"]) == (403, code)
    assert await _users(resources) == 0


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"registration_open": False}, "registration_closed"),
        ({"allowed_email_domains": "example.com"}, "email_domain_not_allowed"),
    ],
)
async def test_the_rules_of_the_site_for_registration_hold(
    issuer_settings: Settings, resources: Resources, issuer: Issuer, values: Any, code: str
) -> None:
    async with running_app(issuer_settings) as app, client_of(app) as client:
        known = await get_me(client, issuer.token())
    settings = changed_settings(issuer_settings, **values)

    async with running_app(settings) as app, client_of(app) as client:
        again = await get_me(client, issuer.token())
        stranger = await get_me(client, issuer.token(sub="2", email="bea@example.org"))

    assert (known.status_code, again.status_code) == (200, 200)
    assert (stranger.status_code, stranger.json()["code"]) == (403, code)


async def test_an_account_with_the_same_address_is_never_linked(
    client: httpx.AsyncClient, issuer: Issuer, registrar: Registrar, resources: Resources
) -> None:
    await registrar.register_and_verify()

    answers = [
        await get_me(client, issuer.token(email=email))
        for email in ("ana@example.com", "ANA@EXAMPLE.COM")
    ]

    assert {(it.status_code, it.json()["code"]) for it in answers} == {(403, "account_exists")}
    assert await _users(resources) == 1


async def test_the_refusal_for_a_taken_address_says_what_its_account_can_do(
    client: httpx.AsyncClient, issuer: Issuer, registrar: Registrar, resources: Resources
) -> None:
    await registrar.register("pending@example.org")
    await get_me(client, issuer.token(sub="2", email="bare@example.org"))
    await registrar.register_and_verify("gone@example.org")
    async with resources.begin() as work:
        await edit_as_operator(work, "gone@example.org", AccountEdit(disabled=True))

    answers = [
        (await get_me(client, issuer.token(sub="3", email=f"{name}@example.org"))).json()
        for name in ("pending", "bare", "gone")
    ]
    for name in ("pending", "bare", "gone"):
        await client.post("/api/v1/auth/forgot-password", json={"email": f"{name}@example.org"})

    assert [answer["code"] for answer in answers] == ["account_exists"] * 2 + ["disabled"]
    # What the sentence promises.
    assert all("let “Forgot your password?” there mail you" in it["detail"] for it in answers[:2])
    assert len(await registrar.link_tokens(Purpose.VERIFY_EMAIL, "pending@example.org")) == 2
    assert len(await registrar.link_tokens(Purpose.RESET_PASSWORD, "bare@example.org")) == 1
    assert await registrar.link_tokens(Purpose.RESET_PASSWORD, "gone@example.org") == []


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"name": "Ana\u202e"}, "ana.b"),
        ({"name": "x" * 101, "preferred_username": "ana_b"}, "ana_b"),
        ({"name": {"x": 1}, "nickname": "Nan"}, "Nan"),
        ({"name": "\u200b"}, "ana.b"),
    ],
)
async def test_the_name_follows_our_rules(
    client: httpx.AsyncClient, issuer: Issuer, claims: dict[str, Any], expected: str
) -> None:
    answer = await get_me(client, issuer.token(email="ana.b@example.org", **claims))

    assert answer.json()["name"] == expected


async def test_a_disabled_account_stays_out_and_a_deleted_one_leaves_no_identity(
    client: httpx.AsyncClient, issuer: Issuer, resources: Resources, world: World
) -> None:
    user_id = UserId((await get_me(client, issuer.token())).json()["id"])
    admin = await world.user("Root", site_role=SiteRole.ADMIN)
    async with resources.begin_read() as read:
        page = await read_page(read, user_id, Position())
    async with resources.begin() as work:
        await edit_user(work, admin, user_id, AccountEdit(disabled=True))

    answer = await get_me(client, issuer.token(jti="2"))

    # As exported with the data of the account.
    assert f'"issuer":"{issuer.url}","subject":"subject-1"'.encode() in page.text
    assert answer.status_code == 401
    async with resources.begin() as work:
        await delete_account_as_operator(work, "ana@example.org")
    async with resources.begin_read() as read:
        assert (await read.connection.execute(select(ExternalIdentityRow.id))).all() == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/ws-ticket"),
        ("GET", "/auth/sessions"),
        ("DELETE", "/auth/sessions"),
        ("POST", "/users/me/password"),
        ("POST", "/users/me/email"),
        ("GET", "/users/me/api-tokens"),
        ("POST", "/users/me/api-tokens"),
        ("POST", "/users/me/push-subscriptions"),
        ("DELETE", "/users/me"),
    ],
)
async def test_credentials_are_out_of_reach(
    client: httpx.AsyncClient, issuer: Issuer, method: str, path: str
) -> None:
    body = {"password": "x", "name": "x", "scope": "read"}
    answer = await client.request(
        method, f"/api/v1{path}", headers=_bearer(issuer.token()), json=body
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "session_required")


async def test_a_cached_token_does_not_pass_as_a_session(
    client: httpx.AsyncClient, issuer: Issuer
) -> None:
    headers = _bearer(issuer.token())
    assert (await client.get(ME, headers=headers)).status_code == 200

    answer = await client.post("/api/v1/auth/logout", headers=headers)

    assert answer.status_code == 401


async def test_keys_are_rotated_without_a_restart(
    client: httpx.AsyncClient, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await get_me(client, issuer.token())).status_code == 200
    old, issuer.keys["new"] = issuer.token(jti="old"), rsa_key(1)
    del issuer.keys["ed"]
    new = issuer.token("new", "RS256")

    early = await get_me(client, new)
    _pass(monkeypatch, key_cache.MIN_INTERVAL_SECONDS + 1)
    later = [(await get_me(client, token)).status_code for token in (new, old)]

    assert (early.status_code, later, issuer.requests) == (401, [200, 401], 2)


def _pass(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let the cache of keys see a later time."""
    now: Callable[[], float] = vars(key_cache)["monotonic"]
    monkeypatch.setattr(key_cache, "monotonic", lambda: now() + seconds)


_BAD_ANSWERS = {
    "no answer": b"",
    "an error": b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
    "a redirect": b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
    "a page": b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>",
    "no keys": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
    "too large": b"HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n" + b" " * 70_000,
    "no HTTP": b"SSH-2.0-OpenSSH\r\n\r\n",
}  # fmt: skip


@pytest.mark.parametrize("name", _BAD_ANSWERS)
async def test_known_keys_work_while_the_issuer_is_away_for_a_day(
    client: httpx.AsyncClient, issuer: Issuer, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    assert (await get_me(client, issuer.token())).status_code == 200
    issuer.answer = _BAD_ANSWERS[name]
    issuer.keys["unknown"] = rsa_key(1)

    _pass(monkeypatch, key_cache.REFRESH_SECONDS + 1)
    known = await get_me(client, issuer.token(jti="2"))
    unknown = await get_me(client, issuer.token("unknown", "RS256"))
    _pass(monkeypatch, key_cache.MAX_AGE_SECONDS)
    too_old = await get_me(client, issuer.token(jti="3"))

    assert (known.status_code, unknown.status_code, too_old.status_code) == (200, 503, 503)
    assert "does not answer" in unknown.json()["detail"]
    assert 0 < int(unknown.headers["retry-after"]) <= key_cache.MIN_INTERVAL_SECONDS
    assert issuer.requests == 3


async def test_an_issuer_that_never_answers_is_given_up(
    client: httpx.AsyncClient, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer.is_silent = True
    monkeypatch.setattr(key_cache, "FETCH_SECONDS", 0.05)
    # All of them come before the next attempt, however long they take.
    monkeypatch.setattr(key_cache, "monotonic", lambda: 1000.0)
    asked = recorded_fetches(monkeypatch, key_cache)

    answers = await asyncio.gather(*(get_me(client, issuer.token(jti=str(n))) for n in range(5)))

    assert {answer.status_code for answer in answers} == {503}
    assert asked == [f"{issuer.url}/jwks"]


async def test_without_the_setting_no_token_of_an_issuer_is_accepted(
    settings: Settings, resources: Resources, issuer: Issuer
) -> None:
    async with running_app(settings) as app, client_of(app) as client:
        answer = await get_me(client, issuer.token())

    assert (answer.status_code, issuer.requests) == (401, 0)
