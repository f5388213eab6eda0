"""A node and a writer in a loop of their own, which only runs when a machine takes a step."""

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import TypeVar

from realtime.limits import Limits
from realtime.node import Realtime, open_realtime
from shared.event_log import RecordedEvent
from shared.resources import Resources, open_resources
from shared.settings import Settings
from tests.support.settings import changed_settings

T = TypeVar("T")


class DeterministicLoop:
    """What the writer's commits ring is kept in `flying`; nothing reaches the node by itself, and the
    node looks at the database by itself only when it has a reason to.
    """

    def __init__(self, runner: asyncio.Runner, given: Settings) -> None:
        self._runner = runner
        self._settings = changed_settings(given, redis_url="")
        self._over = asyncio.Event()
        self.undelivered: list[RecordedEvent] = []
        self.node: Realtime
        self.writer: Resources

    def run(self, doing: Awaitable[T]) -> T:
        async def do() -> T:
            return await doing

        return self._runner.run(do())

    async def hold(self, ready: "asyncio.Future[None]") -> None:
        """Opens both, in a task of their own: a task group must be left by who entered it."""
        rare = 3600.0
        limits = Limits(sweep_seconds=rare, sweep_alone_seconds=rare, page_events=3)
        async with AsyncExitStack() as stack:
            listening = await stack.enter_async_context(open_resources(self._settings))
            self.writer = await stack.enter_async_context(open_resources(self._settings))
            self.node = await stack.enter_async_context(open_realtime(listening, limits))
            self.writer.event_publisher.set_local_subscriber(self.undelivered.extend)
            ready.set_result(None)
            await self._over.wait()

    async def end(self, holding: "asyncio.Task[None]") -> None:
        self._over.set()
        await holding


@contextmanager
def open_deterministic_loop(given: Settings) -> Iterator[DeterministicLoop]:
    """Yields a ground on that database; to be used by one thread that runs no loop."""
    with asyncio.Runner() as runner:
        ground = DeterministicLoop(runner, given)

        async def begin() -> "asyncio.Task[None]":
            ready = asyncio.get_running_loop().create_future()
            holding = asyncio.create_task(ground.hold(ready))
            await asyncio.wait([ready, holding], return_when=asyncio.FIRST_COMPLETED)
            return holding

        holding = ground.run(begin())
        try:
            yield ground
        finally:
            ground.run(ground.end(holding))
