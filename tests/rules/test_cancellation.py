"""Tasks end even when a library swallows a cancellation."""

import asyncio

import pytest

from shared import cancellation
from tests.support.deadlines import DEADLINE_SECONDS


async def test_a_task_that_swallows_one_cancellation_is_cancelled_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cancellation, "REPEAT_SECONDS", 0.01)
    cancellations = 0

    async def swallow_the_first_cancellation() -> None:
        nonlocal cancellations
        while cancellations < 2:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancellations += 1

    task = asyncio.create_task(swallow_the_first_cancellation())
    await asyncio.sleep(0)

    async with asyncio.timeout(DEADLINE_SECONDS):
        await cancellation.end_tasks([task])

    assert cancellations == 2
