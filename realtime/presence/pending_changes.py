"""Presence changes that wait for a sender: one sender serves this node's sockets, one other nodes."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

import orjson

from realtime.limits import Limits
from shared import metrics
from shared.ids import StreamId, UserId


@dataclass(frozen=True, slots=True)
class EditingIndicator:
    """A user edits a field of a todo. `user` is their UserShape, JSON already."""

    stream: StreamId
    todo: str
    field: str
    user_id: UserId
    user: bytes

    def frame(self) -> bytes:
        said = {"type": "editing", "list": self.stream, "todo": self.todo, "field": self.field}
        return orjson.dumps(said | {"user": orjson.Fragment(self.user)})


class PendingChanges:
    """Keep changed rooms and editing indicators until the sender takes them."""

    def __init__(self, limits: Limits) -> None:
        # Set when there is something to take.
        self.changed = asyncio.Event()
        self._limits = limits
        self._rooms: dict[StreamId, None] = {}
        self._indicators: dict[tuple[StreamId, UserId], EditingIndicator] = {}

    @property
    def has_rooms(self) -> bool:
        return bool(self._rooms)

    def add_rooms(self, streams: Iterable[StreamId]) -> None:
        self._rooms.update(dict.fromkeys(streams))
        if self._rooms:
            self.changed.set()

    def take_rooms(self, most: int | None = None) -> list[StreamId]:
        """Remove and return the rooms that have waited longest."""
        rooms = list(islice(self._rooms, most))
        for stream in rooms:
            del self._rooms[stream]
        return rooms

    def discard_room(self, stream: StreamId) -> None:
        self._rooms.pop(stream, None)

    def add_indicator(self, indicator: EditingIndicator) -> None:
        """Keep the last indicator of a user in a list; drop it if too many wait."""
        key = indicator.stream, indicator.user_id
        if key not in self._indicators and len(self._indicators) >= self._limits.editing_per_batch:
            metrics.editing_dropped.labels(reason="node_full").inc()
            return
        self._indicators[key] = indicator
        self.changed.set()

    def take_indicators(self) -> list[EditingIndicator]:
        indicators, self._indicators = self._indicators, {}
        return list(indicators.values())


class DiscardedChanges(PendingChanges):
    """Replace PendingChanges in a node without a broker, which has no sender: keep nothing."""

    def add_rooms(self, streams: Iterable[StreamId]) -> None:
        pass

    def add_indicator(self, indicator: EditingIndicator) -> None:
        pass
