"""How many jobs a worker runs at once, and how many it claims ahead."""

import pytest

from tests.support.services.smtp import SmtpServer
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from worker.jobs import executor


async def test_jobs_beyond_the_concurrency_wait_in_the_table(
    world: World,
    builder: JobBuilder,
    worker: WorkerHarness,
    smtp: SmtpServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(executor, "AHEAD_SECONDS", -1.0)
    await builder.add_messages(await world.user(), 25)

    rounds = 0
    while "queued" in await builder.job_states():
        await worker.run_once()
        rounds += 1

    assert rounds == 3
    assert len(smtp.received) == 25
    assert {mail.subject for mail in smtp.received} == {f"message {n}" for n in range(25)}


async def test_a_worker_claims_ahead_as_many_jobs_as_it_has_just_done(
    world: World,
    builder: JobBuilder,
    worker: WorkerHarness,
    smtp: SmtpServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1000.0
    monkeypatch.setattr(executor, "monotonic", lambda: now)
    capacity = [worker.executor.free_capacity]
    await builder.add_messages(await world.user(), 100)

    for _ in range(4):
        await worker.run_once()
        capacity.append(worker.executor.free_capacity)
    now += executor.AHEAD_SECONDS + 0.01
    capacity.append(worker.executor.free_capacity)

    assert capacity == [10, 20, 40, 50, 50, 10]
    assert len(smtp.received) == 100
    assert smtp.connections <= executor.CONCURRENCY
