"""Suppression: an address that a mail server permanently rejects gets only mail that its account needs."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from shared import signed_links
from shared.accounts.account import find_account, lock_account
from shared.accounts.authentication.devices import Device
from shared.accounts.bounces import lift_suppression, suppress_address
from shared.accounts.email_change import complete_email_change
from shared.accounts.email_links import find_link
from shared.accounts.password_change import reset_password
from shared.actor import Actor
from shared.contract.jobs import (
    SendAdminMessage,
    SendAlreadyRegistered,
    SendPasswordReset,
    SendVerification,
)
from shared.ids import user_stream
from shared.resources import Resources
from shared.settings import Settings
from shared.signed_links import Purpose
from shared.tables.accounts import AuditRow, LinkRow, UserRow
from shared.tables.reminders import ReminderRow
from tests.support.metrics import MetricIncrease
from tests.support.services.smtp import SmtpServer
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World

GONE = "550 5.1.1 no such user"


async def _suppressed_user(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> Actor:
    """Return a user whose address was rejected by the mail server."""
    ana = await world.user("Ana")
    await builder.add_messages(ana)
    smtp.reject_recipients(GONE)
    await worker.run_once()
    return ana


async def _account_events(world: World, user: Actor) -> list[dict[str, Any]]:
    events = await world.events(user_stream(user.user_id))
    return [event["data"]["account"] for event in events if event["event"] == "account.edited"]


async def test_after_a_rejection_no_mail_is_sent_to_the_address(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    suppressed = MetricIncrease("livelist_mail_suppressed_total", kind=SendAdminMessage.kind)
    ana = await _suppressed_user(world, builder, worker, smtp)
    ben = await world.user("Ben")
    (to_ana,), (to_ben,) = await builder.add_messages(ana), await builder.add_messages(ben)

    await worker.run_once()

    row = await builder.read_job(to_ana)
    assert (row.state, row.attempts) == ("cancelled", 0)
    assert row.last_error == "suppressed: the mail server there refuses this address"
    assert (await builder.read_job(to_ben)).state == "done"
    assert smtp.attempts == 2  # the rejected one, and Ben's
    assert suppressed.value == 1


async def test_a_suppression_is_one_event_and_one_audit_entry(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer, resources: Resources
) -> None:
    ana = await world.user("Ana")
    await builder.add_messages(ana, 3)
    smtp.reject_recipients(GONE, GONE, GONE)

    await worker.run_once()

    [event] = await _account_events(world, ana)
    assert (event["mail_refusal"], event["mail_refused_at"] is not None) == ("550 5.1.1", True)
    account = await world.query(find_account, ana.user_id)
    assert account is not None
    assert (account.mail_refusal, account.version) == ("550 5.1.1", event["version"])
    async with resources.begin_read() as read:
        facts = await read.connection.scalars(
            select(AuditRow.facts).where(AuditRow.action == "email.refused")
        )
        assert list(facts) == [{"answer": "550 5.1.1"}]


@pytest.mark.parametrize(
    "reply",
    [
        "554 5.7.1 relay access denied",
        "550 5.7.26 unauthenticated",
        "552 5.2.2 mailbox full",
        "450 4.2.1 later",
    ],
)
async def test_a_rejection_that_is_not_about_the_address_suppresses_nothing(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer, reply: str
) -> None:
    ana = await world.user("Ana")
    await builder.add_messages(ana)
    smtp.reject_recipients(reply)
    await worker.run_once()

    (second,) = await builder.add_messages(ana)
    await worker.run_once()

    assert (await builder.read_job(second)).state == "done"
    assert await _account_events(world, ana) == []


async def test_a_rejection_after_the_dot_is_about_the_mail_and_suppresses_nothing(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    ana = await world.user("Ana")
    await builder.add_messages(ana)
    smtp.reject(GONE)
    await worker.run_once()

    (second,) = await builder.add_messages(ana)
    await worker.run_once()

    assert (await builder.read_job(second)).state == "done"


async def test_mail_that_an_account_needs_is_sent_to_a_suppressed_address(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    ana = await _suppressed_user(world, builder, worker, smtp)
    eve = await world.user("Eve", status="pending")
    await world.run(suppress_address, await world.email_of(eve), "550")
    jobs = [
        await builder.add_job(
            SendPasswordReset(link_id=await builder.add_link(ana.user_id, "reset_password"))
        ),
        await builder.add_job(SendAlreadyRegistered(user_id=ana.user_id)),
        await builder.add_job(
            SendVerification(link_id=await builder.add_link(eve.user_id, "verify_email"))
        ),
    ]

    await worker.run_once()

    assert [(await builder.read_job(job)).state for job in jobs] == ["done"] * 3
    assert len(smtp.received) == 3


async def test_a_reminder_that_is_not_mailed_shows_the_reason(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    ana = await _suppressed_user(world, builder, worker, smtp)
    todo = await builder.add_todo(await builder.make_list(ana))
    reminder = await builder.add_reminder(todo, ana.user_id, builder.now - timedelta(seconds=1))

    await worker.run_once()
    await worker.run_once()

    row = await builder.read_row(ReminderRow, reminder)
    assert row.state == "failed"
    assert row.detail == "Not sent: suppressed: the mail server there refuses this address."
    assert smtp.received == []


async def test_a_user_can_lift_the_suppression_and_a_new_rejection_suppresses_again(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    ana = await _suppressed_user(world, builder, worker, smtp)

    shape = await world.run(lift_suppression, ana, ana.user_id)
    smtp.reject_recipients("550 5.2.1 disabled")
    (rejected,) = await builder.add_messages(ana)
    await worker.run_once()

    assert (shape.mail_refused_at, shape.mail_refusal) == (None, "")
    assert (await builder.read_job(rejected)).state == "dead"
    codes = [event["mail_refusal"] for event in await _account_events(world, ana)]
    assert codes == ["550 5.1.1", "", "550 5.2.1"]


async def test_changing_the_address_lifts_the_suppression(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer, settings: Settings
) -> None:
    ana = await _suppressed_user(world, builder, worker, smtp)
    link_id = await builder.add_link(ana.user_id, "change_email", email="new@example.com")
    keys, nonce = settings.secrets.signing_keys(), (await builder.read_row(LinkRow, link_id)).nonce
    token = signed_links.make(keys, Purpose.CHANGE_EMAIL, link_id, nonce)
    async with builder.resources.begin() as work:
        account = await lock_account(work, ana.user_id)
        link = await find_link(work, keys, (Purpose.CHANGE_EMAIL,), token)
        await complete_email_change(work, account, link, Device())
    (job,) = await builder.add_messages(ana)

    await worker.run_once()

    row = await builder.read_row(UserRow, ana.user_id)
    assert (row.mail_refused_at, row.mail_refusal) == (None, "")
    assert (await builder.read_job(job)).state == "done"


async def test_using_a_mailed_link_lifts_the_suppression(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer, settings: Settings
) -> None:
    ana = await _suppressed_user(world, builder, worker, smtp)
    link_id = await builder.add_link(ana.user_id, "reset_password")
    nonce = (await builder.read_row(LinkRow, link_id)).nonce
    token = signed_links.make(
        settings.secrets.signing_keys(), Purpose.RESET_PASSWORD, link_id, nonce
    )

    await reset_password(builder.resources, token, "violet-harbour-lantern-52", Device())

    assert (await builder.read_row(UserRow, ana.user_id)).mail_refused_at is None


async def test_a_rejection_of_an_address_that_was_changed_meanwhile_suppresses_nothing(
    world: World, builder: JobBuilder
) -> None:
    ana = await world.user("Ana")
    old = await world.email_of(ana)
    await builder.update_row(
        UserRow, ana.user_id, email="new@example.com", email_key="new@example.com"
    )

    is_new = await world.run(suppress_address, old, "550 5.1.1")

    assert is_new is False
    assert (await builder.read_row(UserRow, ana.user_id)).mail_refused_at is None
