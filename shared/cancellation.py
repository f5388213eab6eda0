"""Cancellation of tasks: finishing despite it, time limits that hold, and ends that are certain."""

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any, TypeVar

# Longer than a task needs to clean up after itself, so that few tasks are cancelled twice.
REPEAT_SECONDS = 1.5

Result = TypeVar("Result")

# References to abandoned tasks: the event loop itself keeps no task alive.
_abandoned: set[asyncio.Task[Any]] = set()


async def finish(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Return the result of `coroutine`, which runs to its end even when the caller is cancelled.

    The cancellation is raised after that end.
    """
    return await result_of(asyncio.get_running_loop().create_task(coroutine))


async def result_of(future: asyncio.Future[Result]) -> Result:
    """Return the result of `future`, which is awaited to its end even when the caller is cancelled.

    Repeatedly, as `end_tasks` does, too: after the second cancellation a commit went on over a
    connection that was already given to another transaction.
    """
    # Not asyncio.shield, which does the same with a second callback and a copied result.
    is_done = asyncio.get_running_loop().create_future()
    future.add_done_callback(lambda _: None if is_done.done() else is_done.set_result(None))
    try:
        await is_done
    except asyncio.CancelledError:
        while not future.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([future])
        if not future.cancelled():
            # Retrieved, so that asyncio does not log it.
            future.exception()
        raise
    return future.result()


async def within(seconds: float, coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Return the result of `coroutine`. Raise TimeoutError after `seconds`, without waiting longer.

    `asyncio.timeout` waits until the task it cancels has cleaned up, and a commit over a connection
    that was cut never finishes.
    """
    task = asyncio.create_task(coroutine)
    try:
        await asyncio.wait([task], timeout=seconds)
    finally:
        if not task.done():
            task.cancel()
            _abandoned.add(task)
            task.add_done_callback(_forget)
    if not task.done():
        raise TimeoutError
    return task.result()


def _forget(ended: asyncio.Task[Any]) -> None:
    _abandoned.discard(ended)
    if not ended.cancelled():
        # Retrieved, so that asyncio does not log it: nothing waits for the task any more.
        ended.exception()


async def end_tasks(running: Sequence[asyncio.Task[None]]) -> None:
    """Cancel tasks, again every REPEAT_SECONDS, until each has ended.

    redis-py sends with `asyncio.wait_for`, which before Python 3.12 swallows a cancellation that
    arrives in the same iteration of the loop in which its own wait ends: a shutdown then waited
    for ever.
    """
    while pending := [task for task in running if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=REPEAT_SECONDS)


def end_if_cancelled() -> None:
    """Raise CancelledError when this task was cancelled and a library swallowed the cancellation."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
