"""A pool lends each connection to one caller at a time, in the order in which they came."""

import asyncio

import pytest

from shared.database import pool
from shared.database.errors import DatabaseUnavailable
from shared.database.pool import ConnectionPool
from tests.support.deadlines import DEADLINE_SECONDS


class Connection:
    async def is_usable(self) -> bool:
        return True

    async def close(self) -> None:
        pass


async def _open() -> Connection:
    return Connection()


async def test_waiting_callers_get_a_connection_in_the_order_in_which_they_came() -> None:
    connections = ConnectionPool(_open, 1)
    served: list[int] = []

    async def use(number: int) -> None:
        connection = await connections.acquire()
        served.append(number)
        await asyncio.sleep(0)
        await connections.release(connection, reuse=True)

    async with asyncio.timeout(DEADLINE_SECONDS):
        await asyncio.gather(*map(use, range(20)))

    assert served == list(range(20))


async def test_a_caller_that_waits_too_long_is_refused_and_takes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pool, "WAIT_TIMEOUT_SECONDS", 0.01)
    connections = ConnectionPool(_open, 1)
    connection = await connections.acquire()

    with pytest.raises(DatabaseUnavailable, match="in use"):
        await connections.acquire()

    await connections.release(connection, reuse=True)
    async with asyncio.timeout(DEADLINE_SECONDS):
        assert await connections.acquire() is connection


async def test_cancelled_waiters_neither_keep_a_connection_nor_add_one() -> None:
    connections = ConnectionPool(_open, 2)
    lent = [await connections.acquire() for _ in range(2)]
    waiting = [asyncio.create_task(connections.acquire()) for _ in range(6)]
    await asyncio.sleep(0)

    # Three are cancelled before a connection was given to them, one after it.
    for task in waiting[1::2]:
        task.cancel()
    for connection in lent:
        await connections.release(connection, reuse=True)
    waiting[0].cancel()
    got: list[Connection] = []
    async with asyncio.timeout(DEADLINE_SECONDS):
        while pending := [task for task in waiting if not task.done()]:
            await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for task in [task for task in waiting if task.done() and not task.cancelled()]:
                waiting.remove(task)
                got.append(task.result())
                await connections.release(got[-1], reuse=True)

        assert len(got) >= 2
        assert len({id(await connections.acquire()) for _ in range(2)}) == 2
        one_more = asyncio.create_task(connections.acquire())
        await asyncio.wait([one_more], timeout=0.05)
    assert not one_more.done(), "three connections of a pool of two"
    one_more.cancel()
