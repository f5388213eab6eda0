"""Claims: which jobs a worker gets, and when it may no longer write."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from shared.jobs import abandoned_claims, claims
from shared.jobs.claims import LeaseLost
from shared.resources import Resources
from shared.tables.jobs import JobRow
from shared.unit_of_work import UnitOfWork
from tests.support.worker.job_builder import JobBuilder
from tests.support.world_builder import World


async def _claim_all(resources: Resources, limit: int = 100) -> list[claims.Claim]:
    async with resources.begin() as work:
        return await claims.claim_due(work, limit)


async def test_concurrent_claims_share_the_jobs_without_overlap(
    resources: Resources, world: World, builder: JobBuilder
) -> None:
    jobs = await builder.add_messages(await world.user(), 60)

    batches = await asyncio.gather(*(_claim_all(resources, 7) for _ in range(12)))

    claimed = [claim.id for batch in batches for claim in batch]
    assert len(claimed) == len(set(claimed))
    assert set(claimed) | {claim.id for claim in await _claim_all(resources)} == set(jobs)


async def test_a_job_that_is_not_due_is_not_claimed(
    resources: Resources, world: World, builder: JobBuilder
) -> None:
    (job,) = await builder.add_messages(await world.user())
    await builder.update_row(JobRow, job, run_at=builder.now + timedelta(seconds=30))

    assert await _claim_all(resources) == []


async def test_more_urgent_jobs_are_claimed_first(
    resources: Resources, world: World, builder: JobBuilder
) -> None:
    bulk, reminder, security = await builder.add_messages(await world.user(), 3)
    await builder.update_row(JobRow, bulk, priority=9, fair_run_at=builder.now - timedelta(hours=3))
    await builder.update_row(
        JobRow, reminder, priority=5, fair_run_at=builder.now - timedelta(hours=2)
    )
    await builder.update_row(
        JobRow, security, priority=0, fair_run_at=builder.now - timedelta(hours=1)
    )

    assert [(await _claim_all(resources, 1))[0].id for _ in range(3)] == [security, reminder, bulk]


async def test_jobs_of_a_paused_kind_are_not_claimed(
    resources: Resources, world: World, builder: JobBuilder
) -> None:
    await builder.add_messages(await world.user())

    async with resources.begin() as work:
        assert await claims.claim_due(work, 10, except_kinds=["send_admin_message"]) == []


async def test_a_worker_whose_job_was_taken_over_cannot_write_to_it(
    resources: Resources, world: World, builder: JobBuilder
) -> None:
    (job,) = await builder.add_messages(await world.user())
    (slow,) = await _claim_all(resources)
    await builder.update_row(JobRow, job, lease_until=builder.now - timedelta(seconds=1))
    async with resources.begin_read() as read:
        (abandoned,) = await abandoned_claims.find_abandoned(read.connection)
    async with resources.begin() as work:
        await abandoned_claims.requeue(work, abandoned)
    async with resources.begin() as work:
        (quick,) = await claims.claim_due(work, 1, quarantined=True)

    writes: list[Callable[[UnitOfWork], Awaitable[object]]] = [
        lambda work: claims.finish(work, slow, "done"),
        lambda work: claims.retry(work, slow, 1, "why"),
        lambda work: claims.release(work, slow, "why"),
        lambda work: claims.park(work, slow, "why"),
    ]
    for write in writes:
        with pytest.raises(LeaseLost):
            async with resources.begin() as work:
                await write(work)
    async with resources.begin() as work:
        assert await claims.renew_leases(work, [slow]) == set()
        assert await claims.mark_sending(work, [slow]) == set()
        assert await claims.finish_done(work, [slow]) == set()
        assert await claims.renew_leases(work, [slow, quick]) == {job}

    row = await builder.read_job(job)
    assert (row.state, row.fence, row.crashes, row.attempts) == ("leased", quick.fence, 1, 0)


async def test_a_renewed_lease_is_not_taken_over(
    resources: Resources, world: World, builder: JobBuilder
) -> None:
    (job,) = await builder.add_messages(await world.user())
    (claim,) = await _claim_all(resources)
    await builder.update_row(JobRow, job, lease_until=builder.now - timedelta(seconds=1))
    async with resources.begin_read() as read:
        (abandoned,) = await abandoned_claims.find_abandoned(read.connection)
    async with resources.begin() as work:
        await claims.renew_leases(work, [claim])

    with pytest.raises(LeaseLost):
        async with resources.begin() as work:
            await abandoned_claims.requeue(work, abandoned)

    assert (await builder.read_job(job)).state == "leased"


async def test_a_claim_is_valid_for_the_duration_of_a_lease(
    resources: Resources, world: World, builder: JobBuilder
) -> None:
    (job,) = await builder.add_messages(await world.user())
    await _claim_all(resources)

    left = (await builder.read_job(job)).lease_until - builder.now

    assert timedelta(seconds=25) < left <= timedelta(seconds=claims.LEASE_SECONDS + 1)
