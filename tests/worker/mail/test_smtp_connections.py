"""Connections to the mail server are reused, and one that was closed costs no attempt."""

from datetime import timedelta

import pytest

from shared.contract.jobs import SendAdminMessage
from shared.jobs.claims import Claim
from shared.jobs.retries import Permanent
from shared.resources import Resources
from shared.settings import Settings
from shared.tables.jobs import JobRow
from tests.support.services.processes import wait_until
from tests.support.services.smtp import Moment, SmtpServer
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from worker.jobs.context import open_job_context
from worker.mail import account_emails, smtp_connections
from worker.mail.delivery import email_handler, one_by_one
from worker.mail.renderer import EmailRenderer
from worker.mail.smtp_mailer import SmtpMailer
from worker.push.sender import PushSender
from worker.webhooks.sender import WebhookSender


async def test_many_mails_go_over_few_connections(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    await builder.add_messages(await world.user(), 30)

    while "queued" in await builder.job_states():
        await worker.run_once()

    assert len(smtp.received) == 30
    assert smtp.connections <= 10  # the worker's concurrency


async def test_an_idle_connection_that_the_server_closed_is_replaced_and_no_attempt_is_used(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    ana = await world.user()
    await builder.add_messages(ana)
    await worker.run_once()

    smtp.drop_connections()
    (second,) = await builder.add_messages(ana)
    await worker.run_once()

    row = await builder.read_job(second)
    assert (row.state, row.attempts) == ("done", 0)
    assert (len(smtp.received), smtp.connections) == (2, 2)


async def test_a_connection_closed_after_the_data_leaves_the_mail_in_doubt(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    ana = await world.user()
    await builder.add_messages(ana)
    await worker.run_once()
    smtp.hang(Moment.AFTER_DOT)
    (job,) = await builder.add_messages(ana)

    await worker.sweeper.sweep()
    await smtp.wait_for(2)
    smtp.drop_connections()
    await worker.wait_for_jobs()

    row = await builder.read_job(job)
    assert (row.state, row.attempts, row.in_doubt_count) == ("queued", 1, 1)


async def test_an_idle_connection_is_closed_after_a_moment(
    world: World,
    builder: JobBuilder,
    worker: WorkerHarness,
    smtp: SmtpServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(smtp_connections, "IDLE_SECONDS", 0.1)
    await builder.add_messages(await world.user())

    await worker.run_once()

    await wait_until(lambda: smtp.open_connections == 0, what="no connection is left")


async def test_a_connection_is_used_for_no_more_mails_than_servers_allow(
    world: World,
    builder: JobBuilder,
    worker: WorkerHarness,
    smtp: SmtpServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(smtp_connections, "MAX_MAILS_PER_CONNECTION", 2)
    ana = await world.user()

    for _ in range(5):
        await builder.add_messages(ana)
        await worker.run_once()

    assert len(smtp.received) == 5
    assert smtp.connections == 3


async def test_a_closed_mailer_has_no_connection(
    settings: Settings, world: World, builder: JobBuilder, resources: Resources, smtp: SmtpServer
) -> None:
    mailer = SmtpMailer(settings, resources.clock)
    worker = WorkerHarness(resources, settings, mailer)
    await builder.add_messages(await world.user(), 3)
    await worker.run_once()

    await mailer.close()

    await wait_until(lambda: smtp.open_connections == 0, what="no connection is left")


async def test_a_kind_whose_duplicate_is_worse_than_a_loss_is_not_sent_again_in_doubt(
    settings: Settings, world: World, builder: JobBuilder, resources: Resources, smtp: SmtpServer
) -> None:
    (job,) = await builder.add_messages(await world.user())
    await builder.update_row(JobRow, job, in_doubt_count=1)
    row = await builder.read_job(job)
    handler = email_handler(one_by_one(account_emails.compose_admin_message), resend_in_doubt=False)
    mailer = SmtpMailer(settings, resources.clock)
    claim = Claim(job, row.kind, row.payload, 0, 0, 0, 1, builder.now - timedelta(hours=1), "")

    with pytest.raises(Permanent, match="a duplicate would be worse than none"):
        await handler.run(
            open_job_context(
                resources,
                mailer,
                EmailRenderer(settings),
                PushSender(settings, resources.clock),
                WebhookSender(settings, resources.clock),
            ),
            claim,
            SendAdminMessage.model_validate(row.payload),
        )

    assert smtp.received == []
