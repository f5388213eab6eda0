"""One row that cannot be handled, or that somebody holds, keeps no other waiting."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from shared import metrics
from shared.actor import Actor
from shared.contract.jobs import SendReminder
from shared.ids import user_stream
from shared.notifications.commands import notify
from shared.notifications.rules import NewNotification
from shared.resources import Resources
from shared.tables.jobs import JobRow
from shared.tables.reminders import ReminderRow
from shared.unit_of_work import UnitOfWork
from tests.support.services.smtp import SmtpServer
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from worker.jobs.context import Handler
from worker.jobs.handlers import HANDLERS
from worker.reminders import firing
from worker.reminders.firing import ReminderFiring


class Defect(Exception):
    """Something that nobody thought of."""


async def _due_reminder(builder: JobBuilder, person: Actor) -> str:
    todo_id = await builder.add_todo(await builder.make_list(person))
    return await builder.add_reminder(todo_id, person.user_id, builder.now - timedelta(seconds=1))


async def _states(resources: Resources) -> list[str]:
    async with resources.begin_read() as read:
        return sorted(await read.connection.scalars(select(ReminderRow.state)))


def _breaks_for(monkeypatch: pytest.MonkeyPatch, *persons: Actor) -> None:
    """Reminders of these persons cannot be fired."""
    broken = {person.user_id for person in persons}

    async def told(
        work: UnitOfWork, actor: Actor | None, notices: Sequence[NewNotification]
    ) -> None:
        if any(one.user_id in broken for one in notices):
            raise Defect
        await notify(work, actor, notices)

    monkeypatch.setattr(firing, "notify", told)


async def test_a_reminder_that_cannot_be_fired_keeps_no_other_reminder_and_no_mail_waiting(
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
    before = metrics.reminders_deferred._value.get()
    _breaks_for(monkeypatch, ana)

    for _ in range(3):
        await worker.run_once()

    assert await _states(worker.resources) == ["scheduled", *["sent"] * 6]
    assert len(smtp.received) == 7
    assert metrics.reminders_deferred._value.get() == before + 1


async def test_one_that_was_set_aside_is_tried_again_after_a_while(
    world: World, builder: JobBuilder, resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await world.user("Ana")
    await _due_reminder(builder, ana)
    now = 1000.0
    monkeypatch.setattr(firing, "monotonic", lambda: now)
    due = ReminderFiring(resources)

    with monkeypatch.context() as broken:
        _breaks_for(broken, ana)
        fired = [await due.fire_due()]
    fired.append(await due.fire_due())
    async with resources.begin_read() as read:
        waits = await due.next_due_in(read)
    now += firing.DEFER_SECONDS
    fired.append(await due.fire_due())

    assert fired == [0, 0, 1]
    assert waits is None


async def test_when_none_can_be_fired_it_is_not_they_that_are_set_aside(
    world: World, builder: JobBuilder, resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await world.user("Ana")
    for _ in range(2 * firing.MAX_DEFERRED_PER_BATCH):
        await _due_reminder(builder, ana)
    before = metrics.reminders_deferred._value.get()
    _breaks_for(monkeypatch, ana)

    with pytest.raises(Defect):
        await ReminderFiring(resources).fire_due()

    assert metrics.reminders_deferred._value.get() == before + firing.MAX_DEFERRED_PER_BATCH
    assert set(await _states(resources)) == {"scheduled"}


async def test_a_person_somebody_holds_is_reminded_later_and_others_now(
    world: World, builder: JobBuilder, resources: Resources, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    if worker.settings.database.is_sqlite:
        pytest.skip("who writes holds everybody there")
    ana, ben = await world.user("Ana"), await world.user("Ben")
    mine = await _due_reminder(builder, ana)
    await _due_reminder(builder, ben)
    await builder.add_messages(ben)

    # Shorter than a lock is waited for.
    async with asyncio.timeout(4), resources.begin() as work:
        await work.lock_streams([user_stream(ana.user_id)])
        await worker.run_once()
        await worker.run_once()
        to_ben, held = len(smtp.received), (await builder.read_row(ReminderRow, mine)).state
    await worker.run_once()
    await worker.run_once()

    assert (to_ben, held) == (2, "scheduled")
    assert (await builder.read_row(ReminderRow, mine)).state == "sent"


@pytest.mark.parametrize("step", ["digests", "chores", "reminders", "recover"])
async def test_whatever_a_sweep_fails_at_mail_goes_out(
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

    async def fail(*_: Any) -> bool:
        raise Defect

    places = {
        "digests": (worker.sweeper.scheduler, "add_digest_jobs"),
        "chores": (worker.sweeper.scheduler, "add_cleanup_jobs"),
        "reminders": (worker.sweeper.reminder_firing, "fire_due"),
        "recover": (worker.sweeper, "recover"),
    }
    monkeypatch.setattr(*places[step], fail)
    failures = metrics.sweep_failures.labels(step)
    before = failures._value.get()

    for _ in range(4):
        await worker.run_once()

    assert len(smtp.received) == (3 if step in ("digests", "chores") else 2)
    assert failures._value.get() > before


async def test_a_sweeper_outlives_what_nobody_thought_of(
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


async def test_poison_whose_end_cannot_be_noted_is_buried_all_the_same(
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
