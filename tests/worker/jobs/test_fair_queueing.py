"""Whose turn it is: urgent first, nobody behind somebody else's thousand, and suspects alone."""

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
from tests.support.clock import ManualClock
from tests.support.services.smtp import Moment, SmtpServer
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from worker.jobs.sweeper import Sweeper
from worker.reminders.firing import ReminderFiring

PAST = timedelta(seconds=1)


async def _add(resources: Resources, person: Actor, count: int) -> list[JobId]:
    (ids,) = await _add_together(resources, (person, count))
    return ids


async def _add_together(resources: Resources, *wanted: tuple[Actor, int]) -> list[list[JobId]]:
    """In one transaction: on a busy machine seconds, and so turns, lie between two."""
    async with resources.begin() as work:
        return [
            [
                work.add_job(SendAdminMessage(message_id=new_id()), fairness_key=person.user_id)
                for _ in range(count)
            ]
            for person, count in wanted
        ]


async def _order(resources: Resources, limit: int = 1000) -> list[JobId]:
    async with resources.begin() as work:
        return [one.id for one in await claims.claim_due(work, limit)]


async def test_a_person_with_a_thousand_jobs_does_not_stand_before_the_others(
    resources: Resources, world: World
) -> None:
    many, few = await world.user("Many"), await world.user("Few")
    thousand, late = await _add_together(resources, (many, 1000), (few, 3))

    order = await _order(resources, 20)

    # Few came last; their first waits for one of Many's, and the others for one each.
    assert set(order[:2]) == {thousand[0], late[0]}
    assert set(order[:6]) == {*thousand[:3], *late}
    assert order[6:] == thousand[3:17]


async def test_everybodys_jobs_are_taken_in_turn_when_all_are_due_at_once(
    resources: Resources, world: World
) -> None:
    people = [await world.user(f"P{number}") for number in range(5)]
    added = await _add_together(resources, *((one, 4) for one in people))
    jobs = dict(zip(people, added, strict=True))

    order = await _order(resources)

    for turn in range(4):
        taken = set(order[5 * turn : 5 * turn + 5])
        assert taken == {jobs[one][turn] for one in people}


async def test_turns_delay_nobody_while_nobody_else_waits(
    resources: Resources, world: World
) -> None:
    jobs = await _add(resources, await world.user(), 30)

    assert await _order(resources) == jobs


async def test_reminders_that_fire_together_are_in_turn(
    resources: Resources, world: World, builder: JobBuilder
) -> None:
    many, few = await world.user("Many"), await world.user("Few")
    due = builder.now - timedelta(seconds=30)
    for person, count in ((many, 20), (few, 1)):
        todo_id = await builder.add_todo(await builder.make_list(person))
        for _ in range(count):
            # Few's is the last of all.
            at = due + timedelta(seconds=20) if person is few else due
            await builder.add_reminder(todo_id, person.user_id, at)

    await ReminderFiring(resources).fire_due()
    order = await _order(resources)

    async with resources.begin_read() as read:
        rows = await read.connection.execute(select(JobRow.id, JobRow.fairness_key))
        whose = {row.id: row.fairness_key for row in rows}
    assert few.user_id in [whose[one] for one in order[:2]]


async def test_a_retry_keeps_its_place_among_its_persons_jobs(
    resources: Resources, world: World
) -> None:
    await _add(resources, await world.user("Many"), 10)
    async with resources.begin() as work:
        _, *others = await claims.claim_due(work, 10)
        for one in others:
            await claims.retry(work, one, 0, "the server was away")
    (of_few,) = await _add(resources, await world.user("Few"), 1)

    order = await _order(resources)

    assert order == [of_few, *(one.id for one in others)]


async def test_what_is_not_due_yet_and_what_is_less_urgent_delay_nothing_of_that_person(
    resources: Resources, world: World, builder: JobBuilder
) -> None:
    many = await world.user("Many")
    later = builder.now + timedelta(minutes=10)
    message = SendAdminMessage(message_id=new_id())
    await builder.add_job(message, fairness_key=many.user_id, run_at=later)
    async with resources.begin() as work:
        for _ in range(60):
            told = SendNotifications(user_id=many.user_id, until=work.now)
            work.add_job(told, fairness_key=many.user_id)

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
async def test_a_host_whose_clock_is_wrong_adds_jobs_that_are_due_now(
    settings: Settings, resources: Resources, world: World, builder: JobBuilder, hours: int
) -> None:
    ana = await world.user()
    async with open_resources(settings, ManualClock(builder.now + timedelta(hours=hours))) as wrong:
        jobs = await _add(wrong, ana, 2)

    assert (await _order(resources))[0] == jobs[0]


@pytest.mark.parametrize("hours", [1, -1])
async def test_a_worker_whose_clock_is_wrong_fires_reminders_by_the_databases(
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
    clock.synchronize(builder.now + timedelta(hours=hours))  # as if the host's own said so

    async with open_resources(settings, clock) as wrong:
        worker = WorkerHarness(wrong, settings)
        worker.sweeper = Sweeper(worker.executor, worker.sweeper.scheduler, clock)
        await worker.run_once()
        await worker.run_once()

    assert (await builder.read_row(ReminderRow, due)).state == "sent"
    assert (await builder.read_row(ReminderRow, not_due)).state == "scheduled"


async def _crash(builder: JobBuilder, jobs: Sequence[JobId]) -> None:
    """The worker that held them is gone, and thirty seconds are over."""
    for one in jobs:
        await builder.update_row(
            JobRow, one, state="leased", fence=JobRow.fence + 1, lease_until=builder.now - PAST
        )


async def test_a_poison_job_does_not_take_those_beside_it_along(
    resources: Resources, world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    poison, *others = await builder.add_messages(await world.user(), 10)
    await builder.update_row(JobRow, poison, fair_run_at=builder.now - PAST)
    await _crash(builder, [poison, *others])
    under_way: list[int] = []
    start = worker.executor.start

    def start_or_die(claim: claims.Claim) -> None:
        if claim.id == poison:
            under_way.append(len(worker.executor.tasks))
            return  # a worker that runs it is gone
        start(claim)

    worker.executor.start = start_or_die  # type: ignore[method-assign]
    for _ in range(3):
        await worker.run_once()
        if (await builder.read_job(poison)).state == "leased":
            await _crash(builder, [poison])
    for _ in range(10):
        await worker.run_once()

    assert (await builder.read_job(poison)).state == "dead"
    assert [(await builder.read_job(one)).state for one in others] == ["done"] * 9
    # Nothing was beside it when it was tried again.
    assert under_way == [0, 0]


async def test_while_a_suspect_runs_nothing_else_is_begun(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    suspect, other = await builder.add_messages(await world.user(), 2)
    await builder.update_row(JobRow, suspect, crashes=1)

    await worker.sweeper.sweep()
    alone = [(await builder.read_job(one)).state == "queued" for one in (suspect, other)]
    await worker.wait_for_jobs()
    await worker.run_once()

    assert alone == [False, True]
    assert await builder.job_states() == ["done", "done"]


async def test_between_two_suspects_the_others_have_their_turn(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    *quarantined, _ = await builder.add_messages(await world.user(), 4)
    for one in quarantined:
        await builder.update_row(JobRow, one, crashes=1)

    for _ in range(8):
        await worker.run_once()

    sent = [one.subject for one in smtp.received]
    assert sorted(sent) == [f"message {number}" for number in range(4)]
    assert sent[1] == "message 3"


async def test_a_suspect_waits_until_what_is_under_way_has_ended(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    _, suspect = await builder.add_messages(await world.user(), 2)
    await builder.update_row(JobRow, suspect, run_at=builder.now + timedelta(hours=1))
    await worker.sweeper.sweep()
    await builder.update_row(JobRow, suspect, crashes=1, run_at=builder.now - PAST)

    await worker.sweeper.sweep()
    waiting = (await builder.read_job(suspect)).state
    await worker.wait_for_jobs()
    await worker.run_once()

    assert waiting == "queued"
    assert await builder.job_states() == ["done", "done"]


async def test_a_suspect_that_fails_in_order_is_none_any_more(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    (job,) = await builder.add_messages(await world.user())
    await builder.update_row(JobRow, job, crashes=2)
    smtp.reject("451 later")

    await worker.run_once()

    row = await builder.read_job(job)
    assert (row.state, row.attempts, row.crashes) == ("queued", 1, 0)


async def test_a_suspect_of_a_kind_that_pauses_stops_nobody(
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


async def test_for_a_suspect_of_a_kind_that_pauses_nobody_waits(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    under_way, suspect, other = await builder.add_messages(await world.user(), 3)
    await builder.update_row(JobRow, other, run_at=builder.now + timedelta(hours=1))
    await builder.update_row(JobRow, suspect, crashes=1, kind="send_reminder")
    worker.executor.runner.pause("send_reminder", float("inf"))
    smtp.hang(Moment.AFTER_DOT)
    await worker.sweeper.sweep()
    await builder.update_row(JobRow, other, run_at=builder.now - PAST)

    await worker.sweeper.sweep()
    begun = (await builder.read_job(other)).state
    smtp.release()
    await worker.wait_for_jobs()

    assert begun != "queued"
    jobs = [await builder.read_job(one) for one in (under_way, suspect, other)]
    assert [one.state for one in jobs] == ["done", "queued", "done"]


async def test_claimers_that_race_for_turns_share_without_overlap(
    resources: Resources, world: World
) -> None:
    for number in range(4):
        await _add(resources, await world.user(f"P{number}"), 15)

    rounds = await asyncio.gather(*(_order(resources, 7) for _ in range(9)))

    claimed = [one for some in rounds for one in some]
    assert len(claimed) == len(set(claimed)) == 60
