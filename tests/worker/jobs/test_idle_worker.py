"""A worker with nothing to do sleeps until the next row falls due, or until a wake-up."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from arq.connections import ArqRedis

from shared.actor import Actor
from shared.contract.jobs import SendAdminMessage
from shared.ids import ReminderId, TodoId, new_id
from shared.jobs.arq_notifier import HORIZON, QUEUE_NAME, WAKE_UP_LIST
from shared.reminders.commands import set_reminder, snooze_reminder
from shared.reminders.rules import ReminderTrigger, Snooze
from shared.resources import Resources
from shared.tables.jobs import JobRow
from shared.tables.notifications import PreferencesRow
from tests.support.services.processes import wait_until
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.table_rows import insert_rows
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from worker.jobs import sweeper, wake_ups
from worker.jobs.wake_ups import listen

SOON = timedelta(seconds=4)


async def test_an_idle_worker_sweeps_a_few_times_a_minute(worker: WorkerHarness) -> None:
    worker.executor.is_listening = True

    pauses = [await worker.sweeper.sweep() for _ in range(10)]

    assert 60 / min(pauses) <= 7.5
    assert max(pauses) <= sweeper.MAX_PAUSE_SECONDS
    # A commit wakes workers for everything that a sleeping worker would see too late.
    assert HORIZON.total_seconds() > sweeper.MAX_PAUSE_SECONDS


async def test_without_wake_ups_a_worker_sweeps_each_second(worker: WorkerHarness) -> None:
    assert 0.5 < await worker.sweeper.sweep() <= 1.0


@pytest.mark.parametrize("what", ["job", "reminder", "digest", "parked job", "lease"])
async def test_an_idle_worker_sleeps_until_the_next_row_falls_due(
    world: World, builder: JobBuilder, worker: WorkerHarness, what: str
) -> None:
    worker.executor.is_listening = True
    ana, due_at = await world.user(), builder.now + SOON
    if what == "reminder":
        todo_id = await builder.add_todo(await builder.make_list(ana))
        await builder.add_reminder(todo_id, ana.user_id, due_at)
    elif what == "digest":
        row = {"user_id": ana.user_id, "mail_nonce": "", "channels": {}, "next_digest_at": due_at}
        await insert_rows(builder.resources, PreferencesRow, row)
    else:
        (job,) = await builder.add_messages(ana)
        values: dict[str, dict[str, Any]] = {
            "job": {"run_at": due_at},
            "parked job": {"state": "parked", "run_at": due_at},
            "lease": {"state": "leased", "lease_until": due_at},
        }
        await builder.update_row(JobRow, job, **values[what])

    pause = await worker.sweeper.sweep()

    assert 0 < pause <= SOON.total_seconds()


async def test_a_sweep_that_failed_is_repeated_after_a_second(
    world: World, builder: JobBuilder, worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker.executor.is_listening = True
    ana = await world.user()
    todo_id = await builder.add_todo(await builder.make_list(ana))
    await builder.add_reminder(todo_id, ana.user_id, builder.now - SOON)

    async def fail() -> int:
        raise ConnectionError

    monkeypatch.setattr(worker.sweeper.reminder_firing, "fire_due", fail)

    assert await worker.sweeper.sweep() == sweeper.OUTAGE_PAUSE_SECONDS


@asynccontextmanager
async def _listening(worker: WorkerHarness) -> AsyncIterator[None]:
    task = asyncio.create_task(listen(worker.executor))
    try:
        await wait_until(lambda: worker.executor.is_listening, what="the worker listens")
        worker.executor.wake_event.clear()
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_an_idle_worker_asks_redis_a_few_things_each_time_it_has_waited(
    worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wake_ups, "BLOCK_SECONDS", 0.1)
    asked: Counter[str] = Counter()
    execute = ArqRedis.execute_command

    async def count_and_execute(self: ArqRedis, *arguments: Any, **options: Any) -> Any:
        asked[str(arguments[0])] += 1
        return await execute(self, *arguments, **options)  # type: ignore[no-untyped-call]

    async with _listening(worker):
        monkeypatch.setattr(ArqRedis, "execute_command", count_and_execute)
        await wait_until(lambda: asked["BLPOP"] >= 5, what="five waits")

    assert asked.total() / asked["BLPOP"] <= 4.5


async def test_a_commit_wakes_a_worker_that_waits_at_redis(
    worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wake_ups, "BLOCK_SECONDS", 60)

    async with _listening(worker):
        async with worker.resources.begin() as work:
            work.add_job(SendAdminMessage(message_id=new_id()))
        await wait_until(worker.executor.wake_event.is_set, what="the worker is woken")


async def _messages(resources: Resources) -> tuple[int, int]:
    """Return how many wake-ups wait in arq's queue, and in the list of wake-ups."""
    assert resources.redis is not None
    in_queue = await resources.redis.zcard(QUEUE_NAME)
    in_list = await resources.redis.llen(WAKE_UP_LIST)  # type: ignore[misc]
    return int(in_queue), int(in_list)


async def _clear(resources: Resources) -> None:
    assert resources.redis is not None
    await resources.redis.delete(QUEUE_NAME, WAKE_UP_LIST)


async def test_a_commit_with_many_jobs_sends_one_wake_up(resources: Resources) -> None:
    await _clear(resources)

    async with resources.begin() as work:
        for _ in range(50):
            work.add_job(SendAdminMessage(message_id=new_id()))

    assert await _messages(resources) == (1, 1)


async def test_a_job_that_is_due_much_later_sends_no_wake_up(resources: Resources) -> None:
    await _clear(resources)

    async with resources.begin() as work:
        later = work.now + 2 * HORIZON
        work.add_job(SendAdminMessage(message_id=new_id()), run_at=later)

    assert await _messages(resources) == (0, 0)


async def test_a_reminder_that_is_set_for_soon_sends_a_wake_up(
    world: World, builder: JobBuilder, resources: Resources
) -> None:
    ana = await world.user()
    todo_id = await builder.add_todo(await builder.make_list(ana))

    async def set_for(after: timedelta) -> tuple[ReminderId, tuple[int, int]]:
        await _clear(resources)
        trigger = ReminderTrigger(at=builder.now + after)
        reminder = await world.run(set_reminder, ana, todo_id, trigger)
        return ReminderId(reminder.id), await _messages(resources)

    _, soon = await set_for(SOON)
    reminder_id, later = await set_for(timedelta(hours=1))
    after_snooze = await _snooze(world, ana, todo_id, reminder_id)

    assert (soon, later, after_snooze) == ((1, 1), (0, 0), (1, 1))


async def _snooze(
    world: World, ana: Actor, todo_id: TodoId, reminder_id: ReminderId
) -> tuple[int, int]:
    """Let the reminder fire in a few seconds; return the wake-ups."""
    await _clear(world.resources)
    snooze = Snooze(until=world.resources.clock.now() + SOON)
    await world.run(snooze_reminder, ana, todo_id, reminder_id, snooze)
    return await _messages(world.resources)
