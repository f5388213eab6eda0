"""Order of jobs: urgent jobs first, fair queueing between users, quarantined jobs alone."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select

from shared.actor import Actor
from shared.clock import DatabaseClock
from shared.contract.jobs import SendAdminMessage, SendNotifications, SendSecurityNotice
from shared.ids import JobId, new_id
from shared.jobs import claims
from shared.resources import Resources, open_resources
from shared.settings import Settings
from shared.tables.jobs import JobRow
from shared.tables.reminders import ReminderRow
from shared.unit_of_work import FAIR_INTERVAL
from tests.support.clock import ManualClock
from tests.support.services.smtp import Moment, SmtpServer
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from worker.jobs.sweeper import Sweeper
from worker.reminders.firing import ReminderFiring

PAST = timedelta(seconds=1)


async def _add(resources: Resources, user: Actor, count: int) -> list[JobId]:
    (ids,) = await _add_together(resources, (user, count))
    return ids


async def _add_together(resources: Resources, *counts: tuple[Actor, int]) -> list[list[JobId]]:
    """Add each user's number of jobs in one transaction, so that all have the same run_at.

    On a busy machine two transactions may be seconds apart.
    """
    async with resources.begin() as work:
        return [
            [
                work.add_job(SendAdminMessage(message_id=new_id()), fairness_key=user.user_id)
                for _ in range(count)
            ]
            for user, count in counts
        ]


async def _order(resources: Resources, limit: int = 1000) -> list[JobId]:
    async with resources.begin() as work:
        return [claim.id for claim in await claims.claim_due(work, limit)]


async def test_a_thousand_jobs_for_one_user_do_not_delay_the_jobs_of_others(
    resources: Resources, world: World
) -> None:
    many, few = await world.user("Many"), await world.user("Few")
    thousand, late = await _add_together(resources, (many, 1000), (few, 3))

    order = await _order(resources, 20)

    # Few's jobs were added last. The first waits for one of Many's, and so does each of the others.
    assert set(order[:2]) == {thousand[0], late[0]}
    assert set(order[:6]) == {*thousand[:3], *late}
    assert order[6:] == thousand[3:17]


async def test_jobs_that_are_added_together_follow_each_other_however_late_they_are_stored(
    resources: Resources, world: World
) -> None:
    first, second, third = await _add(resources, await world.user(), 3)

    async with resources.begin_read() as read:
        rows = await read.connection.execute(select(JobRow.id, JobRow.fair_run_at))
        at = {row.id: row.fair_run_at for row in rows}

    assert at[second] - at[first] == at[third] - at[second] == FAIR_INTERVAL


async def test_users_alternate_when_all_their_jobs_are_due_at_once(
    resources: Resources, world: World
) -> None:
    users = [await world.user(f"U{number}") for number in range(5)]
    added = await _add_together(resources, *((user, 4) for user in users))
    jobs = dict(zip(users, added, strict=True))

    order = await _order(resources)

    for number in range(4):
        claimed = set(order[5 * number : 5 * number + 5])
        assert claimed == {jobs[user][number] for user in users}


async def test_fair_queueing_delays_no_job_while_no_other_user_has_one(
    resources: Resources, world: World
) -> None:
    jobs = await _add(resources, await world.user(), 30)

    assert await _order(resources) == jobs


async def test_reminders_that_fire_together_are_queued_fairly(
    resources: Resources, world: World, builder: JobBuilder
) -> None:
    many, few = await world.user("Many"), await world.user("Few")
    due = builder.now - timedelta(seconds=30)
    for user, count in ((many, 20), (few, 1)):
        list_id = await builder.make_list(user)
        for _ in range(count):
            todo_id = await builder.add_todo(list_id)
            # Few's reminder is due last.
            at = due + timedelta(seconds=20) if user is few else due
            await builder.add_reminder(todo_id, user.user_id, at)

    await ReminderFiring(resources).fire_due()
    order = await _order(resources)

    async with resources.begin_read() as read:
        rows = await read.connection.execute(select(JobRow.id, JobRow.fairness_key))
        user_of_job = {row.id: row.fairness_key for row in rows}
    assert few.user_id in [user_of_job[job_id] for job_id in order[:2]]


async def test_a_retried_job_keeps_its_position_among_the_jobs_of_its_user(
    resources: Resources, world: World
) -> None:
    await _add(resources, await world.user("Many"), 10)
    async with resources.begin() as work:
        _, *others = await claims.claim_due(work, 10)
        for claim in others:
            await claims.retry(work, claim, 0, "the server was away")
    (of_few,) = await _add(resources, await world.user("Few"), 1)

    order = await _order(resources)

    assert order == [of_few, *(claim.id for claim in others)]


async def test_jobs_that_are_not_due_or_less_urgent_do_not_delay_other_jobs_of_the_same_user(
    resources: Resources, world: World, builder: JobBuilder
) -> None:
    many = await world.user("Many")
    later = builder.now + timedelta(minutes=10)
    message = SendAdminMessage(message_id=new_id())
    await builder.add_job(message, fairness_key=many.user_id, run_at=later)
    async with resources.begin() as work:
        for _ in range(60):
            job = SendNotifications(user_id=many.user_id, until=work.now)
            work.add_job(job, fairness_key=many.user_id)

    (of_many,) = await _add(resources, many, 1)
    (of_few,) = await _add(resources, await world.user("Few"), 1)

    assert await _order(resources, 2) == [of_many, of_few]


async def test_security_mail_does_not_wait_behind_reminders(
    resources: Resources, world: World
) -> None:
    ana = await world.user()
    await _add(resources, ana, 50)
    async with resources.begin() as work:
        urgent = work.add_job(SendSecurityNotice(audit_id=new_id()))

    assert await _order(resources, 1) == [urgent]


@pytest.mark.parametrize("hours", [1, -1])
async def test_a_host_with_a_wrong_clock_adds_jobs_that_are_due_now(
    settings: Settings, resources: Resources, world: World, builder: JobBuilder, hours: int
) -> None:
    ana = await world.user()
    async with open_resources(settings, ManualClock(builder.now + timedelta(hours=hours))) as wrong:
        jobs = await _add(wrong, ana, 2)

    assert (await _order(resources))[0] == jobs[0]


@pytest.mark.parametrize("hours", [1, -1])
async def test_a_worker_with_a_wrong_clock_fires_reminders_by_the_database_clock(
    settings: Settings,
    resources: Resources,
    world: World,
    builder: JobBuilder,
    hours: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ana = await world.user()
    todo_id = await builder.add_todo(await builder.make_list(ana))
    due = await builder.add_reminder(todo_id, ana.user_id, builder.now - PAST)
    not_due = await builder.add_reminder(todo_id, ana.user_id, builder.now + timedelta(minutes=30))
    clock = DatabaseClock()
    clock.synchronize(builder.now + timedelta(hours=hours))  # as if the host's clock were wrong

    async with open_resources(settings, clock) as wrong:
        worker = WorkerHarness(wrong, settings)
        worker.sweeper = Sweeper(worker.executor, worker.sweeper.scheduler, clock)
        await worker.run_once()
        await worker.run_once()

    assert (await builder.read_row(ReminderRow, due)).state == "sent"
    assert (await builder.read_row(ReminderRow, not_due)).state == "scheduled"


async def _crash(builder: JobBuilder, jobs: Sequence[JobId]) -> None:
    """Claim the jobs for a worker that died, with leases that expired."""
    for job_id in jobs:
        await builder.update_row(
            JobRow, job_id, state="leased", fence=JobRow.fence + 1, lease_until=builder.now - PAST
        )


async def test_a_job_that_kills_workers_does_not_make_dead_letters_of_jobs_that_ran_beside_it(
    resources: Resources, world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    crashing, *others = await builder.add_messages(await world.user(), 10)
    await builder.update_row(JobRow, crashing, fair_run_at=builder.now - PAST)
    await _crash(builder, [crashing, *others])
    running_beside: list[int] = []
    start = worker.executor.start

    def start_or_die(claim: claims.Claim) -> None:
        if claim.id == crashing:
            running_beside.append(len(worker.executor.tasks))
            return  # a worker that runs this job dies
        start(claim)

    worker.executor.start = start_or_die  # type: ignore[method-assign]
    for _ in range(3):
        await worker.run_once()
        if (await builder.read_job(crashing)).state == "leased":
            await _crash(builder, [crashing])
    for _ in range(10):
        await worker.run_once()

    assert (await builder.read_job(crashing)).state == "dead"
    assert [(await builder.read_job(job_id)).state for job_id in others] == ["done"] * 9
    # Both retries of the crashing job ran alone.
    assert running_beside == [0, 0]


async def test_while_a_quarantined_job_runs_no_other_job_starts(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    quarantined, other = await builder.add_messages(await world.user(), 2)
    await builder.update_row(JobRow, quarantined, crashes=1)

    await worker.sweeper.sweep()
    jobs = [await builder.read_job(job_id) for job_id in (quarantined, other)]
    is_queued = [job.state == "queued" for job in jobs]
    await worker.wait_for_jobs()
    await worker.run_once()

    assert is_queued == [False, True]
    assert await builder.job_states() == ["done", "done"]


async def test_between_two_quarantined_jobs_other_jobs_run(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    *quarantined, _ = await builder.add_messages(await world.user(), 4)
    for job_id in quarantined:
        await builder.update_row(JobRow, job_id, crashes=1)

    for _ in range(8):
        await worker.run_once()

    sent = [mail.subject for mail in smtp.received]
    assert sorted(sent) == [f"message {number}" for number in range(4)]
    assert sent[1] == "message 3"


async def test_a_quarantined_job_waits_until_the_running_jobs_have_ended(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    _, quarantined = await builder.add_messages(await world.user(), 2)
    await builder.update_row(JobRow, quarantined, run_at=builder.now + timedelta(hours=1))
    await worker.sweeper.sweep()
    await builder.update_row(JobRow, quarantined, crashes=1, run_at=builder.now - PAST)

    await worker.sweeper.sweep()
    meanwhile = (await builder.read_job(quarantined)).state
    await worker.wait_for_jobs()
    await worker.run_once()

    assert meanwhile == "queued"
    assert await builder.job_states() == ["done", "done"]


async def test_a_quarantined_job_that_fails_without_a_crash_leaves_quarantine(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    (job,) = await builder.add_messages(await world.user())
    await builder.update_row(JobRow, job, crashes=2)
    smtp.reject("451 later")

    await worker.run_once()

    row = await builder.read_job(job)
    assert (row.state, row.attempts, row.crashes) == ("queued", 1, 0)


async def test_a_quarantined_job_of_a_paused_kind_does_not_stop_reminders(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    ana = await world.user()
    (job,) = await builder.add_messages(ana)
    await builder.update_row(JobRow, job, crashes=1)
    todo_id = await builder.add_todo(await builder.make_list(ana))
    reminder = await builder.add_reminder(todo_id, ana.user_id, builder.now - PAST)
    worker.executor.runner.pause("send_admin_message", float("inf"))

    await worker.run_once()
    await worker.run_once()

    assert (await builder.read_row(ReminderRow, reminder)).state == "sent"


async def test_no_job_waits_for_a_quarantined_job_of_a_paused_kind(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    running, quarantined, other = await builder.add_messages(await world.user(), 3)
    await builder.update_row(JobRow, other, run_at=builder.now + timedelta(hours=1))
    await builder.update_row(JobRow, quarantined, crashes=1, kind="send_reminder")
    worker.executor.runner.pause("send_reminder", float("inf"))
    smtp.hang(Moment.AFTER_DOT)
    await worker.sweeper.sweep()
    await builder.update_row(JobRow, other, run_at=builder.now - PAST)

    await worker.sweeper.sweep()
    meanwhile = (await builder.read_job(other)).state
    smtp.release()
    await worker.wait_for_jobs()

    assert meanwhile != "queued"
    jobs = [await builder.read_job(job_id) for job_id in (running, quarantined, other)]
    assert [job.state for job in jobs] == ["done", "queued", "done"]


async def test_concurrent_claims_under_fair_queueing_do_not_overlap(
    resources: Resources, world: World
) -> None:
    for number in range(4):
        await _add(resources, await world.user(f"U{number}"), 15)

    batches = await asyncio.gather(*(_order(resources, 7) for _ in range(9)))

    claimed = [job_id for batch in batches for job_id in batch]

    assert len(claimed) == len(set(claimed)) == 60
