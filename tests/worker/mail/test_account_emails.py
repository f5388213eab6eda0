"""Mails about accounts and invitations: cancelled when obsolete, with links for one purpose each."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from shared import signed_links
from shared.accounts.profile import ProfileEdit, edit_profile
from shared.contract.jobs import (
    Job,
    SendAlreadyRegistered,
    SendInvitation,
    SendPasswordReset,
    SendSecurityNotice,
    SendVerification,
)
from shared.ids import new_id
from shared.logs import request_id
from shared.resources import Resources
from shared.settings import Settings
from shared.signed_links import Purpose
from shared.tables.accounts import AuditRow, LinkRow, UserRow
from shared.tables.jobs import JobRow
from shared.tables.lists import ListRow
from shared.tables.members import InvitationRow
from tests.support.services.smtp import ReceivedEmail, SmtpServer
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from worker.text_format import format_duration


async def _send(
    builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer, job: Job
) -> ReceivedEmail:
    """Run the job and return the one mail that it sends."""
    await builder.add_job(job)
    await worker.run_once()
    (mail,) = smtp.received
    return mail


def _token(mail: ReceivedEmail, page: str) -> str:
    """Return the token of the link, which is the same in both parts of the mail."""
    pattern = rf"http://localhost:8000/{page}#token=([A-Za-z0-9._-]+)"
    found = {*re.findall(pattern, mail.body("plain")), *re.findall(pattern, mail.body("html"))}
    assert len(found) == 1
    return str(found.pop())


@pytest.mark.parametrize(
    ("purpose", "status", "page", "job"),
    [
        (Purpose.VERIFY_EMAIL, "pending", "verify", SendVerification),
        (Purpose.CHANGE_EMAIL, "active", "verify", SendVerification),
        (Purpose.RESET_PASSWORD, "active", "reset", SendPasswordReset),
    ],
)
async def test_the_token_of_a_link_is_valid_for_its_purpose_alone(
    world: World,
    builder: JobBuilder,
    worker: WorkerHarness,
    smtp: SmtpServer,
    settings: Settings,
    purpose: Purpose,
    status: str,
    page: str,
    job: Any,
) -> None:
    ana = await world.user("Ana", status=status)
    link_id = await builder.add_link(ana.user_id, purpose.value, email="new@example.com")

    mail = await _send(builder, worker, smtp, job(link_id=link_id))

    token = _token(mail, page)
    nonce = (await builder.read_row(LinkRow, link_id)).nonce
    valid_for = {
        candidate
        for candidate in Purpose
        if signed_links.check(settings.secrets.signing_keys(), candidate, token, nonce)
    }
    assert valid_for == {purpose}
    assert mail.recipients == ("new@example.com",)
    assert [part.get_content_type() for part in mail.message.walk() if not part.is_multipart()] == [
        "text/plain",
        "text/html",
    ]
    multiparts = [part for part in mail.message.walk() if part.is_multipart()]
    assert multiparts
    assert all(part["Content-Transfer-Encoding"] is None for part in multiparts), "RFC 2045, 6.4"


async def test_the_jobs_table_holds_no_token_and_no_address(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    ana = await world.user(status="pending")
    link_id = await builder.add_link(ana.user_id, "verify_email")
    job = await builder.add_job(SendVerification(link_id=link_id))
    smtp.reject("550 no")

    await worker.run_once()

    row = await builder.read_job(job)
    assert row.payload == {"link_id": link_id}
    assert ana.name not in row.last_error
    assert "@" not in row.last_error


@pytest.mark.parametrize(
    ("link", "user"),
    [
        ({"used_at": None}, {}),
        ({"expires_at": None}, {}),
        ({"purpose": "reset_password"}, {}),
        ({}, {"status": "active"}),
    ],
    ids=["used", "expired", "of another purpose", "already verified"],
)
async def test_an_obsolete_verification_is_cancelled(
    world: World,
    builder: JobBuilder,
    worker: WorkerHarness,
    smtp: SmtpServer,
    link: dict[str, Any],
    user: dict[str, Any],
) -> None:
    ana = await world.user(status="pending")
    purpose = link.get("purpose", "verify_email")
    values: dict[str, Any] = {key: builder.now for key in link if key != "purpose"}
    link_id = await builder.add_link(ana.user_id, purpose, **values)
    if user:
        await builder.update_row(UserRow, ana.user_id, **user)
    job = await builder.add_job(SendVerification(link_id=link_id))

    await worker.run_once()

    assert (await builder.read_job(job)).state == "cancelled"
    assert smtp.received == []


async def test_an_invitation_names_the_inviter_the_list_and_the_role(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer, settings: Settings
) -> None:
    ana = await world.user("Ana")
    list_id = await builder.make_list(ana, name="Summer trip")
    invitation = await builder.add_invitation(list_id, ana)

    mail = await _send(builder, worker, smtp, SendInvitation(invitation_id=invitation))

    assert mail.subject == "Ana shares “Summer trip” with you"
    assert "as an editor" in mail.body()
    assert mail.recipients == ("ben@example.com",)
    nonce = (await builder.read_row(InvitationRow, invitation)).nonce
    assert signed_links.check(
        settings.secrets.signing_keys(),
        Purpose.ACCEPT_INVITATION,
        _token(mail, "invitation"),
        nonce,
    )


@pytest.mark.parametrize(
    "closed_by", ["accepted_at", "withdrawn_at", "expires_at", "list", "inviter"]
)
async def test_an_invitation_that_is_no_longer_open_is_cancelled(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer, closed_by: str
) -> None:
    ana = await world.user("Ana")
    list_id = await builder.make_list(ana)
    values: dict[str, Any] = {closed_by: builder.now} if closed_by.endswith("_at") else {}
    invitation = await builder.add_invitation(list_id, ana, **values)
    if closed_by == "list":
        await builder.update_row(ListRow, list_id, deleted_at=builder.now)
    if closed_by == "inviter":
        await builder.update_row(UserRow, ana.user_id, status="disabled")
    await builder.add_job(SendInvitation(invitation_id=invitation))

    await worker.run_once()

    assert await builder.job_states() == ["cancelled"]
    assert smtp.received == []


async def test_a_security_email_says_what_happened_when_and_from_where(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer, resources: Resources
) -> None:
    ana = await world.user("Ana", time_zone="Europe/Berlin")
    audit_id = await _audit(resources, ana.user_id, "password.changed")

    mail = await _send(builder, worker, smtp, SendSecurityNotice(audit_id=audit_id))

    assert "Your password was changed." in mail.body()
    assert "(Europe/Berlin)" in mail.body()
    assert "from 203.0.113.7" in mail.body()


async def test_a_mail_about_a_new_device_says_which_and_what_to_do(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer, resources: Resources
) -> None:
    ana = await world.user("Ana", time_zone="Europe/Berlin")
    facts = {"device": "Firefox on Linux", "session_id": ana.session_id}
    audit_id = await _audit(resources, ana.user_id, "session.new_device", facts)

    mail = await _send(builder, worker, smtp, SendSecurityNotice(audit_id=audit_id))

    assert mail.message["Subject"] == "A sign-in on a new device"
    for part in (mail.body("plain"), mail.body("html")):
        assert "sign in on a device for the first time" in part
        assert "Firefox on Linux" in part
        assert "(Europe/Berlin)" in part
        assert "203.0.113.7" in part
        assert "http://localhost:8000/settings#password" in part
        assert "http://localhost:8000/settings#devices" in part
        assert "cannot be switched off" in part
    assert "List-Unsubscribe" not in mail.message


async def test_a_mail_about_a_recovery_code_says_how_many_are_left(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer, resources: Resources
) -> None:
    ana = await world.user("Ana")
    audit_id = await _audit(resources, ana.user_id, "recovery_code.used", {"left": "2"})

    mail = await _send(builder, worker, smtp, SendSecurityNotice(audit_id=audit_id))

    for part in (mail.body("plain"), mail.body("html")):
        assert "A recovery code of your account was used. Codes left: 2." in part


async def test_a_security_email_hides_the_network_address_of_an_administrator(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer, resources: Resources
) -> None:
    ana = await world.user("Ana", status="disabled")
    audit_id = await _audit(resources, ana.user_id, "account.disabled")

    mail = await _send(builder, worker, smtp, SendSecurityNotice(audit_id=audit_id))

    assert "disabled by an administrator" in mail.body()
    assert "203.0.113.7" not in mail.body() + mail.body("html")
    assert "reset your password" not in mail.body()


async def test_a_security_email_about_a_changed_address_goes_to_the_old_one(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer, resources: Resources
) -> None:
    ana = await world.user("Ana")
    audit_id = await _audit(
        resources, ana.user_id, "email.changed", {"old_email": "old@example.com"}
    )

    mail = await _send(
        builder, worker, smtp, SendSecurityNotice(audit_id=audit_id, to_old_address=True)
    )

    assert mail.recipients == ("old@example.com",)


async def test_the_owner_of_an_address_is_mailed_about_a_second_registration(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    ana = await world.user("Ana")

    mail = await _send(builder, worker, smtp, SendAlreadyRegistered(user_id=ana.user_id))

    assert "has an account already: yours" in mail.body()
    assert "#token=" not in mail.body() + mail.body("html")


async def test_an_internationalized_address_is_mailed_if_the_server_supports_it(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    ana = await world.user("Ana")
    await builder.update_row(UserRow, ana.user_id, email="анна@example.com")

    mail = await _send(builder, worker, smtp, SendAlreadyRegistered(user_id=ana.user_id))

    assert mail.recipients == ("анна@example.com",)


async def test_a_job_keeps_the_id_of_the_request_that_added_it(
    world: World, builder: JobBuilder, resources: Resources
) -> None:
    request_id.set("r-1")
    async with resources.begin() as work:
        job = work.add_job(SendVerification(link_id=new_id()), run_at=work.now + timedelta(days=1))

    assert (await builder.read_row(JobRow, job)).request_id == "r-1"


async def _audit(
    resources: Resources, user_id: str, action: str, facts: dict[str, str] | None = None
) -> str:
    audit_id = new_id()
    async with resources.begin() as work:
        await work.connection.execute(
            insert(AuditRow).values(
                id=audit_id, at=work.now, action=action, user_id=user_id,
                address="203.0.113.7", facts=facts or {},
            )
        )  # fmt: skip
    return audit_id


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(days=14) - timedelta(seconds=1), "14 days"),
        (timedelta(hours=1) - timedelta(seconds=40), "1 hour"),
        (timedelta(minutes=50), "50 minutes"),
        (timedelta(days=2, hours=20), "2 days"),
    ],
)
def test_the_validity_of_a_link_is_rounded_down_but_not_by_its_transit_time(
    span: timedelta, text: str
) -> None:
    assert format_duration(span) == text


async def test_a_mail_is_in_the_language_that_its_reader_chose(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    ana = await world.user("Ana")
    async with world.resources.begin() as work:
        await edit_profile(work, ana, ProfileEdit(name="Ana & Söhne", language="de"))
    link_id = await builder.add_link(ana.user_id, "reset_password")

    mail = await _send(builder, worker, smtp, SendPasswordReset(link_id=link_id))

    assert mail.message["Subject"] == "Wähle ein neues Passwort"
    plain, html = (part.get_content() for part in mail.message.walk() if not part.is_multipart())
    assert "Hallo Ana & Söhne," in plain
    assert "Der Link gilt einmal" in plain
    assert '<html lang="de" dir="ltr">' in html
    assert "Hallo Ana &amp; Söhne," in html
