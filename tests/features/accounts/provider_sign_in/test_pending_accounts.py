"""An account that a stranger registered with the address of a provider's user: it is taken over."""

import asyncio
import json
from typing import Any

import pytest

from shared.accounts import registration
from shared.accounts.authentication.passwords import UNUSABLE_PASSWORD
from shared.accounts.external_identities import Identity, MadeElsewhereError, insert_identity
from shared.accounts.provider_sign_in.pending_accounts import take_over_pending
from shared.accounts.registration import Registration
from shared.administration.users import invite_user
from shared.contract.shapes import AccountStatus, SiteRole
from shared.errors import Invalid
from shared.resources import Resources
from shared.settings import Settings
from shared.signed_links import Purpose
from shared.tables.accounts import ExternalIdentityRow, UserRow
from tests.features.accounts.provider_sign_in.test_sign_in import count
from tests.support.api_server import client_of, running_app
from tests.support.features.provider_browser import ProviderBrowser
from tests.support.features.sign_in import post_login
from tests.support.registration import LAPTOP, Registrar
from tests.support.services.provider import SigningProvider
from tests.support.settings import changed_settings

ANA = "ana@example.com"
IDENTITY = Identity("https://id.example.org", "subject-1")


async def _follow(registrar: Registrar, token: str) -> str:
    """Follow the link in the mail. Return "" or the code of the refusal."""
    try:
        await registration.verify_email(registrar.resources, token, LAPTOP)
    except Invalid as error:
        return error.errors[0].code if error.errors else error.reason
    return ""


async def test_no_password_of_a_stranger_survives_the_sign_in_with_a_provider(
    browser: ProviderBrowser, provider: SigningProvider, registrar: Registrar, resources: Resources
) -> None:
    typed = "aNa@example.com"
    await registrar.register(typed, name="Mallory")
    link = await registrar.newest_link_token(Purpose.VERIFY_EMAIL, typed)

    parameters = provider.authorize(await browser.start(), email=ANA)
    answer = await browser.finish(parameters, time_zone="Asia/Tokyo", locale="de")
    refused = await _follow(registrar, link)
    stranger = await post_login(browser.client, ANA)

    assert answer.json()["outcome"] == "signed_in", answer.text
    account = await registrar.account(ANA)
    assert (account.name, account.status) == ("Ana", AccountStatus.ACTIVE)
    assert (account.email, account.time_zone, account.locale) == (ANA, "Asia/Tokyo", "de")
    assert account.password_hash == UNUSABLE_PASSWORD
    assert (refused, stranger.status_code) == ("link_void", 401)
    (entry,) = await registrar.audit("account.verified")
    assert entry.facts == {"issuer": provider.url}
    assert await count(resources, UserRow) == 1
    browser.sign_in_as(answer)
    assert (await browser.get("/users/me")).json()["is_verified"] is True


async def test_a_provider_that_signs_up_nobody_takes_nothing_over(
    settings: Settings, resources: Resources, provider: SigningProvider, registrar: Registrar
) -> None:
    await registrar.register(ANA)
    setting = provider.setting(sign_up=False)
    changed = changed_settings(settings, oidc_providers=json.dumps([setting]))

    async with running_app(changed) as app, client_of(app) as client:
        answer = await ProviderBrowser(client).sign_in(provider, email=ANA)

    assert (answer.status_code, answer.json()["code"]) == (403, "provider_signs_up_nobody")
    assert (await registrar.account(ANA)).status == AccountStatus.PENDING


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ({}, None),
        ({"sign_up": False}, "provider_signs_up_nobody"),
        ({"allowed_email_domains": ["example.org"]}, "email_domain_not_allowed"),
    ],
)
async def test_an_invitation_opens_the_closed_site_but_not_a_provider(
    settings: Settings,
    resources: Resources,
    provider: SigningProvider,
    registrar: Registrar,
    rules: dict[str, Any],
    code: str | None,
) -> None:
    async with resources.begin() as work:
        await invite_user(work, None, Registration(ANA, "", "ana"), SiteRole.MODERATOR)
    providers = json.dumps([provider.setting(**rules)])
    closed = {"registration_open": False, "allowed_email_domains": ("example.net",)}
    changed = changed_settings(settings, oidc_providers=providers, **closed)

    async with running_app(changed) as app, client_of(app) as client:
        answer = await ProviderBrowser(client).sign_in(provider, email=ANA)

    account = await registrar.account(ANA)
    assert answer.json().get("code") == code
    assert account.status == (AccountStatus.PENDING if code else AccountStatus.ACTIVE)
    assert account.site_role == SiteRole.MODERATOR


async def test_a_link_that_is_followed_at_the_same_moment_wins_or_loses_whole(
    browser: ProviderBrowser, provider: SigningProvider, registrar: Registrar, resources: Resources
) -> None:
    await registrar.register(ANA, name="Mallory")
    link = await registrar.newest_link_token(Purpose.VERIFY_EMAIL, ANA)

    answer, refused = await asyncio.gather(
        browser.sign_in(provider, email=ANA), _follow(registrar, link)
    )

    account = await registrar.account(ANA)
    found = (answer.json()["outcome"], refused, account.password_hash == UNUSABLE_PASSWORD)
    assert found in {("signed_in", "link_void", True), ("link_required", "", False)}
    assert await count(resources, ExternalIdentityRow) == int(found[2])


async def test_an_account_that_is_no_longer_pending_is_not_taken_over(
    registrar: Registrar, resources: Resources
) -> None:
    await registrar.register_and_verify(ANA)
    before = await registrar.account(ANA)

    async with resources.begin() as work:
        taken = await take_over_pending(work, IDENTITY, Registration(ANA, "", "Mallory"), "")

    assert taken is None
    assert await registrar.account(ANA) == before
    assert await count(resources, ExternalIdentityRow) == 0


async def test_an_identity_that_was_linked_meanwhile_takes_nothing_over(
    registrar: Registrar, resources: Resources
) -> None:
    await registrar.register(ANA)
    ben = (await registrar.register_and_verify("ben@example.com")).actor
    async with resources.begin() as work:
        await insert_identity(work, IDENTITY, ben.user_id)

    with pytest.raises(MadeElsewhereError):
        async with resources.begin() as work:
            await take_over_pending(work, IDENTITY, Registration(ANA, "", "Ana"), "")

    assert (await registrar.account(ANA)).status == AccountStatus.PENDING
