"""Groups at the provider decide on the site role, at each sign-in."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select, update

from shared.accounts.provider_sign_in.site_roles import mapped_role
from shared.contract.shapes import AccountStatus, SiteRole
from shared.resources import Resources
from shared.settings import Settings
from shared.tables.accounts import UserRow
from tests.features.accounts.provider_sign_in.test_sign_in import audited
from tests.support.api_server import client_of, running_app
from tests.support.features.provider_browser import ProviderBrowser
from tests.support.services.provider import SigningProvider
from tests.support.settings import changed_settings, plain_settings
from tests.support.world_builder import World

ROLES = {"todo-admins": "admin", "todo-mods": "moderator"}


@pytest_asyncio.fixture
async def browser(
    settings: Settings, resources: Resources, provider: SigningProvider
) -> AsyncIterator[ProviderBrowser]:
    setting = provider.setting(site_roles=ROLES)
    changed = changed_settings(settings, oidc_providers=json.dumps([setting]))
    async with running_app(changed) as app, client_of(app) as client:
        yield ProviderBrowser(client)


async def _role(browser: ProviderBrowser, provider: SigningProvider, **claims: Any) -> str:
    """Sign in and return the role of the account."""
    answer = await browser.sign_in(provider, **claims)
    assert answer.status_code == 200, answer.text
    browser.sign_in_as(answer)
    return str((await browser.get("/users/me")).json()["site_role"])


async def test_each_sign_in_sets_the_role(
    browser: ProviderBrowser, provider: SigningProvider, world: World, resources: Resources
) -> None:
    await world.user("Root", site_role=SiteRole.ADMIN)

    roles = [
        await _role(browser, provider, groups=groups)
        for groups in (["x"], ["x", "todo-mods"], ["todo-mods", "todo-admins"], [], None)
    ]

    assert roles == ["user", "moderator", "admin", "user", "user"]
    mapped = [facts["after"] for facts in await audited(resources, "account.role_mapped")]
    assert mapped == ["moderator", "admin", "user"]


async def test_the_last_admin_stays_one(
    browser: ProviderBrowser, provider: SigningProvider, resources: Resources
) -> None:
    first = await _role(browser, provider, groups=["todo-admins"])
    second = await _role(browser, provider, groups=[])

    assert (first, second) == ("admin", "admin")
    assert len(await audited(resources, "account.last_admin_kept")) == 1


async def test_an_account_that_may_not_sign_in_keeps_its_role(
    browser: ProviderBrowser, provider: SigningProvider, resources: Resources
) -> None:
    assert await _role(browser, provider, groups=[]) == "user"
    async with resources.begin() as work:
        await work.connection.execute(update(UserRow).values(status=AccountStatus.DISABLED.value))

    answer = await browser.sign_in(provider, groups=["todo-admins"])

    assert answer.json()["code"] == "disabled"
    async with resources.begin_read() as read:
        assert await read.connection.scalar(select(UserRow.site_role)) == SiteRole.USER
    assert await audited(resources, "account.role_mapped") == []


async def test_groups_may_come_from_the_userinfo_endpoint(
    browser: ProviderBrowser, provider: SigningProvider
) -> None:
    about = {"sub": "subject-1", "groups": ["todo-mods"]}

    assert await _role(browser, provider, userinfo=about) == "moderator"


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        ("todo-admins", SiteRole.ADMIN),
        (["TODO-ADMINS"], SiteRole.USER),
        ({"todo-admins": True}, SiteRole.USER),
        ([["todo-admins"], 1, None], SiteRole.USER),
        ("todo-admins,todo-mods", SiteRole.USER),
    ],
)
def test_only_a_group_of_exactly_this_name_counts(
    tmp_path: Any, groups: object, role: SiteRole
) -> None:
    provider = {"id": "corp", "issuer": "https://id.example.org", "client_id": "a",
                "client_secret": "b", "site_roles": ROLES}  # fmt: skip
    settings = plain_settings(tmp_path, oidc_providers=json.dumps([provider]))

    assert mapped_role(settings.providers.known[0], {"groups": groups}) == role
