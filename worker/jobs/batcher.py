"""Run one function for what many tasks ask for at about the same time.

    task ─submit─┐
    task ─submit─┼→ the function, once for all of them ─→ each task gets its own result
    task ─submit─┘  (meanwhile the next batch collects)

A transaction for ten jobs costs little more than a transaction for one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from contextvars import Context
from typing import Generic, TypeVar

# Items of one batch. A transaction of more would hold its locks for tens of milliseconds.
MAX_ITEMS = 50
# How long a batch waits for tasks that will submit soon: about as long as one transaction.
LINGER_SECONDS = 0.01

Item = TypeVar("Item")
Result = TypeVar("Result")


class BatchFailed(Exception):
    """The function failed for the batch, perhaps because of another task's item."""


class Batcher(Generic[Item, Result]):
    """Collect items, and call `function` with them, for one batch at a time.

    `function` returns a result for each item, in order. `is_more_expected` returns True while other
    tasks will submit soon; a batch then waits for them, at most LINGER_SECONDS.
    """

    def __init__(
        self,
        function: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]],
        *,
        is_more_expected: Callable[[], bool] = lambda: False,
    ) -> None:
        self._function = function
        self._is_more_expected = is_more_expected
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._task: asyncio.Task[None] | None = None
        self._joined = asyncio.Event()

    async def submit(self, item: Item) -> Result:
        """Return the result for this item. Raise BatchFailed if the function raised.

        If the calling task is cancelled after its batch began, the function still handles the item.
        """
        result: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, result))
        self._joined.set()
        if self._task is None:
            # In an empty context: the log lines of a batch belong to no single request.
            self._task = asyncio.create_task(self._run(), name="batch", context=Context())
        return await result

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._linger()
                batch, self._waiting = self._waiting[:MAX_ITEMS], self._waiting[MAX_ITEMS:]
                await self._run_batch([entry for entry in batch if not entry[1].done()])
        finally:
            self._task = None

    async def _linger(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER_SECONDS):
                while self._is_more_expected() and len(self._waiting) < MAX_ITEMS:
                    self._joined.clear()
                    await self._joined.wait()

    async def _run_batch(self, batch: Sequence[tuple[Item, asyncio.Future[Result]]]) -> None:
        if not batch:
            return
        try:
            results = await self._function([item for item, _ in batch])
        except BaseException as error:
            for _, future in batch:
                if not future.done():
                    future.set_exception(BatchFailed(type(error).__name__))
            if not isinstance(error, Exception):
                raise
            return
        for (_, future), result in zip(batch, results, strict=True):
            if not future.done():
                future.set_result(result)
