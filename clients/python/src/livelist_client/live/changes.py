"""What a program that follows lists is told, and the bounded queue in which it waits."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from livelist_client.shapes import EventFrame, TodoShape


class ChangeKind(StrEnum):
    EVENT = "event"
    # The list was read again as a whole, because events before it are not kept any more.
    SNAPSHOT = "snapshot"
    # The list was deleted, or is not shared with the user any more.
    LOST = "lost"
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"


@dataclass(frozen=True)
class Change:
    """One change of the confirmed state, or of the connection."""

    kind: ChangeKind
    # The id of the list, or `user:<id>`; empty for a change of the connection.
    stream: str = ""
    frame: EventFrame | None = None
    # The todo that the event changes, as it was before.
    before: TodoShape | None = None
    # The name of the list; it may be gone when the program looks.
    list_name: str = ""

    @property
    def event(self) -> str:
        """The name of the event, such as `todo.edited`; empty if this is none."""
        return self.frame["event"] if self.frame is not None else ""

    @property
    def data(self) -> dict[str, Any]:
        return self.frame["data"] if self.frame is not None else {}


class _Reader:
    """One queue: the writer waits for room, the end needs none."""

    def __init__(self, limit: int) -> None:
        self.queue: asyncio.Queue[Change | None] = asyncio.Queue()
        self.room = asyncio.Semaphore(limit)
        self.has_left = False


class ChangeFeed:
    """Gives each change to every reader. A reader whose queue is full makes the writer wait."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._readers: list[_Reader] = []
        self._error: Exception | None = None
        self._has_ended = False

    async def put(self, change: Change) -> None:
        for reader in [*self._readers]:
            await reader.room.acquire()
            if not reader.has_left:
                reader.queue.put_nowait(change)

    def end(self, error: Exception | None) -> None:
        """Let the readers take what waits; then their iteration ends, or raises the error."""
        self._error, self._has_ended = error, True
        for reader in self._readers:
            reader.queue.put_nowait(None)

    def read(self) -> AsyncGenerator[Change, None]:
        """Return an iterator over all changes from now on."""
        reader = _Reader(self._limit)
        if self._has_ended:
            reader.queue.put_nowait(None)
        self._readers.append(reader)
        return self._changes(reader)

    async def _changes(self, reader: _Reader) -> AsyncGenerator[Change, None]:
        try:
            while (change := await reader.queue.get()) is not None:
                reader.room.release()
                yield change
            if self._error is not None:
                raise self._error
        finally:
            reader.has_left = True
            self._readers.remove(reader)
            # The writer may be waiting for room.
            reader.room.release()
