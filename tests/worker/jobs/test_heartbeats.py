"""Leases while the database hangs: kept while they last, given up before another worker takes over."""

import asyncio

import pytest

from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.services.smtp import SmtpServer
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.worker_harness import WorkerHarness, start_hanging_mail
from tests.support.world_builder import World
from worker.jobs import executor


@pytest.fixture
def hanging(worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every heartbeat wait for a database that does not answer."""

    async def hang(work: object) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(executor, "RENEW_SECONDS", 0.05)
    monkeypatch.setattr(worker.executor.registration, "record_heartbeat", hang)


@pytest.mark.usefixtures("hanging")
async def test_a_hanging_heartbeat_does_not_cancel_a_job_whose_lease_is_still_valid(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    job = await start_hanging_mail(world, builder, worker, smtp)

    async with asyncio.timeout(DEADLINE_SECONDS):
        assert not await worker.executor.renew_leases()
    smtp.release()
    await worker.wait_for_jobs()

    row = await builder.read_job(job)
    assert (row.state, row.in_doubt_count) == ("done", 0)


@pytest.mark.usefixtures("hanging")
async def test_a_job_is_cancelled_before_its_unrenewed_lease_expires(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    job = await start_hanging_mail(world, builder, worker, smtp)

    for running in worker.executor.running_jobs:
        running.renewed_at -= executor.GIVE_UP_SECONDS
    assert not await worker.executor.renew_leases()
    await worker.wait_for_jobs()

    assert (await builder.read_job(job)).state == "sending"
    assert smtp.received == []
    assert worker.executor.tasks == []


async def test_a_renewed_lease_counts_from_before_the_request(
    world: World,
    builder: JobBuilder,
    worker: WorkerHarness,
    smtp: SmtpServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await start_hanging_mail(world, builder, worker, smtp)
    now = iter([5_000.0, 5_009.0])
    with monkeypatch.context() as patched:
        patched.setattr(executor, "monotonic", lambda: next(now))
        assert await worker.executor.renew_leases()

    assert [job.renewed_at for job in worker.executor.running_jobs] == [5_000.0]

    smtp.release()
    await worker.wait_for_jobs()
