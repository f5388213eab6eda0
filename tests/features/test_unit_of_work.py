"""Transactions: positions without gaps, jobs added once, cancellation that blocks no other writer."""

import asyncio

import pytest
from sqlalchemy import func, select, text

from shared import event_log
from shared.clock import monotonic
from shared.contract.events import TodoPurged
from shared.contract.jobs import CleanUp
from shared.database.errors import DatabaseError
from shared.event_log import EventPage
from shared.ids import StreamId, user_stream
from shared.resources import Resources
from shared.tables.jobs import JobRow
from tests.support.world_builder import World


async def test_concurrent_writers_get_positions_without_gaps(
    resources: Resources, world: World
) -> None:
    ana = await world.user()
    stream = user_stream(ana.user_id)

    async def write(number: int) -> None:
        async with resources.begin() as work:
            await work.lock_streams([stream])
            work.record(stream, TodoPurged(todo_id=str(number)), ana)

    await asyncio.gather(*(write(number) for number in range(20)))

    page = await _read_events(resources, stream)
    assert [seq for seq, _ in page.frames] == list(range(1, 21))


async def test_a_job_with_a_known_dedupe_key_is_not_added_again(resources: Resources) -> None:
    for _ in range(2):
        async with resources.begin() as work:
            work.add_job(CleanUp(chore="tokens"), dedupe_key="tokens:today")

    async with resources.begin_read() as read:
        count = await read.connection.scalar(select(func.count()).select_from(JobRow))
    assert count == 1


async def test_one_transaction_adds_any_number_of_jobs(resources: Resources) -> None:
    # More parameters than asyncpg or SQLite accepts in one statement.
    async with resources.begin() as work:
        for number in range(2_500):
            work.add_job(CleanUp(chore="tokens"), dedupe_key=f"tokens:{number // 2}")

    async with resources.begin_read() as read:
        count = await read.connection.scalar(select(func.count()).select_from(JobRow))
    assert count == 1_250


async def test_a_failing_block_records_neither_event_nor_job(
    resources: Resources, world: World
) -> None:
    ana = await world.user()
    stream = user_stream(ana.user_id)

    with pytest.raises(ZeroDivisionError):
        async with resources.begin() as work:
            await work.lock_streams([stream])
            work.record(stream, TodoPurged(todo_id="1"), ana)
            work.add_job(CleanUp(chore="tokens"))
            raise ZeroDivisionError

    assert (await _read_events(resources, stream)).frames == ()
    async with resources.begin_read() as read:
        assert await read.connection.scalar(select(func.count()).select_from(JobRow)) == 0


async def test_streams_locked_out_of_order_are_refused(resources: Resources, world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    first, second = sorted([user_stream(ana.user_id), user_stream(ben.user_id)])

    async with resources.begin() as work:
        await work.lock_streams([second])
        with pytest.raises(RuntimeError, match="out of order"):
            await work.lock_streams([first])


async def test_a_transaction_cancelled_in_a_statement_does_not_block_the_database(
    resources: Resources, world: World
) -> None:
    ana = await world.user()
    stream = user_stream(ana.user_id)

    async def many_statements() -> None:
        async with resources.begin() as work:
            await work.lock_streams([stream])
            for _ in range(1000):
                await work.connection.execute(text("SELECT count(*) FROM streams"))

    longest_seconds = 0.0
    for attempt in range(20):
        task = asyncio.create_task(many_statements())
        await asyncio.wait([task], timeout=0.002 + attempt * 0.0007)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        before = monotonic()
        async with resources.begin() as work:
            await work.lock_streams([stream])
            work.record(stream, TodoPurged(todo_id="1"), ana)
        longest_seconds = max(longest_seconds, monotonic() - before)

    # Abandoned statements kept the write lock for 5 s (the busy timeout) and more.
    assert longest_seconds < 4


async def _read_events(resources: Resources, stream: StreamId) -> EventPage:
    async with resources.begin_read() as read:
        head = (await event_log.read_heads(read.connection, [stream]))[stream]
        cursors = {stream: (head.epoch, 0)}
        page = (await event_log.read_after_several(read.connection, cursors, 100))[stream]
    assert isinstance(page, EventPage)
    return page


async def test_a_database_error_does_not_quote_parameters(
    resources: Resources,
) -> None:
    with pytest.raises(DatabaseError) as caught:
        async with resources.begin() as work:
            await work.connection.execute(
                text("INSERT INTO no_such_table VALUES (:value)"), {"value": "canary"}
            )

    assert "canary" not in str(caught.value)
