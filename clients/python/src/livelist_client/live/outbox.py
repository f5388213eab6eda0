"""Sends optimistic writes one after another in the order in which they were made."""

import asyncio
from collections.abc import Callable

from livelist_client.errors import NotSignedIn, OutboxFull, ProblemError, Unreachable
from livelist_client.live.backoff import retry_delay
from livelist_client.live.pending import PendingWrite
from livelist_client.rest.requests import RETRIED_STATUSES, Answer, Requests


class Outbox:
    """The unsent writes, and those that were answered but not confirmed by the streams yet."""

    def __init__(
        self, requests: Requests, limit: int, on_answer: Callable[[PendingWrite], None]
    ) -> None:
        self.pending: list[PendingWrite] = []
        self._requests = requests
        self._limit = limit
        self._on_answer = on_answer
        self._unsent: asyncio.Queue[PendingWrite] = asyncio.Queue(limit)

    def add(self, write: PendingWrite) -> None:
        """Queue the write. Raise OutboxFull if too many wait."""
        if len(self.pending) >= self._limit or self._unsent.full():
            raise OutboxFull(f"{self._limit} writes wait for the server.")
        self.pending.append(write)
        self._unsent.put_nowait(write)

    async def run(self) -> None:
        """Send the writes until cancelled."""
        while True:
            write = await self._unsent.get()
            if not write.result.done():
                await self._send(write)
            self._on_answer(write)

    async def _send(self, write: PendingWrite) -> None:
        failures = 0
        while True:
            try:
                answer = await self._requests.write(*_request(write), key=write.key)
            except (Unreachable, NotSignedIn) as error:
                # Kept: the server comes back, or a new token comes. The live connection ends if not.
                wait = 0.0 if isinstance(error, Unreachable) else 1.0
            except ProblemError as error:
                if error.status not in RETRIED_STATUSES:
                    self._refuse(write, error)
                    return
                wait = error.retry_after or 0.0
            else:
                self._finish(write, answer)
                return
            failures += 1
            await asyncio.sleep(max(wait, retry_delay(failures)))

    def _finish(self, write: PendingWrite, answer: Answer) -> None:
        if write.kind == "add":
            provisional = write.todo_id
            for other in self.pending:
                other.rename(provisional, answer.body["id"])
        write.positions = answer.positions
        _set_result(write, answer.body)

    def _refuse(self, write: PendingWrite, error: ProblemError) -> None:
        """Drop the write; with a creation also all writes that name what it would have created."""
        dropped = [write]
        if write.kind == "add":
            dropped += [other for other in self.pending if other.names(write.todo_id)]
        self.pending[:] = [other for other in self.pending if other not in dropped]
        for other in dropped:
            if not other.result.done():
                other.result.set_exception(error)
                # Read here, so that a program that does not wait for it gets no warning.
                other.result.exception()

    def cancel(self) -> None:
        """Cancel what nobody will answer any more."""
        for write in self.pending:
            write.result.cancel()


def _set_result(write: PendingWrite, body: object) -> None:
    if not write.result.done():
        write.result.set_result(body)


def _request(write: PendingWrite) -> tuple[str, str, dict[str, object] | None]:
    """Return method, path and body of the write."""
    path = f"todos/{write.todo_id}"
    match write.kind:
        case "add":
            return "POST", "todos", {**write.fields, "list_id": write.list_id}
        case "edit":
            return "PATCH", path, write.fields
        case "delete":
            return "DELETE", path, None
    return "POST", f"{path}/{write.kind}", write.fields
