"""How tasks that run for ever are brought to their end."""

import asyncio
from collections.abc import Sequence

# Longer than a task needs to clean up after itself, so that few are cancelled twice.
AGAIN_SECONDS = 1.5


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
