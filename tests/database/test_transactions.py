"""Transactions begin with their first statement, end in any case, and join what was deferred."""

import asyncio
import sqlite3
from contextlib import AsyncExitStack, closing, suppress
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import delete, func, insert, make_url, select, update

from shared.database.errors import DatabaseUnavailable, UniqueViolation
from shared.database.postgres import PostgresConnection
from shared.resources import Resources
from shared.tables.streams import EventRow, StreamRow
from tests.database.test_statements import NOW

STREAM = {"id": "s", "epoch": "e", "head": 0, "floor": 0}
EVENT = {"stream_id": "s", "seq": 1, "event": "e", "at": NOW, "frame": "{}"}
_RAISE = update(StreamRow).values(head=StreamRow.head + 1)
_COUNT = select(func.count()).select_from(StreamRow)


@pytest_asyncio.fixture(autouse=True)
async def schema_was_checked(resources: Resources) -> None:
    """Let the first use of the database, which reads the schema's revision, be over."""
    async with resources.single_read() as read:
        await read.connection.scalar(_COUNT)


def _record(resources: Resources) -> list[str]:
    sent: list[str] = []
    resources.database.observer = lambda sql, values: sent.append(" ".join(sql.split()[:2]))
    return sent


async def test_a_transaction_without_a_statement_costs_nothing(resources: Resources) -> None:
    sent = _record(resources)
    async with resources.begin():
        pass
    async with resources.begin_read():
        pass

    assert sent == []


async def test_a_single_read_is_one_round_trip_and_allows_no_second_one(
    resources: Resources,
) -> None:
    sent = _record(resources)
    async with resources.single_read() as read:
        assert await read.connection.scalar(_COUNT) == 0
        with pytest.raises(RuntimeError, match="second statement"):
            await read.connection.scalar(_COUNT)

    assert sent == ["SELECT count(*)"]


async def test_a_single_read_cannot_write(resources: Resources) -> None:
    with pytest.raises(RuntimeError, match="only a unit of work commits"):
        async with resources.single_read() as read:
            await read.connection.execute(insert(StreamRow), STREAM)

    async with resources.single_read() as read:
        assert await read.connection.scalar(_COUNT) == 0


async def test_deferred_writes_take_one_round_trip_and_are_seen_by_the_next_statement(
    resources: Resources,
) -> None:
    async with resources.begin() as work:
        await work.connection.execute(insert(StreamRow), STREAM)
    sent = _record(resources)

    async with resources.begin() as work:
        work.connection.defer(insert(EventRow), EVENT)
        work.connection.defer(_RAISE)
        head = await work.connection.scalar(select(StreamRow.head))
        work.connection.defer(_RAISE)
        # To the same table: it must see the one before.
        work.connection.defer(_RAISE)

    assert head == 1
    async with resources.begin_read() as read:
        assert await read.connection.scalar(select(StreamRow.head)) == 3
        assert await read.connection.scalar(select(EventRow.seq)) == 1
    if resources.database.is_sqlite:
        assert sent[:4] == [
            "BEGIN IMMEDIATE",
            "INSERT INTO",
            "UPDATE streams",
            "SELECT streams.head",
        ]
    else:
        assert sent[:3] == ["BEGIN", "WITH write_0", "SELECT streams.head"]


async def test_deferred_writes_keep_their_order_where_they_cannot_be_joined(
    resources: Resources,
) -> None:
    async with resources.begin() as work:
        work.connection.defer(insert(StreamRow), [STREAM, STREAM | {"id": "t"}])
        work.connection.defer(_RAISE)
        work.connection.defer(delete(StreamRow).where(StreamRow.id == "t"))
        work.connection.defer(insert(StreamRow), STREAM | {"id": "u"})

    async with resources.begin_read() as read:
        rows = await read.connection.execute(select(StreamRow.id, StreamRow.head))
        assert sorted(tuple(row) for row in rows) == [("s", 1), ("u", 0)]


async def test_a_failed_commit_undoes_everything_and_frees_the_connection(
    resources: Resources,
) -> None:
    async with resources.begin() as work:
        await work.connection.execute(insert(StreamRow), STREAM)

    for _ in range(resources.settings.database.pool_size + 1):
        with pytest.raises(UniqueViolation):
            async with resources.begin() as work:
                await work.connection.execute(_RAISE)
                work.connection.defer(insert(StreamRow), STREAM)

    async with resources.begin_read() as read:
        assert await read.connection.scalar(select(StreamRow.head)) == 0


@pytest.mark.parametrize("statements", [1, 3])
async def test_a_cancelled_transaction_is_undone_and_blocks_nobody(
    resources: Resources, statements: int
) -> None:
    async def write(reached: asyncio.Event) -> None:
        async with resources.begin() as work:
            for number in range(statements):
                await work.connection.execute(insert(StreamRow), STREAM | {"id": f"s{number}"})
            reached.set()
            for _ in range(1000):
                await work.connection.execute(_RAISE)

    for _ in range(20):
        reached = asyncio.Event()
        task = asyncio.create_task(write(reached))
        await reached.wait()
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    async with resources.begin() as work:
        assert await work.connection.scalar(_COUNT) == 0
        await work.connection.execute(insert(StreamRow), STREAM)


async def test_all_reads_of_a_transaction_see_the_same_moment(resources: Resources) -> None:
    async with resources.begin_read() as read:
        before: Any = await read.connection.scalar(_COUNT)
        async with resources.begin() as work:
            await work.connection.execute(insert(StreamRow), STREAM)
        after = await read.connection.scalar(_COUNT)

    assert (before, after) == (0, 0)


async def test_a_read_cannot_write(resources: Resources) -> None:
    async with resources.begin_read() as read:
        for values in (STREAM, [STREAM, STREAM]):
            with pytest.raises(RuntimeError, match="only a unit of work commits"):
                await read.connection.execute(insert(StreamRow), values)
        with pytest.raises(RuntimeError, match="only a unit of work commits"):
            read.connection.defer(insert(StreamRow), STREAM)


async def _open_transactions(resources: Resources) -> list[bool]:
    """Return, for every connection of the pool, whether a transaction is open on it."""
    found = []
    async with AsyncExitStack() as stack:
        for _ in range(resources.settings.database.pool_size):
            connection = await stack.enter_async_context(
                resources.database.single_read_connection()
            )
            await connection.scalar(select(1))
            if isinstance(connection, PostgresConnection):
                found.append(connection.driver.is_in_transaction())
    return found


@pytest.mark.parametrize("cancels", [1, 2])
@pytest.mark.parametrize("kind", ["read", "write", "commit"])
async def test_a_transaction_that_is_cancelled_as_it_begins_is_not_left_open(
    resources: Resources, kind: str, cancels: int
) -> None:
    async def read() -> None:
        async with resources.begin_read() as read:
            await read.connection.scalar(_COUNT)

    async def write() -> None:
        async with resources.begin() as work:
            await work.connection.execute(insert(StreamRow), STREAM)
            await asyncio.sleep(60)

    async def commit() -> None:
        async with resources.begin() as work:
            work.connection.defer(insert(StreamRow), STREAM)

    work = {"read": read, "write": write, "commit": commit}[kind]
    for steps in range(12):
        task = asyncio.create_task(work())
        for _ in range(steps):
            await asyncio.sleep(0)
        for _ in range(cancels):
            task.cancel()
            await asyncio.sleep(0)
        with suppress(asyncio.CancelledError, UniqueViolation):
            await task

    assert not any(await _open_transactions(resources))
    async with resources.begin() as work_after:
        await work_after.connection.execute(delete(StreamRow))
        await work_after.connection.execute(insert(StreamRow), STREAM)
    async with resources.single_read() as single:
        assert await single.connection.scalar(_COUNT) == 1


# About the write lock of a file.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_statement_of_sqlite_ends_before_its_connection_is_given_away(
    resources: Resources,
) -> None:
    path = make_url(resources.settings.database.url).database or ""
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")

        async def write() -> None:
            async with resources.begin() as work:
                await work.connection.execute(insert(StreamRow), STREAM)

        task = asyncio.create_task(write())
        await asyncio.sleep(0.1)
        for _ in range(3):
            task.cancel()
            await asyncio.sleep(0.05)
        assert not task.done()
        other.execute("COMMIT")
        with pytest.raises(asyncio.CancelledError):
            await task

    async with resources.begin() as work:
        assert await work.connection.scalar(_COUNT) == 0
        await work.connection.execute(insert(StreamRow), STREAM)


async def test_a_closed_database_is_unavailable(resources: Resources) -> None:
    await resources.database.close()

    with pytest.raises(DatabaseUnavailable):
        async with resources.begin_read() as read:
            await read.connection.scalar(_COUNT)
