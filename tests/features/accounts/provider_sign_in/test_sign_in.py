"""Signing in with a provider: the way there and back, and whose account it is."""

import json
from typing import Any

import pytest
from sqlalchemy import func, select, update

from shared.contract.shapes import AccountStatus
from shared.ids import UserId
from shared.resources import Resources
from shared.settings import Settings
from shared.tables.accounts import AuditRow, SessionRow, UserRow
from shared.tables.providers import ProviderTicketRow
from tests.support.api_server import client_of, running_app
from tests.support.features.provider_browser import ORIGIN, ProviderBrowser
from tests.support.services.provider import CLIENT_SECRET, SigningProvider, query_of
from tests.support.settings import changed_settings


async def count(resources: Resources, table: Any) -> int:
    async with resources.begin_read() as read:
        return await read.connection.scalar(select(func.count()).select_from(table)) or 0


async def audited(resources: Resources, action: str) -> list[dict[str, Any]]:
    """Return the facts of the audit entries of this kind, the oldest first."""
    async with resources.begin_read() as read:
        rows = await read.connection.scalars(
            select(AuditRow.facts).where(AuditRow.action == action).order_by(AuditRow.id)
        )
    return [dict(facts) for facts in rows]


async def test_the_first_sign_in_makes_an_account_and_the_next_one_finds_it(
    browser: ProviderBrowser, provider: SigningProvider, resources: Resources
) -> None:
    first = await browser.sign_in(provider)
    again = await browser.sign_in(provider, email="changed@example.org", email_verified=False)

    assert (first.status_code, again.status_code) == (200, 200), first.text + again.text
    assert first.json()["outcome"] == "signed_in"
    browser.sign_in_as(first)
    me = (await browser.get("/users/me")).json()
    assert (me["name"], me["email"], me["is_verified"]) == ("Ana", "ana@example.org", True)
    browser.sign_in_as(again)
    assert (await browser.get("/users/me")).json()["id"] == me["id"]
    sessions = (await browser.get("/auth/sessions")).json()["items"]
    assert [session["sign_in_method"] for session in sessions] == ["provider", "provider"]
    assert await count(resources, UserRow) == 1
    # Nothing of the sign-ins is left.
    assert await count(resources, ProviderTicketRow) == 0


async def test_a_request_says_what_the_specifications_ask_for(
    browser: ProviderBrowser, provider: SigningProvider
) -> None:
    answer = await browser.post("/auth/oidc/corp/start")

    asked = query_of(answer.json()["url"])
    assert asked["scope"] == ["openid email profile"]
    assert asked["redirect_uri"] == ["http://localhost:8000/sign-in/corp"]
    assert {"state", "nonce", "code_challenge"} <= asked.keys()
    cookie = answer.headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=strict", "Max-Age=600", "Path=/"))
    secret = cookie.partition("=")[2].partition(";")[0]
    assert secret not in answer.text
    assert answer.headers["cache-control"] == "no-store"


async def test_over_https_the_cookie_is_bound_to_the_host(
    provider_settings: Settings, resources: Resources
) -> None:
    settings = changed_settings(provider_settings, public_url="https://todo.example.org")
    async with running_app(settings) as app, client_of(app) as client:
        headers = {"Origin": "https://todo.example.org", "Host": "todo.example.org"}
        answer = await client.post("/api/v1/auth/oidc/corp/start", json={}, headers=headers)

    assert answer.headers["set-cookie"].startswith("__Host-livelist_provider=")
    assert "Secure" in answer.headers["set-cookie"]


async def test_a_dump_of_the_database_continues_no_sign_in(
    browser: ProviderBrowser, provider: SigningProvider, resources: Resources
) -> None:
    url = await browser.start()

    async with resources.begin_read() as read:
        row = (await read.connection.execute(select(ProviderTicketRow.__table__))).one()
    stored = repr(row)
    asked = query_of(url)
    secret = browser.client.cookies["livelist_provider"]
    assert all(it not in stored for it in (secret, asked["state"][0], asked["nonce"][0]))


@pytest.mark.parametrize(
    "methods", [None, ["client_secret_post"], ["private_key_jwt", "client_secret_post"]]
)
async def test_the_client_authenticates_as_the_provider_says(
    browser: ProviderBrowser, provider: SigningProvider, methods: list[str] | None
) -> None:
    provider.metadata["token_endpoint_auth_methods_supported"] = methods

    answer = await browser.sign_in(provider)

    assert answer.status_code == 200, answer.text
    (form,) = [form for path, form in provider.received if path == "/token"]
    assert ("client_secret" in form) == (methods is not None)


async def test_an_address_may_come_from_the_userinfo_endpoint(
    browser: ProviderBrowser, provider: SigningProvider
) -> None:
    about = {"sub": "subject-1", "email": "ana@example.org", "email_verified": True}

    # `email_verified` of the ID token says nothing about an address that is not in it.
    good = await browser.sign_in(provider, userinfo=about, email=None)
    unverified = await browser.sign_in(
        provider, userinfo=about | {"sub": "2", "email_verified": False}, sub="2", email=None
    )
    other = await browser.sign_in(provider, userinfo=about | {"sub": "x"}, sub="3", email=None)

    assert good.status_code == 200, good.text
    assert unverified.json()["code"] == "email_not_verified"
    assert other.json()["code"] == "provider_answer_invalid"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"email_verified": False}, "email_not_verified"),
        ({"email_verified": "true"}, "email_not_verified"),
        ({"email_verified": None}, "email_not_verified"),
        ({"email": "ana"}, "email_not_verified"),
        ({"email": "ana@elsewhere.example"}, "email_domain_not_allowed"),
    ],
)
async def test_no_account_is_made_without_a_verified_address_that_is_allowed(
    settings: Settings,
    resources: Resources,
    provider: SigningProvider,
    changes: dict[str, Any],
    code: str,
) -> None:
    setting = provider.setting(allowed_email_domains=["example.org"])
    settings = changed_settings(settings, oidc_providers=json.dumps([setting]))

    async with running_app(settings) as app, client_of(app) as client:
        answer = await ProviderBrowser(client).sign_in(provider, **changes)

    assert (answer.status_code, answer.json()["code"]) == (403, code)
    assert await count(resources, UserRow) == 0
    assert (await audited(resources, "sign_in.failed"))[0] == {"reason": code, "provider": "corp"}


@pytest.mark.parametrize(
    ("values", "provider_changes", "code"),
    [
        ({"registration_open": False}, {}, "registration_closed"),
        ({"allowed_email_domains": "example.com"}, {}, "email_domain_not_allowed"),
        ({}, {"sign_up": False}, "provider_signs_up_nobody"),
    ],
)
async def test_the_rules_for_new_accounts_hold(
    settings: Settings,
    resources: Resources,
    provider: SigningProvider,
    values: dict[str, Any],
    provider_changes: dict[str, Any],
    code: str,
) -> None:
    providers = json.dumps([provider.setting(**provider_changes)])
    settings = changed_settings(settings, oidc_providers=providers, **values)

    async with running_app(settings) as app, client_of(app) as client:
        answer = await ProviderBrowser(client).sign_in(provider)

    assert (answer.status_code, answer.json()["code"]) == (403, code)
    assert await count(resources, UserRow) == 0


async def test_a_disabled_account_stays_out(
    browser: ProviderBrowser, provider: SigningProvider, resources: Resources
) -> None:
    browser.sign_in_as(await browser.sign_in(provider))
    user_id = UserId((await browser.get("/users/me")).json()["id"])
    async with resources.begin() as work:
        disabled = update(UserRow).where(UserRow.id == user_id)
        await work.connection.execute(disabled.values(status=AccountStatus.DISABLED.value))
    before = await count(resources, SessionRow)

    answer = await browser.sign_in(provider)

    assert (answer.status_code, answer.json()["code"]) == (403, "disabled")
    assert await count(resources, SessionRow) == before
    # The failure is in the account's own security log.
    async with resources.begin_read() as read:
        failed = select(AuditRow.user_id).where(AuditRow.action == "sign_in.failed")
        assert list(await read.connection.scalars(failed)) == [user_id]


async def test_a_leaving_account_is_reached_by_its_provider(
    browser: ProviderBrowser, provider: SigningProvider
) -> None:
    browser.sign_in_as(await browser.sign_in(provider))
    deleted = await browser.delete("/users/me")
    browser.headers = {}

    again = (await browser.sign_in(provider)).json()

    # It has no password: otherwise nobody could keep it.
    assert again["outcome"] == "signed_in"
    assert again["sign_in"]["delete_at"] == deleted.json()["delete_at"]


async def test_visitors_learn_names_and_no_secrets(browser: ProviderBrowser) -> None:
    answer = await browser.get("/site")

    assert answer.json()["sign_in_providers"] == [{"id": "corp", "name": "Example Inc."}]
    assert CLIENT_SECRET not in answer.text


async def test_another_site_cannot_begin_or_finish_a_sign_in(
    browser: ProviderBrowser, provider: SigningProvider
) -> None:
    browser.headers = {"Origin": "https://evil.example"}

    started = await browser.post("/auth/oidc/corp/start")
    finished = await browser.finish({"state": "x", "code": "y"})

    assert {started.status_code, finished.status_code} == {403}
    assert {started.json()["code"], finished.json()["code"]} == {"origin_refused"}
    assert "Origin" in ORIGIN


async def test_an_unknown_provider_is_not_found(browser: ProviderBrowser) -> None:
    assert (await browser.post("/auth/oidc/other/start")).status_code == 404
