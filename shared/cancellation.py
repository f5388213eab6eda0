"""How tasks that run for ever, or for too long, are brought to their end."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

# Longer than a task needs to clean up after itself, so that few are cancelled twice.
AGAIN_SECONDS = 1.5

Result = TypeVar("Result")

# The loop itself keeps no task alive.
_left_alone: set[asyncio.Task[Any]] = set()


async def within(seconds: float, coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Returns what it comes to. Raises TimeoutError after so long, whatever it does then.

    `asyncio.timeout` waits until what it cancels has cleaned up, and a commit on a line that was cut is
    waited for to its end.
    """
    task = asyncio.create_task(coroutine)
    try:
        await asyncio.wait([task], timeout=seconds)
    finally:
        if not task.done():
            task.cancel()
            _left_alone.add(task)
            task.add_done_callback(_forget)
    if not task.done():
        raise TimeoutError
    return task.result()


def _forget(ended: asyncio.Task[Any]) -> None:
    _left_alone.discard(ended)
    if not ended.cancelled():
        ended.exception()  # nobody waits for it any more


async def end_tasks(running: Sequence[asyncio.Task[None]]) -> None:
    """They have ended, however often it takes to say so.

    redis-py sends with `asyncio.wait_for`, which before Python 3.12 swallows a cancellation that
    arrives in the turn in which its own wait ends: a shutdown then waited for ever.
    """
    while pending := [task for task in running if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=AGAIN_SECONDS)


def end_if_cancelled() -> None:
    """Raises CancelledError when this task was cancelled and a library kept it to itself."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
