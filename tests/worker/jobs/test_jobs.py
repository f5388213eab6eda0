"""What becomes of a job: done, tried again, given up, parked, paused."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import insert

from shared import failpoints
from shared.contract.jobs import JOBS, SendAdminMessage
from shared.ids import new_id
from shared.jobs import claims
from shared.resources import Resources
from shared.settings import Settings
from shared.tables.accounts import UserRow
from shared.tables.jobs import JobRow
from tests.support.services.smtp import Moment, SmtpServer
from tests.support.settings import changed_settings
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.worker_harness import WorkerHarness, start_hanging_mail
from tests.support.world_builder import World
from worker.jobs.executor import run_job
from worker.jobs.handlers import HANDLERS
from worker.mail import smtp_mailer


def test_every_kind_of_job_has_a_handler() -> None:
    assert set(HANDLERS) == set(JOBS)


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


async def test_the_same_hint_fifty_times_is_one_mail(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    (job,) = await builder.add_messages(await world.user())

    async def follow_hint() -> None:
        await run_job({"executor": worker.executor}, job)
        assert worker.executor.wake_event.is_set()
        await worker.sweeper.sweep()

    await asyncio.gather(*(follow_hint() for _ in range(50)))
    await worker.wait_for_jobs()

    assert len(smtp.received) == 1


async def test_a_refusal_for_now_is_tried_again_and_uses_an_attempt(
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


async def test_a_refusal_for_good_is_a_dead_letter(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    (job,) = await builder.add_messages(await world.user())
    smtp.reject("550 5.1.1 no such user")

    await worker.run_once()
    await worker.run_once()

    row = await builder.read_job(job)
    assert (row.state, row.last_error) == ("dead", "the mail server answered 550")
    assert smtp.attempts == 1


async def test_a_mail_server_that_is_away_is_tried_again(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    (job,) = await builder.add_messages(await world.user())
    await smtp.close()

    await worker.run_once()
    away = await builder.read_job(job)
    async with smtp:
        await worker.run_once()

    assert (away.state, away.attempts, away.in_doubt_count) == ("queued", 1, 0)
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

    states = [(await builder.read_job(one)).state for one in (young, old, few)]
    assert states == ["queued", "dead", "queued"]


async def test_silence_before_the_dot_leaves_no_doubt_and_is_tried_again(
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
    silent = await builder.read_job(job)
    smtp.release()
    await worker.run_once()

    assert (silent.state, silent.attempts, silent.in_doubt_count) == ("queued", 3, 0)
    assert len(smtp.received) == 1


async def test_silence_after_the_dot_is_sent_again_once_with_the_same_message_id(
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
    assert [one.message["Message-ID"] for one in smtp.received] == [f"<{job}@localhost>"] * 2


@pytest.mark.parametrize("place", ["smtp_accepted", "effect_unsaved"])
async def test_a_defect_after_sending_mails_it_once_more_and_no_oftener(
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
    assert [one.message["Message-ID"] for one in smtp.received] == [f"<{job}@localhost>"] * 2


async def test_a_wrong_password_pauses_the_kind_and_burns_no_attempt(
    world: World, builder: JobBuilder, settings: Settings, resources: Resources
) -> None:
    async with SmtpServer(username="livelist", password="right") as smtp:
        wrong = changed_settings(settings, mail_port=smtp.port, mail_username="livelist")
        worker = WorkerHarness(resources, wrong)
        jobs = await builder.add_messages(await world.user(), 3)

        await worker.run_once()
        rows = [await builder.read_job(one) for one in jobs]
        paused = worker.executor.runner.paused_kinds
        await builder.add_messages(await world.user("Ben"), 1)
        await worker.run_once()

        assert {(row.state, row.attempts, row.in_doubt_count) for row in rows} == {("queued", 0, 0)}
        assert all(row.run_at > builder.now + timedelta(seconds=50) for row in rows)
        assert paused == ["send_admin_message"]
        assert smtp.attempts == 0


async def test_a_server_without_the_encryption_asked_for_gets_no_mail(
    world: World, builder: JobBuilder, settings: Settings, resources: Resources, smtp: SmtpServer
) -> None:
    worker = WorkerHarness(resources, changed_settings(settings, mail_starttls=True))
    (job,) = await builder.add_messages(await world.user())

    await worker.run_once()

    row = await builder.read_job(job)
    assert (row.state, row.attempts) == ("queued", 0)
    assert worker.executor.runner.paused_kinds == ["send_admin_message"]
    assert smtp.attempts == 0


async def test_the_right_password_is_accepted(
    world: World, builder: JobBuilder, settings: Settings, resources: Resources
) -> None:
    async with SmtpServer(username="livelist", password="right") as smtp:
        login = {"mail_username": "livelist", "mail_password": "right"}
        right = changed_settings(settings, mail_port=smtp.port, **login)
        await builder.add_messages(await world.user())

        await WorkerHarness(resources, right).run_once()

        assert len(smtp.received) == 1


async def test_an_unknown_kind_is_parked_and_left_for_a_newer_worker(
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
    rows = [await builder.read_row(JobRow, one) for one in ids]
    for one in ids:
        await builder.update_row(JobRow, one, run_at=builder.now - timedelta(seconds=1))
    await worker.run_once()

    assert [(row.state, row.attempts, row.crashes) for row in rows] == [("parked", 0, 0)] * 2
    assert all(row.run_at > builder.now + timedelta(seconds=20) for row in rows)
    # Its pause over, it was claimed again, by whoever came first.
    assert [row.fence for row in rows] == [1, 1]
    assert [(await builder.read_row(JobRow, one)).fence for one in ids] == [2, 2]


async def test_a_job_that_took_three_workers_down_is_dead(
    world: World, builder: JobBuilder, worker: WorkerHarness, resources: Resources, smtp: SmtpServer
) -> None:
    (job,) = await builder.add_messages(await world.user())
    past = builder.now - timedelta(seconds=1)
    await builder.update_row(JobRow, job, state="leased", fence=1, crashes=1, lease_until=past)

    await worker.sweeper.recover((await _abandoned(resources))[0])
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
async def test_a_drained_desk_gives_back_what_it_could_not_finish(
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


async def test_a_lost_lease_cancels_the_job_under_way(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    job = await start_hanging_mail(world, builder, worker, smtp)
    await builder.update_row(JobRow, job, fence=7)

    await worker.executor.renew_leases()
    await worker.wait_for_jobs()

    row = await builder.read_job(job)
    assert (row.state, row.fence) == ("sending", 7)
    assert smtp.received == []


async def test_jobs_beyond_the_slots_wait_in_the_table(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    await builder.add_messages(await world.user(), 25)

    rounds = 0
    while "queued" in await builder.job_states():
        await worker.run_once()
        rounds += 1

    assert rounds == 3
    assert len(smtp.received) == 25
    assert {one.subject for one in smtp.received} == {f"message {n}" for n in range(25)}


async def test_a_message_is_never_sent_for_a_row_that_is_gone(
    builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    job = await builder.add_job(SendAdminMessage(message_id=new_id()))

    await worker.run_once()

    assert (await builder.read_job(job)).state == "cancelled"
    assert smtp.received == []


async def _abandoned(resources: Resources) -> list[claims.AbandonedClaim]:
    async with resources.begin_read() as read:
        return await claims.find_abandoned(read.connection)
