"""Who may register: everybody, the invited, or addresses of some domains."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx
import pytest

from shared.contract.shapes import Role
from shared.members.invitations import invite_member, withdraw_invitation
from shared.resources import Resources
from shared.settings import Settings
from tests.support.api_server import client_of, running_app
from tests.support.features.invitations import id_of, token_of
from tests.support.features.sign_in import bearer_headers
from tests.support.registration import PASSWORD, Registrar
from tests.support.settings import changed_settings
from tests.support.world_builder import World

V1 = "/api/v1"
BEN = "ben@example.com"

Site = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
def site(settings: Settings, resources: Resources) -> Site:
    """Return a function that starts the application with changed settings."""

    @asynccontextmanager
    async def start(**changes: Any) -> AsyncIterator[httpx.AsyncClient]:
        async with (
            running_app(changed_settings(settings, **changes)) as app,
            client_of(app) as client,
        ):
            yield client

    return start


async def _register(client: httpx.AsyncClient, email: str, token: str = "") -> tuple[int, str]:
    body = {"email": email, "password": PASSWORD, "name": "Ben", "invitation_token": token}
    answer = await client.post(f"{V1}/auth/register", json=body)
    return answer.status_code, answer.json().get("code", "")


async def test_a_closed_site_admits_the_invited_address_with_its_link(
    site: Site, world: World, settings: Settings
) -> None:
    ana = await world.user("Ana")
    list_id = await world.list(ana)
    invitation = await world.run(invite_member, ana, list_id, BEN, Role.EDITOR)
    token = await token_of(world, invitation, settings.secrets.signing_keys())
    closed = (403, "registration_closed")

    async with site(registration_open=False) as client:
        assert await _register(client, BEN) == closed
        assert await _register(client, BEN, token[:-1]) == closed
        assert await _register(client, "eve@example.com", token) == closed
        assert await _register(client, "BEN@example.com", token) == (202, "")
        await world.run(withdraw_invitation, ana, list_id, id_of(invitation))
        assert await _register(client, BEN, token) == closed


async def test_addresses_of_other_domains_are_refused(site: Site, registrar: Registrar) -> None:
    await registrar.register_and_verify("ana@straße.example")
    refused = (403, "email_domain_not_allowed")

    async with site(allowed_email_domains="example.org, straße.example") as client:
        assert await _register(client, "ben@EXAMPLE.org") == (202, "")
        assert await _register(client, "ben@xn--strae-oqa.example") == (202, "")
        for domain in ("strasse.example", "sub.example.org", "example.com"):
            assert await _register(client, f"ben@{domain}") == refused
        bearer = await bearer_headers(client, "ana@straße.example")
        body = {"email": "ana@example.com"}
        changed = await client.post(f"{V1}/users/me/email", json=body, headers=bearer)

    assert changed.json()["code"] == "email_domain_not_allowed"


async def test_visitors_learn_who_may_register_and_no_domains(site: Site) -> None:
    async with site() as client:
        open_site = (await client.get(f"{V1}/site")).json()
    limits = {"registration_open": False, "allowed_email_domains": "example.org"}
    links = {"site_help_url": "https://example.org/help"}
    async with site(**limits, **links) as client:
        answer = await client.get(f"{V1}/site")

    assert (open_site["registration"], open_site["is_domain_limited"]) == ("open", False)
    assert (open_site["name"], open_site["languages"]) == ("Livelist", ["en"])
    assert (open_site["help_url"], open_site["terms_url"]) == (None, None)
    closed_site = answer.json()
    assert (closed_site["registration"], closed_site["is_domain_limited"]) == ("invited", True)
    assert closed_site["help_url"] == "https://example.org/help"
    assert 'example.org"' not in answer.text
