"""Outcomes of jobs: done, retried, dead, parked, paused."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from shared import failpoints
from shared.contract.jobs import JOBS, SendAdminMessage
from shared.ids import new_id
from shared.jobs import abandoned_claims
from shared.resources import Resources
from shared.settings import ROOT, Settings
from shared.tables.accounts import UserRow
from shared.tables.jobs import JobRow
from tests.support.services.certificates import make_certificate
from tests.support.services.smtp import Moment, SmtpServer
from tests.support.settings import changed_settings
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.worker_harness import WorkerHarness, start_hanging_mail
from tests.support.world_builder import World
from worker.jobs import recovery
from worker.jobs.executor import run_job
from worker.jobs.handlers import HANDLERS
from worker.mail import smtp_mailer


def test_every_kind_of_job_has_a_handler() -> None:
    assert set(HANDLERS) == set(JOBS)


def test_every_kind_has_a_name_in_the_administration() -> None:
    source = (ROOT / "web/views/pages/admin/job_names.js").read_text()

    assert set(re.findall(r"^  ([a-z_]+): message\(", source, re.MULTILINE)) == set(JOBS)


async def test_a_mail_is_sent_once_and_its_job_is_done(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    (job,) = await builder.add_messages(await world.user("Ana"))

    await worker.run_once()
    await worker.run_once()

    (mail,) = smtp.received
    row = await builder.read_job(job)
    assert (row.state, row.attempts) == ("done", 0)
    assert row.finished_at is not None
    assert mail.message["Message-ID"] == f"<{job}@localhost>"
    assert mail.message["From"] == "Livelist <livelist@example.com>"


async def test_fifty_wake_ups_for_the_same_job_send_one_mail(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    (job,) = await builder.add_messages(await world.user())

    async def receive_wake_up() -> None:
        await run_job({"executor": worker.executor}, job)
        assert worker.executor.wake_event.is_set()
        await worker.sweeper.sweep()

    await asyncio.gather(*(receive_wake_up() for _ in range(50)))
    await worker.wait_for_jobs()

    assert len(smtp.received) == 1


async def test_a_temporary_rejection_is_retried_and_uses_an_attempt(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    (job,) = await builder.add_messages(await world.user())
    smtp.reject("451 4.3.0 try again later")

    await worker.run_once()
    after_first = await builder.read_job(job)
    await worker.run_once()

    assert (after_first.state, after_first.attempts) == ("queued", 1)
    assert after_first.last_error == "the mail server answered 451"
    assert (await builder.read_job(job)).state == "done"
    assert len(smtp.received) == 1


async def test_a_permanent_rejection_is_a_dead_letter(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    (job,) = await builder.add_messages(await world.user())
    smtp.reject("550 5.1.1 no such user")

    await worker.run_once()
    await worker.run_once()

    row = await builder.read_job(job)
    assert (row.state, row.last_error) == ("dead", "the mail server answered 550")
    assert smtp.attempts == 1


async def test_an_unreachable_mail_server_is_retried(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    (job,) = await builder.add_messages(await world.user())
    await smtp.close()

    await worker.run_once()
    after_outage = await builder.read_job(job)
    async with smtp:
        await worker.run_once()

    assert after_outage.state == "queued"
    assert (after_outage.attempts, after_outage.in_doubt_count) == (1, 0)
    assert (await builder.read_job(job)).state == "done"


async def test_a_job_that_failed_for_a_day_is_given_up(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    young, old, few = await builder.add_messages(await world.user(), 3)
    await builder.update_row(
        JobRow, young, attempts=30, created_at=builder.now - timedelta(hours=23)
    )
    await builder.update_row(JobRow, old, attempts=30, created_at=builder.now - timedelta(hours=25))
    await builder.update_row(JobRow, few, attempts=0, created_at=builder.now - timedelta(hours=25))
    smtp.reject(*["451 later"] * 3)

    await worker.run_once()

    states = [(await builder.read_job(job)).state for job in (young, old, few)]
    assert states == ["queued", "dead", "queued"]


async def test_a_timeout_before_the_dot_leaves_no_doubt_and_is_retried(
    world: World,
    builder: JobBuilder,
    resources: Resources,
    settings: Settings,
    smtp: SmtpServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(smtp_mailer, "REPLY_SECONDS", 1)
    worker = WorkerHarness(resources, settings)
    (job,) = await builder.add_messages(await world.user())
    smtp.hang(Moment.BEFORE_DOT, times=3)

    for _ in range(3):
        await worker.run_once()
    after_timeouts = await builder.read_job(job)
    smtp.release()
    await worker.run_once()

    assert after_timeouts.state == "queued"
    assert (after_timeouts.attempts, after_timeouts.in_doubt_count) == (3, 0)
    assert len(smtp.received) == 1


async def test_after_a_timeout_after_the_dot_the_mail_is_sent_once_more_with_the_same_message_id(
    world: World,
    builder: JobBuilder,
    resources: Resources,
    settings: Settings,
    smtp: SmtpServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(smtp_mailer, "REPLY_SECONDS", 1)
    worker = WorkerHarness(resources, settings)
    (job,) = await builder.add_messages(await world.user())
    smtp.hang(Moment.AFTER_DOT, times=5)

    for _ in range(5):
        await worker.run_once()

    row = await builder.read_job(job)
    assert (row.state, row.in_doubt_count) == ("dead", 2)
    assert [mail.message["Message-ID"] for mail in smtp.received] == [f"<{job}@localhost>"] * 2


@pytest.mark.parametrize("place", ["smtp_accepted", "effect_unsaved"])
async def test_a_bug_after_sending_sends_the_mail_at_most_once_more(
    world: World,
    builder: JobBuilder,
    worker: WorkerHarness,
    settings: Settings,
    smtp: SmtpServer,
    place: str,
) -> None:
    (job,) = await builder.add_messages(await world.user())
    failpoints.arm(f"{place}:raise")
    try:
        for _ in range(5):
            await worker.run_once()
    finally:
        failpoints.arm("")

    row = await builder.read_job(job)
    assert (row.state, row.in_doubt_count) == ("dead", 2)
    assert [mail.message["Message-ID"] for mail in smtp.received] == [f"<{job}@localhost>"] * 2


async def test_a_wrong_password_pauses_the_kind_and_uses_no_attempt(
    world: World, builder: JobBuilder, settings: Settings, resources: Resources
) -> None:
    async with SmtpServer(username="livelist", password="right") as smtp:
        wrong = changed_settings(settings, mail_port=smtp.port, mail_username="livelist")
        worker = WorkerHarness(resources, wrong)
        jobs = await builder.add_messages(await world.user(), 3)

        await worker.run_once()
        rows = [await builder.read_job(job) for job in jobs]
        paused = worker.executor.runner.paused_kinds
        await builder.add_messages(await world.user("Ben"), 1)
        await worker.run_once()

        assert {(row.state, row.attempts, row.in_doubt_count) for row in rows} == {("queued", 0, 0)}
        assert all(row.run_at > builder.now + timedelta(seconds=50) for row in rows)
        assert paused == ["send_admin_message"]
        assert smtp.attempts == 0


async def test_a_server_without_the_configured_encryption_gets_no_mail(
    world: World, builder: JobBuilder, settings: Settings, resources: Resources, smtp: SmtpServer
) -> None:
    worker = WorkerHarness(resources, changed_settings(settings, mail_starttls=True))
    (job,) = await builder.add_messages(await world.user())

    await worker.run_once()

    row = await builder.read_job(job)
    assert (row.state, row.attempts) == ("queued", 0)
    assert worker.executor.runner.paused_kinds == ["send_admin_message"]
    assert smtp.attempts == 0


@pytest.mark.parametrize("mode", ["starttls", "ssl_tls"])
async def test_a_certificate_that_is_not_trusted_pauses_the_kind(
    world: World,
    builder: JobBuilder,
    settings: Settings,
    resources: Resources,
    tmp_path: Path,
    mode: str,
) -> None:
    context = make_certificate(tmp_path).context
    tls: dict[str, Any] = {"tls" if mode == "ssl_tls" else "starttls": context}
    async with SmtpServer(**tls) as smtp:
        untrusted = changed_settings(settings, mail_port=smtp.port, **{f"mail_{mode}": True})
        worker = WorkerHarness(resources, untrusted)
        (job,) = await builder.add_messages(await world.user())

        await worker.run_once()

    row = await builder.read_job(job)
    assert (row.state, row.attempts) == ("queued", 0)
    assert worker.executor.runner.paused_kinds == ["send_admin_message"]


async def test_the_right_password_is_accepted(
    world: World, builder: JobBuilder, settings: Settings, resources: Resources
) -> None:
    async with SmtpServer(username="livelist", password="right") as smtp:
        login = {"mail_username": "livelist", "mail_password": "right"}
        right = changed_settings(settings, mail_port=smtp.port, **login)
        await builder.add_messages(await world.user())

        await WorkerHarness(resources, right).run_once()

        assert len(smtp.received) == 1


async def test_a_job_of_an_unknown_kind_or_version_is_parked_for_a_newer_worker(
    resources: Resources, builder: JobBuilder, worker: WorkerHarness
) -> None:
    ids = [new_id(), new_id()]
    async with resources.begin() as work:
        for row_id, kind, payload in (
            (ids[0], "send_postcard", {"a": 1}),
            (ids[1], "send_reminder", {"version": 2}),
        ):
            await work.connection.execute(
                insert(JobRow).values(
                    id=row_id,
                    kind=kind,
                    payload=payload,
                    run_at=work.now,
                    fair_run_at=work.now,
                    created_at=work.now,
                )
            )

    await worker.run_once()
    rows = [await builder.read_row(JobRow, job_id) for job_id in ids]
    for job_id in ids:
        await builder.update_row(JobRow, job_id, run_at=builder.now - timedelta(seconds=1))
    await worker.run_once()

    assert [(row.state, row.attempts, row.crashes) for row in rows] == [("parked", 0, 0)] * 2
    assert all(row.run_at > builder.now + timedelta(seconds=20) for row in rows)
    # After its wait a parked job is claimed again, by any worker.
    assert [row.fence for row in rows] == [1, 1]
    assert [(await builder.read_row(JobRow, job_id)).fence for job_id in ids] == [2, 2]


async def test_a_job_that_crashed_three_workers_is_dead(
    world: World, builder: JobBuilder, worker: WorkerHarness, resources: Resources, smtp: SmtpServer
) -> None:
    (job,) = await builder.add_messages(await world.user())
    past = builder.now - timedelta(seconds=1)
    await builder.update_row(JobRow, job, state="leased", fence=1, crashes=1, lease_until=past)

    await recovery.recover(worker.executor.runner, (await _abandoned(resources))[0])
    second = await builder.read_job(job)
    await builder.update_row(JobRow, job, state="leased", fence=2, lease_until=past)
    await worker.run_once()

    assert (second.state, second.crashes) == ("queued", 2)
    row = await builder.read_job(job)
    assert (row.state, row.crashes) == ("dead", 3)
    assert smtp.received == []


async def test_mail_to_an_account_that_was_disabled_meanwhile_is_cancelled(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    ana = await world.user()
    (job,) = await builder.add_messages(ana)
    await builder.update_row(UserRow, ana.user_id, status="disabled")

    await worker.run_once()

    assert (await builder.read_job(job)).state == "cancelled"
    assert smtp.received == []


@pytest.mark.parametrize(
    ("moment", "in_doubt_count"), [(Moment.BEFORE_DOT, 0), (Moment.AFTER_DOT, 1)]
)
async def test_draining_releases_the_jobs_that_did_not_finish_in_time(
    world: World,
    builder: JobBuilder,
    worker: WorkerHarness,
    smtp: SmtpServer,
    moment: Moment,
    in_doubt_count: int,
) -> None:
    (job,) = await builder.add_messages(await world.user())
    smtp.hang(moment)
    await worker.sweeper.sweep()
    await smtp.wait_for_attempts(1)
    if moment is Moment.AFTER_DOT:
        await smtp.wait_for(1)

    await worker.executor.drain(0.1)

    row = await builder.read_job(job)
    assert (row.state, row.attempts, row.crashes) == ("queued", 0, 0)
    assert row.in_doubt_count == in_doubt_count
    assert worker.executor.free_capacity == 0


async def test_losing_the_lease_cancels_the_running_job(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    job = await start_hanging_mail(world, builder, worker, smtp)
    await builder.update_row(JobRow, job, fence=7)

    await worker.executor.renew_leases()
    await worker.wait_for_jobs()

    row = await builder.read_job(job)
    assert (row.state, row.fence) == ("sending", 7)
    assert smtp.received == []


async def test_no_mail_is_sent_for_a_message_that_was_deleted(
    builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    job = await builder.add_job(SendAdminMessage(message_id=new_id()))

    await worker.run_once()

    assert (await builder.read_job(job)).state == "cancelled"
    assert smtp.received == []


async def _abandoned(resources: Resources) -> list[abandoned_claims.AbandonedClaim]:
    async with resources.begin_read() as read:
        return await abandoned_claims.find_abandoned(read.connection)
