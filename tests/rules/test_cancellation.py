"""A process ends, even when a library swallows the first request to."""

import asyncio

import pytest

from shared import cancellation


async def test_a_task_that_loses_one_cancellation_ends_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cancellation, "REPEAT_SECONDS", 0.01)
    asked = 0

    async def deaf_at_first() -> None:
        nonlocal asked
        while asked < 2:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                asked += 1

    task = asyncio.create_task(deaf_at_first())
    await asyncio.sleep(0)

    async with asyncio.timeout(5):
        await cancellation.end_tasks([task])

    assert asked == 2
