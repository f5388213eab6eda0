"""A row that cannot be processed, or that is locked, delays no other row."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from shared.actor import Actor
from shared.contract.jobs import SendReminder
from shared.ids import user_stream
from shared.notifications.commands import notify
from shared.notifications.rules import NewNotification
from shared.resources import Resources
from shared.tables.jobs import JobRow
from shared.tables.notifications import PreferencesRow
from shared.tables.reminders import ReminderRow
from shared.unit_of_work import UnitOfWork
from tests.support.metrics import MetricIncrease
from tests.support.services.smtp import SmtpServer
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.table_rows import insert_rows
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from worker.jobs import recovery
from worker.jobs.context import Handler
from worker.jobs.due_rows import read_due_rows
from worker.jobs.handlers import HANDLERS
from worker.reminders import firing
from worker.reminders.firing import ReminderFiring


class Defect(Exception):
    """An unexpected error."""


async def _due_reminder(builder: JobBuilder, user: Actor) -> str:
    todo_id = await builder.add_todo(await builder.make_list(user))
    return await builder.add_reminder(todo_id, user.user_id, builder.now - timedelta(seconds=1))


async def _states(resources: Resources) -> list[str]:
    async with resources.begin_read() as read:
        return sorted(await read.connection.scalars(select(ReminderRow.state)))


def _break_notifying(monkeypatch: pytest.MonkeyPatch, user: Actor) -> None:
    """Make firing fail for every reminder of the user."""

    async def fail_or_notify(
        work: UnitOfWork,
        actor: Actor | None,
        notifications: Sequence[NewNotification],
        **options: Any,
    ) -> None:
        if any(notification.user_id == user.user_id for notification in notifications):
            raise Defect
        await notify(work, actor, notifications, **options)

    monkeypatch.setattr(firing, "notify", fail_or_notify)


async def test_a_reminder_that_cannot_be_fired_delays_no_other_reminder_and_no_mail(
    world: World,
    builder: JobBuilder,
    worker: WorkerHarness,
    smtp: SmtpServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    await _due_reminder(builder, ana)
    for _ in range(6):
        await _due_reminder(builder, ben)
    await builder.add_messages(ben)
    deferred = MetricIncrease("livelist_reminders_deferred_total")
    _break_notifying(monkeypatch, ana)

    for _ in range(3):
        await worker.run_once()

    assert await _states(worker.resources) == ["scheduled", *["sent"] * 6]
    assert len(smtp.received) == 7
    assert deferred.value == 1


async def test_a_deferred_reminder_is_tried_again_after_a_while(
    world: World, builder: JobBuilder, resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await world.user("Ana")
    await _due_reminder(builder, ana)
    now = 1000.0
    monkeypatch.setattr(firing, "monotonic", lambda: now)
    reminder_firing = ReminderFiring(resources)

    with monkeypatch.context() as broken:
        _break_notifying(broken, ana)
        fired = [await reminder_firing.fire_due()]
    fired.append(await reminder_firing.fire_due())
    async with resources.begin_read() as read:
        due = await read_due_rows(read, except_reminders=reminder_firing.deferred)
    now += firing.DEFER_SECONDS
    fired.append(await reminder_firing.fire_due())

    assert fired == [0, 0, 1]
    assert due.next_reminder_at is None


async def test_when_no_reminder_can_be_fired_only_a_few_are_deferred_and_the_step_fails(
    world: World, builder: JobBuilder, resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await world.user("Ana")
    for _ in range(2 * firing.MAX_DEFERRED_PER_BATCH):
        await _due_reminder(builder, ana)
    deferred = MetricIncrease("livelist_reminders_deferred_total")
    _break_notifying(monkeypatch, ana)

    with pytest.raises(Defect):
        await ReminderFiring(resources).fire_due()

    assert deferred.value == firing.MAX_DEFERRED_PER_BATCH
    assert set(await _states(resources)) == {"scheduled"}


# A write transaction of SQLite locks all streams.
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_reminders_of_a_user_whose_stream_is_locked_fire_later_and_others_now(
    world: World, builder: JobBuilder, resources: Resources, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    reminder_of_ana = await _due_reminder(builder, ana)
    await _due_reminder(builder, ben)
    await builder.add_messages(ben)

    # Shorter than the time limit for locks.
    async with asyncio.timeout(4), resources.begin() as work:
        await work.lock_streams([user_stream(ana.user_id)])
        await worker.run_once()
        await worker.run_once()
        mails_to_ben = len(smtp.received)
        state_of_ana = (await builder.read_row(ReminderRow, reminder_of_ana)).state
    await worker.run_once()
    await worker.run_once()

    assert (mails_to_ben, state_of_ana) == (2, "scheduled")
    assert (await builder.read_row(ReminderRow, reminder_of_ana)).state == "sent"


@pytest.mark.parametrize("step", ["digests", "chores", "reminders", "recover"])
async def test_mail_is_sent_whichever_step_of_a_sweep_fails(
    world: World,
    builder: JobBuilder,
    worker: WorkerHarness,
    smtp: SmtpServer,
    step: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ana = await world.user("Ana")
    abandoned, _ = await builder.add_messages(ana, 2)
    await _due_reminder(builder, ana)
    past = builder.now - timedelta(seconds=1)
    await builder.update_row(JobRow, abandoned, state="leased", fence=1, lease_until=past)
    due_digest = {"user_id": ana.user_id, "mail_nonce": "", "channels": {}, "next_digest_at": past}
    await insert_rows(worker.resources, PreferencesRow, due_digest)

    async def fail(*_: Any) -> bool:
        raise Defect

    functions = {
        "digests": (worker.sweeper.scheduler, "add_digest_jobs"),
        "chores": (worker.sweeper.scheduler, "add_cleanup_jobs"),
        "reminders": (worker.sweeper.reminder_firing, "fire_due"),
        "recover": (recovery, "recover"),
    }
    monkeypatch.setattr(*functions[step], fail)
    failures = MetricIncrease("livelist_sweep_failures_total", step=step)

    for _ in range(4):
        await worker.run_once()

    assert len(smtp.received) == (3 if step in ("digests", "chores") else 2)
    assert failures.value > 0


async def test_an_unexpected_error_does_not_stop_the_sweeper(
    world: World,
    builder: JobBuilder,
    worker: WorkerHarness,
    smtp: SmtpServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await builder.add_messages(await world.user())
    sweep, failed = worker.sweeper.sweep, asyncio.Event()

    async def fail_once() -> float:
        if not failed.is_set():
            failed.set()
            raise Defect
        return await sweep()

    monkeypatch.setattr(worker.sweeper, "sweep", fail_once)
    running = asyncio.create_task(worker.sweeper.run())
    await failed.wait()
    worker.executor.wake()
    await smtp.wait_for(1)
    worker.executor.stop_claiming()
    await running
    await worker.wait_for_jobs()

    assert len(smtp.received) == 1


async def test_a_job_that_kills_workers_is_marked_dead_even_if_its_outcome_cannot_be_recorded(
    world: World, builder: JobBuilder, worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    reminder = await _due_reminder(builder, await world.user())
    job = await builder.add_job(SendReminder(reminder_id=reminder, occurrence=1))
    past = builder.now - timedelta(seconds=1)
    await builder.update_row(JobRow, job, state="leased", fence=1, crashes=2, lease_until=past)

    async def fail(*_: Any) -> None:
        raise Defect

    broken = Handler(HANDLERS[SendReminder.kind].run, fail)
    monkeypatch.setattr(worker.executor.runner, "handlers", {SendReminder.kind: broken})
    await worker.run_once()

    row = await builder.read_job(job)
    assert (row.state, row.crashes) == ("dead", 3)
