"""Administrators invite users, send password links, and mail addresses again."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from shared import audit
from shared.accounts.bounces import suppress_address
from shared.accounts.personal_data.deletion import request_deletion
from shared.actor import Actor
from shared.contract.shapes import SiteRole
from shared.resources import Resources
from shared.settings import Settings
from shared.signed_links import Purpose
from tests.support.api_server import client_of, running_app
from tests.support.features.list_builder import ListBuilder
from tests.support.registration import PASSWORD, Registrar
from tests.support.services.smtp import SmtpServer
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World

ANA = "ana@example.com"


@pytest_asyncio.fixture
async def closed(
    settings: Settings, resources: Resources
) -> AsyncIterator[tuple[FastAPI, httpx.AsyncClient]]:
    """The application while registration is closed and limited to another domain."""
    accounts = settings.accounts.model_copy(
        update={"registration_open": False, "allowed_email_domains": ("example.org",)}
    )
    limited = settings.model_copy(update={"accounts": accounts})
    async with running_app(limited) as app, client_of(app) as client:
        yield app, client


async def test_an_invited_user_gets_an_account_while_registration_is_closed(
    closed: tuple[FastAPI, httpx.AsyncClient],
    builder: ListBuilder,
    ada: Actor,
    registrar: Registrar,
) -> None:
    _, client = closed
    headers = builder.headers(ada)

    body = {"email": ANA, "name": "Ana", "site_role": "moderator"}
    invited = await client.post("/api/v1/admin/users", json=body, headers=headers)
    token = await registrar.newest_link_token(Purpose.VERIFY_EMAIL, ANA)
    body = {"token": token, "password": PASSWORD}
    followed = await client.post("/api/v1/auth/verify-email", json=body)

    shape = invited.json()
    assert (invited.status_code, shape["status"], shape["name"]) == (201, "pending", "Ana")
    assert followed.status_code == 200
    account = await registrar.account(ANA)
    assert (account.status, account.site_role) == ("active", "moderator")
    (entry,) = await registrar.audit("account.invited")
    assert (entry.actor_id, entry.user_id) == (ada.user_id, account.id)


async def test_an_address_that_has_an_account_is_not_invited_again(
    builder: ListBuilder, registrar: Registrar, ada: Actor
) -> None:
    await registrar.register_and_verify(ANA)

    answer = await builder.request(ada, "POST", "/admin/users", {"email": "ANA@example.com"})

    assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")


async def test_an_invited_user_gets_the_link_again_until_it_was_followed(
    builder: ListBuilder, registrar: Registrar, ada: Actor, client: httpx.AsyncClient
) -> None:
    invited = await builder.request(ada, "POST", "/admin/users", {"email": ANA})
    path = f"/admin/users/{invited.json()['id']}/invitation"

    again = await builder.request(ada, "POST", path)
    tokens = await registrar.link_tokens(Purpose.VERIFY_EMAIL, ANA)
    followed = await client.post(
        "/api/v1/auth/verify-email", json={"token": tokens[-1], "password": PASSWORD}
    )
    late = await builder.request(ada, "POST", path)

    assert (again.status_code, len(tokens)) == (202, 2)
    assert followed.status_code == 200, followed.text
    assert (late.status_code, late.json()["code"]) == (409, "not_pending")
    assert len(await registrar.audit("account.invited")) == 2


async def test_a_password_link_is_mailed_and_no_more_than_five_in_an_hour(
    builder: ListBuilder, registrar: Registrar, ada: Actor
) -> None:
    ana = (await registrar.register_and_verify(ANA)).actor
    path = f"/admin/users/{ana.user_id}/password-reset"

    answers = [await builder.request(ada, "POST", path) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [202] * 5 + [409]
    assert answers[-1].json()["code"] == "too_many_links"
    assert len(await registrar.link_tokens(Purpose.RESET_PASSWORD, ANA)) == 5
    assert {row.actor_id for row in await registrar.audit("password.reset_wanted")} == {ada.user_id}


@pytest.mark.parametrize("status", ["pending", "disabled"])
async def test_only_an_active_account_gets_a_password_link(
    builder: ListBuilder, world: World, ada: Actor, status: str
) -> None:
    ben = await world.user("Ben", status=status)

    answer = await builder.request(ada, "POST", f"/admin/users/{ben.user_id}/password-reset")

    assert (answer.status_code, answer.json()["code"]) == (409, "not_active")


async def test_a_suppressed_address_is_listed_and_mailed_again(
    builder: ListBuilder, registrar: Registrar, ada: Actor, world: World
) -> None:
    ana = (await registrar.register_and_verify(ANA)).actor
    await world.run(suppress_address, ANA, "550 5.1.1")

    listed = (await builder.request(ada, "GET", "/users?mail_refused=true")).json()["items"]
    path = f"/admin/users/{ana.user_id}/mail-refusal"
    lifted = await builder.request(ada, "DELETE", path)
    after = (await builder.request(ada, "GET", "/users?mail_refused=true")).json()["items"]

    assert [(each["email"], each["mail_refusal"]) for each in listed] == [(ANA, "550 5.1.1")]
    assert lifted.json()["mail_refused_at"] is None
    assert after == []
    (entry,) = await registrar.audit("email.tried_again")
    assert (entry.actor_id, entry.user_id) == (ada.user_id, ana.user_id)
    assert "Livelist-Seq" not in lifted.headers


async def test_the_audit_is_filtered_by_address_and_time(
    builder: ListBuilder, registrar: Registrar, ada: Actor
) -> None:
    await registrar.register_and_verify(ANA)
    elsewhere = replace(ada, address="203.0.113.9")
    async with builder.resources.begin() as work:
        await audit.record(work, elsewhere, "account.renamed", user_id=ada.user_id)
    (renamed,) = await registrar.audit("account.renamed")
    at = renamed.at.isoformat().replace("+00:00", "Z")

    async def actions(query: str) -> list[str]:
        page = (await builder.request(ada, "GET", f"/audit?{query}")).json()
        return [entry["action"] for entry in page["items"]]

    assert await actions("address=203.0.113.9") == ["account.renamed"]
    assert await actions(f"since={at}") == ["account.renamed"]
    assert "account.renamed" not in await actions(f"until={at}")
    assert await actions("address=203.0.113.9&until=2020-01-01T00:00:00Z") == []
    bad = await builder.request(ada, "GET", "/audit?since=yesterday")
    assert bad.status_code == 422


async def test_a_moderator_invites_nobody(builder: ListBuilder, world: World) -> None:
    moderator = await world.user("Mo", site_role=SiteRole.MODERATOR)

    answer = await builder.request(moderator, "POST", "/admin/users", {"email": ANA})

    assert answer.status_code == 403


async def test_an_administrator_sees_a_deletion_and_stops_it_with_a_mail_to_the_user(
    builder: ListBuilder,
    registrar: Registrar,
    resources: Resources,
    ada: Actor,
    worker: WorkerHarness,
    smtp: SmtpServer,
) -> None:
    ana = (await registrar.register_and_verify(ANA)).actor
    async with resources.begin() as work:
        leaving = (await request_deletion(work, ana, 7)).model_dump(mode="json")
    await worker.run_once()
    smtp.received.clear()
    path = f"/users/{ana.user_id}"

    listed = (await builder.request(ada, "GET", "/users?q=ana@")).json()["items"][0]
    # Disabled too, so that its user cannot keep it: it is deleted all the same.
    blocked = await builder.request(ada, "PATCH", path, {"status": "disabled"})
    shown = (await builder.request(ada, "GET", path)).json()
    kept = await builder.request(ada, "PATCH", path, {"status": "active"})
    await worker.run_once()

    days = [each["delete_at"] for each in (listed, blocked.json(), shown)]
    assert days == [leaving["delete_at"]] * 3
    assert (kept.json()["status"], kept.json()["delete_at"]) == ("active", None)
    (entry,) = await registrar.audit("account.deletion_stopped")
    assert (entry.actor_id, entry.user_id) == (ada.user_id, ana.user_id)
    (mail,) = [each for each in smtp.received if "will not be deleted" in each.subject]
    assert mail.recipients == (ANA,)
    assert "An administrator enabled your account again." in mail.body()
    assert "/settings#your-data" in mail.body()
