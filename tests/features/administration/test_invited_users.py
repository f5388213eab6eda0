"""From the mail of an administrator's invitation to an account with a way in."""

import json
import re

import httpx
import pytest
from sqlalchemy import update

from shared.accounts.registration import Registration
from shared.actor import Actor
from shared.administration.users import invite_user
from shared.contract.jobs import SendVerification
from shared.contract.shapes import SiteRole
from shared.resources import Resources
from shared.settings import Settings
from shared.signed_links import Purpose
from shared.tables.accounts import LinkRow
from tests.support.features.list_builder import ListBuilder
from tests.support.features.sign_in import post_login
from tests.support.registration import PASSWORD, Registrar
from tests.support.services.smtp import ReceivedEmail, SmtpServer
from tests.support.settings import changed_settings
from tests.support.worker.worker_harness import WorkerHarness
from worker.mail.account_emails import compose_verification
from worker.mail.renderer import EmailRenderer

V1 = "/api/v1"
ANA = "ana@example.com"


def token_in(mail: ReceivedEmail) -> str:
    """Return the token of the mail's one link, which is the same in both parts."""
    pattern = r"http://localhost:8000/verify#token=([A-Za-z0-9._-]+)"
    (token,) = {*re.findall(pattern, mail.body("plain")), *re.findall(pattern, mail.body("html"))}
    return str(token)


async def follow(client: httpx.AsyncClient, token: str, **body: str) -> tuple[int, str]:
    """Follow the link. Return the status, and the code of a refusal."""
    answer = await client.post(f"{V1}/auth/verify-email", json={"token": token, **body})
    return answer.status_code, answer.json().get("code", "")


async def test_an_invited_user_learns_who_invited_them_and_chooses_a_password(
    builder: ListBuilder,
    client: httpx.AsyncClient,
    ada: Actor,
    registrar: Registrar,
    worker: WorkerHarness,
    smtp: SmtpServer,
) -> None:
    body = {"email": ANA, "name": "Ana"}
    assert (await builder.request(ada, "POST", "/admin/users", body)).status_code == 201
    await worker.run_once()
    (mail,) = smtp.received
    token = token_in(mail)

    without = await follow(client, token)
    pending = (await registrar.account(ANA)).status
    guessable = await follow(client, token, password="password1")
    chosen = await follow(client, token, password=PASSWORD)
    again = await follow(client, token, password="something else")

    assert mail.subject == "Ada invites you to Livelist"
    for part in (mail.body("plain"), mail.body("html")):
        assert "Ada made an account for ana@example.com at Livelist (http://localhost:8000)" in part
        assert "Choose a password" in part
        assert "Instead of a password" not in part, "the site has no provider"
    assert (without, pending) == ((422, "password_required"), "pending")
    assert guessable == (422, "common_password")
    assert (chosen, again) == ((200, ""), (422, "link_used"))
    assert (await post_login(client, ANA)).status_code == 200


@pytest.mark.parametrize("path", ["/auth/resend-verification", "/auth/forgot-password"])
async def test_the_page_of_an_expired_invitation_sends_another(
    client: httpx.AsyncClient,
    ada: Actor,
    resources: Resources,
    worker: WorkerHarness,
    smtp: SmtpServer,
    path: str,
) -> None:
    async with resources.begin() as work:
        await invite_user(work, ada, Registration(ANA, "", "Ana"), SiteRole.USER)
    await worker.run_once()
    async with resources.begin() as work:
        await work.connection.execute(update(LinkRow).values(expires_at=work.now))

    expired = await follow(client, token_in(smtp.received[0]), password=PASSWORD)
    await client.post(f"{V1}{path}", json={"email": ANA})
    await worker.run_once()

    assert expired == (422, "link_invalid")
    assert [mail.subject for mail in smtp.received] == ["Ada invites you to Livelist"] * 2
    assert (await follow(client, token_in(smtp.received[1]), password=PASSWORD))[0] == 200


async def test_a_stranger_who_registers_the_address_does_not_set_its_password(
    client: httpx.AsyncClient, ada: Actor, registrar: Registrar, resources: Resources
) -> None:
    async with resources.begin() as work:
        await invite_user(work, ada, Registration(ANA, "", "Ana"), SiteRole.ADMIN)

    await registrar.register(ANA, password="what a stranger chose")
    token = await registrar.newest_link_token(Purpose.VERIFY_EMAIL, ANA)

    assert await follow(client, token) == (422, "password_required")
    assert (await follow(client, token, password=PASSWORD))[0] == 200
    body = {"email": ANA, "password": "what a stranger chose"}
    assert (await client.post(f"{V1}/auth/login", json=body)).status_code == 401


async def test_an_invitation_names_the_providers_of_the_site_and_no_operator(
    settings: Settings, resources: Resources, registrar: Registrar
) -> None:
    corp, *others = [
        {
            "id": name.lower(), "name": name, "issuer": f"https://{name.lower()}.example.org",
            "client_id": "x", "client_secret": "s" * 32,
        }
        for name in ("Corp", "Closed", "Elsewhere")
    ]  # fmt: skip
    rules: list[dict[str, object]] = [
        {"sign_up": False},
        {"allowed_email_domains": ["example.org"]},
    ]
    providers = [corp, *(other | rule for other, rule in zip(others, rules, strict=True))]
    renderer = EmailRenderer(changed_settings(settings, oidc_providers=json.dumps(providers)))

    async with resources.begin() as work:
        await invite_user(work, None, Registration(ANA, "", "Ana"), SiteRole.USER)
    (payload,) = [payload for kind, payload in await registrar.jobs()]
    async with resources.begin() as work:
        mail = await compose_verification(work, renderer, SendVerification(**payload))

    assert mail.subject == "You are invited to Livelist"
    for part in (mail.text, mail.html):
        assert "An administrator made an account for ana@example.com" in part
        assert "you can also sign in there with Corp, if" in part
