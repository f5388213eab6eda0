"""Mail to addresses outside ASCII, through mail servers with and without SMTPUTF8 (RFC 6531)."""

import pytest

from shared.accounts.bounces import suppress_address
from shared.contract.jobs import SendInvitation
from shared.contract.shapes import SentInvitationShape
from shared.ids import ListId
from shared.members.queries import read_invitations
from tests.support.registration import Registrar
from tests.support.services.smtp import SmtpServer
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World


async def _invite(
    world: World, builder: JobBuilder, worker: WorkerHarness, email: str
) -> SentInvitationShape:
    """Invite an address, run the worker, and return the invitation as an owner sees it."""
    ana = await world.user("Ana")
    list_id: ListId = await world.list(ana)
    invitation = await builder.add_invitation(list_id, ana, email)
    await builder.add_job(SendInvitation(invitation_id=invitation))
    await worker.run_once()
    (shown,) = await world.query(read_invitations, ana, list_id)
    return shown


@pytest.mark.parametrize("offers_smtputf8", [False, True])
async def test_a_domain_outside_ascii_is_sent_as_its_a_label(
    world: World,
    builder: JobBuilder,
    worker: WorkerHarness,
    smtp: SmtpServer,
    *,
    offers_smtputf8: bool,
) -> None:
    smtp.offers_smtputf8 = offers_smtputf8

    invitation = await _invite(world, builder, worker, "ben@straße.example")

    (mail,) = smtp.received
    assert mail.recipients == ("ben@xn--strae-oqa.example",)
    assert b"To: ben@xn--strae-oqa.example" in mail.raw.splitlines()
    assert invitation.email == "ben@straße.example"
    assert invitation.mail_failure == ""


async def test_a_local_part_outside_ascii_needs_a_server_with_smtputf8(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    invitation = await _invite(world, builder, worker, "weiß@example.com")

    (mail,) = smtp.received
    assert mail.recipients == ("weiß@example.com",)
    assert invitation.mail_failure == ""


async def test_the_owner_sees_that_the_mail_server_takes_no_such_address(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    smtp.offers_smtputf8 = False

    invitation = await _invite(world, builder, worker, "weiß@example.com")

    assert smtp.received == []
    assert await builder.job_states() == ["dead"]
    assert invitation.mail_failure.startswith("Not delivered: our mail server takes only")


@pytest.mark.parametrize(
    ("reply", "shown"),
    [
        ("451 4.3.0 try again later", "Not delivered yet: the mail server answered 451."),
        ("550 5.1.1 no such user", "Not delivered: the mail server answered 550 5.1.1."),
    ],
)
async def test_the_owner_sees_that_a_mail_was_not_delivered(
    world: World,
    builder: JobBuilder,
    worker: WorkerHarness,
    smtp: SmtpServer,
    reply: str,
    shown: str,
) -> None:
    smtp.reject_recipients(reply)

    invitation = await _invite(world, builder, worker, "ben@example.com")

    assert invitation.mail_failure == shown


async def test_the_owner_sees_that_mail_to_the_address_is_suppressed(
    world: World,
    builder: JobBuilder,
    worker: WorkerHarness,
    smtp: SmtpServer,
    registrar: Registrar,
) -> None:
    await registrar.register_and_verify("ben@example.com")
    await world.run(suppress_address, "ben@example.com", "550 5.1.1")
    await worker.run_once()

    invitation = await _invite(world, builder, worker, "ben@example.com")

    assert invitation.mail_failure.startswith("Not delivered: suppressed")
