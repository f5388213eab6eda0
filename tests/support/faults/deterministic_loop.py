"""A node and a writer in an event loop of their own, which runs only while a test steps it.

No published event reaches the node by itself: `undelivered` keeps it. The node reads the database by
itself only for a reason, because the head check runs once an hour.
"""

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import TypeVar

from realtime.limits import Limits
from realtime.node import RealtimeNode
from realtime.startup import open_realtime
from shared.event_log import RecordedEvent
from shared.resources import Resources, open_resources
from shared.settings import Settings
from tests.support.settings import changed_settings

T = TypeVar("T")


class DeterministicLoop:
    """`undelivered` holds the events that the writer published and the node has not received."""

    def __init__(self, runner: asyncio.Runner, given: Settings) -> None:
        self._runner = runner
        self._settings = changed_settings(given, redis_url="")
        self._is_over = asyncio.Event()
        self.undelivered: list[RecordedEvent] = []
        self.node: RealtimeNode
        self.writer: Resources

    def run(self, awaitable: Awaitable[T]) -> T:
        """Run the loop until the awaitable is done and return its result."""

        async def run() -> T:
            return await awaitable

        return self._runner.run(run())

    async def keep_open(self, is_ready: "asyncio.Future[None]") -> None:
        """Open node and writer until stop(); a task group must be left by the task that entered it."""
        rare = 3600.0
        limits = Limits(
            head_check_seconds=rare, head_check_seconds_without_pubsub=rare, page_events=3
        )
        async with AsyncExitStack() as stack:
            of_node = await stack.enter_async_context(open_resources(self._settings))
            self.writer = await stack.enter_async_context(open_resources(self._settings))
            self.node = await stack.enter_async_context(open_realtime(of_node, limits))
            self.writer.event_publisher.set_local_subscriber(self.undelivered.extend)
            is_ready.set_result(None)
            await self._is_over.wait()

    async def stop(self, open_task: "asyncio.Task[None]") -> None:
        self._is_over.set()
        await open_task


@contextmanager
def open_deterministic_loop(given: Settings) -> Iterator[DeterministicLoop]:
    """Yield a loop on that database, for a thread that runs no other loop."""
    with asyncio.Runner() as runner:
        loop = DeterministicLoop(runner, given)

        async def begin() -> "asyncio.Task[None]":
            is_ready = asyncio.get_running_loop().create_future()
            open_task = asyncio.create_task(loop.keep_open(is_ready))
            await asyncio.wait([is_ready, open_task], return_when=asyncio.FIRST_COMPLETED)
            return open_task

        open_task = loop.run(begin())
        try:
            yield loop
        finally:
            loop.run(loop.stop(open_task))
