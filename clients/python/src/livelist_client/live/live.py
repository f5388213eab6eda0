"""Following lists: the state as it is now, changes as they come, and writes that show at once."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Collection
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self, Unpack

from livelist_client.limits import Limits
from livelist_client.live.changes import Change
from livelist_client.live.follower import Follower
from livelist_client.live.outbox import Outbox
from livelist_client.live.pending import PendingWrite, replay
from livelist_client.live.state import State
from livelist_client.rest.requests import Requests, new_key
from livelist_client.shapes import EditBody, MoveBody, TodoShape


class Live:
    """The lists of `client.follow(…)`: use it as an async context manager.

    Entering fetches the snapshots, so `state` is complete from then on. Iterating yields every change from
    the moment in which the iteration begins, each once and in the order of its list.
    """

    def __init__(
        self,
        requests: Requests,
        lists: Collection[str] | None,
        limits: Limits,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._follower = Follower(requests, lists, limits, tls, self._on_state)
        self._outbox = Outbox(requests, limits.pending_writes, self._on_answer)
        self._applied_keys: set[str] = set()
        self._shown: State | None = None
        self._settled = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._follower.load_all()
        self._task = asyncio.create_task(self._run(), name="livelist live")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._task is not None
        self._task.cancel()
        # Not `await self._task`: that could not tell its end from a cancellation of the program.
        await asyncio.wait({self._task})
        if not self._task.cancelled():
            # It was raised where the program iterates or waits.
            self._task.exception()

    async def _run(self) -> None:
        error: Exception | None = None
        sending = asyncio.create_task(self._outbox.run(), name="livelist outbox")
        try:
            await self._follower.run()
        except Exception as failure:
            error = failure
            raise
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            self._outbox.cancel()
            self._follower.current.clear()
            self._follower.feed.end(error)

    # Reading

    @property
    def state(self) -> State:
        """The state that the server confirmed. Do not change it."""
        return self._follower.state

    @property
    def shown(self) -> State:
        """The confirmed state with the pending writes over it. Do not change it."""
        if not self._outbox.pending:
            return self.state
        if self._shown is None:
            self._shown = replay(self.state, self._outbox.pending)
        return self._shown

    @property
    def pending(self) -> list[PendingWrite]:
        """The writes that are not confirmed yet, oldest first."""
        return [*self._outbox.pending]

    @property
    def is_current(self) -> bool:
        """True while the connection stands and everything missed was received."""
        return self._follower.current.is_set()

    def __aiter__(self) -> AsyncGenerator[Change, None]:
        return self._follower.feed.read()

    async def wait_current(self) -> None:
        """Wait until the connection stands. Raise the error with which the connection ended."""
        await self._wait(self._follower.current)

    async def wait_settled(self) -> None:
        """Wait until the server has confirmed all pending writes, or refused them."""
        while self._outbox.pending:
            self._settled.clear()
            await self._wait(self._settled)

    async def _wait(self, event: asyncio.Event) -> None:
        assert self._task is not None, "use `async with`"
        waiting = asyncio.create_task(event.wait())
        try:
            await asyncio.wait({waiting, self._task}, return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done():
                await self._task
        finally:
            waiting.cancel()

    # Writing

    def add_todo(self, list_id: str, title: str, **fields: Any) -> PendingWrite:
        """Add a todo. `todo_id` of the write is provisional until the server has answered."""
        provisional = f"new-{new_key()}"
        return self._write("add", provisional, {"title": title, **fields}, list_id)

    def edit_todo(self, todo_id: str, **changes: Unpack[EditBody]) -> PendingWrite:
        return self._write("edit", todo_id, dict(changes))

    def complete_todo(self, todo_id: str) -> PendingWrite:
        return self._write("complete", todo_id, {"occurrence": self._occurrence(todo_id)})

    def reopen_todo(self, todo_id: str) -> PendingWrite:
        return self._write("reopen", todo_id, {})

    def delete_todo(self, todo_id: str) -> PendingWrite:
        return self._write("delete", todo_id, {})

    def move_todo(self, todo_id: str, **target: Unpack[MoveBody]) -> PendingWrite:
        return self._write("move", todo_id, dict(target))

    def _occurrence(self, todo_id: str) -> int | None:
        todo: TodoShape | None = self.shown.find_todo(todo_id)
        return todo["repeat"]["occurrence"] if todo and todo["repeat"] else None

    def _write(
        self, kind: str, todo_id: str, fields: dict[str, Any], list_id: str = ""
    ) -> PendingWrite:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        write = PendingWrite(kind, todo_id, list_id, fields, now)
        self._outbox.add(write)
        self._shown = None
        return write

    # Confirming

    def _on_state(self, mutation: str) -> None:
        """Drop what the confirmed state contains now; `mutation` is the key of an applied event."""
        if mutation and any(write.key == mutation for write in self._outbox.pending):
            self._applied_keys.add(mutation)
        self._settle()

    def _on_answer(self, write: PendingWrite) -> None:
        self._settle()

    def _settle(self) -> None:
        pending = self._outbox.pending
        cursors = self._follower.cursors
        pending[:] = [it for it in pending if not it.is_settled(cursors, self._applied_keys)]
        self._applied_keys &= {write.key for write in pending}
        self._shown = None
        if not pending:
            self._settled.set()
