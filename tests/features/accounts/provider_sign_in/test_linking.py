"""Linking a provider to an account: never silently, and never the last way in away."""

import asyncio

import pytest
from sqlalchemy import delete, func, select, update

from shared.accounts.authentication.passwords import UNUSABLE_PASSWORD
from shared.contract.shapes import AccountStatus
from shared.resources import Resources
from shared.tables.accounts import AuditRow, ExternalIdentityRow, UserRow
from shared.tables.jobs import JobRow
from shared.tables.providers import ProviderTicketRow
from tests.features.accounts.provider_sign_in.test_sign_in import audited, count
from tests.support.features.provider_browser import ProviderBrowser
from tests.support.features.sign_in import post_login
from tests.support.registration import Registrar
from tests.support.services.provider import SigningProvider


async def signed_in(browser: ProviderBrowser, email: str = "ana@example.com") -> ProviderBrowser:
    """Sign in with the password."""
    answer = await post_login(browser.client, email)
    assert answer.status_code == 200, answer.text
    browser.sign_in_as(answer)
    return browser


@pytest.mark.parametrize("email", ["ana@example.com", "ANA@EXAMPLE.COM"])
async def test_an_account_with_the_address_is_linked_after_a_sign_in_of_its_own(
    browser: ProviderBrowser,
    provider: SigningProvider,
    registrar: Registrar,
    resources: Resources,
    email: str,
) -> None:
    await registrar.register_and_verify()

    asked = (await browser.sign_in(provider, email=email)).json()
    before = await count(resources, ExternalIdentityRow)
    await signed_in(browser)
    linked = await browser.post("/auth/oidc/links", token=asked["link_token"])
    again = await browser.post("/auth/oidc/links", token=asked["link_token"])
    browser.headers = {}
    later = await browser.sign_in(provider, email="other@example.com")

    assert (asked["outcome"], asked["sign_in"]) == ("link_required", None)
    assert asked["email"] == "ana@example.com"
    assert (before, linked.status_code) == (0, 204)
    assert (again.status_code, again.json()["code"]) == (403, "link_expired")
    assert later.json()["outcome"] == "signed_in"
    assert await count(resources, UserRow) == 1
    assert await audited(resources, "identity.linked") == [{"provider": "Example Inc."}]
    account = await registrar.account()
    assert len(await registrar.events(account.id, "credentials.changed")) == 1
    assert await _security_mails(resources) == ["identity.linked"]


async def _security_mails(resources: Resources) -> list[str]:
    async with resources.begin_read() as read:
        payloads = await read.connection.scalars(
            select(JobRow.payload).where(JobRow.kind == "send_security_notice")
        )
        ids = [payload["audit_id"] for payload in payloads]
        actions = await read.connection.scalars(
            select(AuditRow.action).where(AuditRow.id.in_(ids)).order_by(AuditRow.id)
        )
    return list(actions)


async def test_an_address_that_is_not_verified_links_nothing_and_tells_nothing(
    browser: ProviderBrowser, provider: SigningProvider, registrar: Registrar
) -> None:
    await registrar.register_and_verify()

    answer = await browser.sign_in(provider, email="ana@example.com", email_verified=False)

    assert (answer.status_code, answer.json()["code"]) == (403, "email_not_verified")


async def test_a_link_is_confirmed_by_the_account_that_it_is_for(
    browser: ProviderBrowser, provider: SigningProvider, registrar: Registrar, resources: Resources
) -> None:
    await registrar.register_and_verify()
    await registrar.register_and_verify("bea@example.com", name="Bea")
    asked = (await browser.sign_in(provider, email="ana@example.com")).json()

    anonymous = await browser.post("/auth/oidc/links", token=asked["link_token"])
    await signed_in(browser, "bea@example.com")
    other = await browser.post("/auth/oidc/links", token=asked["link_token"])
    invented = await browser.post("/auth/oidc/links", token="x" * 43)
    await signed_in(browser)
    own = await browser.post("/auth/oidc/links", token=asked["link_token"])

    assert (anonymous.status_code, other.json()["code"]) == (401, "link_expired")
    assert (invented.json()["code"], own.status_code) == ("link_expired", 204)


async def test_a_link_expires(
    browser: ProviderBrowser, provider: SigningProvider, registrar: Registrar, resources: Resources
) -> None:
    await registrar.register_and_verify()
    asked = (await browser.sign_in(provider, email="ana@example.com")).json()
    async with resources.begin() as work:
        await work.connection.execute(update(ProviderTicketRow).values(expires_at=work.now))

    await signed_in(browser)
    answer = await browser.post("/auth/oidc/links", token=asked["link_token"])

    assert answer.json()["code"] == "link_expired"
    assert await count(resources, ExternalIdentityRow) == 0


async def test_no_link_to_an_account_that_may_not_sign_in(
    browser: ProviderBrowser, provider: SigningProvider, registrar: Registrar, resources: Resources
) -> None:
    await registrar.register_and_verify()
    async with resources.begin() as work:
        await work.connection.execute(update(UserRow).values(status=AccountStatus.DISABLED.value))

    answer = await browser.sign_in(provider, email="ana@example.com")

    assert (answer.status_code, answer.json()["code"]) == (403, "disabled")


async def test_a_signed_in_user_links_and_unlinks(
    browser: ProviderBrowser, provider: SigningProvider, registrar: Registrar, resources: Resources
) -> None:
    await registrar.register_and_verify()
    await signed_in(browser)

    started = await browser.post("/users/me/identities", provider="corp")
    parameters = provider.authorize(started.json()["url"], email="else@example.net")
    linked = await browser.finish(parameters)
    (identity,) = (await browser.get("/users/me/identities")).json()["items"]
    other_device = ProviderBrowser(browser.client)
    other_device.sign_in_as(await other_device.sign_in(provider))
    unlinked = await browser.delete(f"/users/me/identities/{identity['id']}")

    assert linked.json()["outcome"] == "linked", linked.text
    assert (identity["provider"], identity["name"]) == ("corp", "Example Inc.")
    assert identity["subject"] == "subject-1"
    assert unlinked.status_code == 204
    assert (await browser.get("/users/me/identities")).json()["items"] == []
    # The session that the provider began ended, the one of the password goes on.
    assert (await other_device.get("/users/me")).status_code == 401
    assert await _security_mails(resources) == ["identity.linked", "identity.unlinked"]
    # Its sign-in is asked for a link again.
    browser.headers = {}
    assert (await browser.sign_in(provider, email="ana@example.com")).json()["link_token"]


async def test_linking_is_finished_by_the_user_who_began_it(
    browser: ProviderBrowser, provider: SigningProvider, registrar: Registrar, resources: Resources
) -> None:
    await registrar.register_and_verify()
    await registrar.register_and_verify("bea@example.com", name="Bea")
    await signed_in(browser)
    started = await browser.post("/users/me/identities", provider="corp")
    first = provider.authorize(started.json()["url"])
    await signed_in(browser, "bea@example.com")
    other = await browser.finish(first)
    await signed_in(browser)
    started = await browser.post("/users/me/identities", provider="corp")
    browser.headers = {}
    nobody = await browser.finish(provider.authorize(started.json()["url"]))

    assert {other.json()["code"], nobody.json()["code"]} == {"provider_state_invalid"}
    assert await count(resources, ExternalIdentityRow) == 0


async def test_an_identity_belongs_to_one_account(
    browser: ProviderBrowser, provider: SigningProvider, registrar: Registrar, resources: Resources
) -> None:
    await browser.sign_in(provider)
    await registrar.register_and_verify("bea@example.com", name="Bea")
    await signed_in(browser, "bea@example.com")

    started = await browser.post("/users/me/identities", provider="corp")
    answer = await browser.finish(provider.authorize(started.json()["url"]))

    assert (answer.status_code, answer.json()["code"]) == (409, "identity_taken")
    assert await count(resources, ExternalIdentityRow) == 1


async def test_the_last_way_to_sign_in_cannot_be_unlinked(
    browser: ProviderBrowser, provider: SigningProvider, resources: Resources
) -> None:
    browser.sign_in_as(await browser.sign_in(provider))
    (identity,) = (await browser.get("/users/me/identities")).json()["items"]
    path = f"/users/me/identities/{identity['id']}"

    refused = await browser.delete(path)
    async with resources.begin() as work:
        await work.connection.execute(
            update(UserRow)
            .where(UserRow.password_hash == UNUSABLE_PASSWORD)
            .values(password_hash="hash")
        )
    allowed = await browser.delete(path)

    assert (refused.status_code, refused.json()["code"]) == (409, "last_sign_in")
    assert allowed.status_code == 204


async def test_of_two_identities_one_stays_also_when_both_are_unlinked_at_once(
    browser: ProviderBrowser, provider: SigningProvider, resources: Resources
) -> None:
    browser.sign_in_as(await browser.sign_in(provider))
    started = await browser.post("/users/me/identities", provider="corp")
    await browser.finish(provider.authorize(started.json()["url"], sub="second"))
    identities = (await browser.get("/users/me/identities")).json()["items"]

    paths = [f"/users/me/identities/{identity['id']}" for identity in identities]
    answers = await asyncio.gather(*(browser.delete(path) for path in paths))

    assert sorted(answer.status_code for answer in answers) == [204, 409]
    assert await count(resources, ExternalIdentityRow) == 1


async def test_an_identity_of_another_user_is_not_found(
    browser: ProviderBrowser, provider: SigningProvider, registrar: Registrar, resources: Resources
) -> None:
    await browser.sign_in(provider)
    async with resources.begin_read() as read:
        identity_id = await read.connection.scalar(select(ExternalIdentityRow.id))
    await registrar.register_and_verify("bea@example.com", name="Bea")
    await signed_in(browser, "bea@example.com")

    answer = await browser.delete(f"/users/me/identities/{identity_id}")

    assert answer.status_code == 404
    assert (await browser.get("/users/me/identities")).json()["items"] == []


async def test_a_deleted_account_leaves_nothing_of_its_sign_ins(
    browser: ProviderBrowser, provider: SigningProvider, resources: Resources
) -> None:
    browser.sign_in_as(await browser.sign_in(provider))
    await browser.post("/users/me/identities", provider="corp")

    async with resources.begin() as work:
        await work.connection.execute(delete(UserRow))

    async with resources.begin_read() as read:
        for table in (ExternalIdentityRow, ProviderTicketRow):
            assert await read.connection.scalar(select(func.count()).select_from(table)) == 0


async def test_a_leaving_account_is_linked_once_it_is_kept_and_not_before(
    browser: ProviderBrowser,
    provider: SigningProvider,
    registrar: Registrar,
    resources: Resources,
) -> None:
    await registrar.register_and_verify()
    await signed_in(browser)
    begun = (await browser.post("/users/me/identities", provider="corp")).json()
    await browser.delete("/users/me")

    finished = await browser.finish(provider.authorize(begun["url"], email="ana@example.com"))
    browser.headers = {}
    asked = (await browser.sign_in(provider, email="ana@example.com")).json()
    await signed_in(browser)
    refused = await browser.post("/auth/oidc/links", token=asked["link_token"])
    before = await count(resources, ExternalIdentityRow)
    kept = await browser.delete("/users/me/deletion")
    linked = await browser.post("/auth/oidc/links", token=asked["link_token"])

    assert (finished.status_code, refused.status_code) == (401, 401), finished.text
    assert (asked["outcome"], before) == ("link_required", 0)
    assert (kept.status_code, linked.status_code) == (204, 204)
    assert await audited(resources, "identity.linked") == [{"provider": "Example Inc."}]


async def test_a_leaving_account_signs_in_with_its_provider_to_keep_itself(
    browser: ProviderBrowser, provider: SigningProvider, resources: Resources
) -> None:
    browser.sign_in_as(await browser.sign_in(provider))
    answer = await browser.delete("/users/me")
    assert answer.json()["delete_at"]
    browser.headers = {}

    again = await browser.sign_in(provider)

    assert again.json()["sign_in"]["delete_at"] == answer.json()["delete_at"]
    browser.sign_in_as(again)
    assert (await browser.get("/users/me")).status_code == 401
    assert (await browser.delete("/users/me/deletion")).status_code == 204
    assert (await browser.get("/users/me")).status_code == 200
