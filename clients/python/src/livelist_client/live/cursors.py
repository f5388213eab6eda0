"""The positions of a client in its streams, and which event it applies next. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from livelist_client.shapes import EventFrame


class Step(StrEnum):
    """Where an event stands relative to the cursor of its stream."""

    NEXT = "next"
    SEEN = "seen"
    GAP = "gap"
    # The client does not follow the stream, or does not any more.
    UNKNOWN = "unknown"


@dataclass
class Cursor:
    """The last applied position of a stream."""

    epoch: str
    seq: int


class Cursors(dict[str, Cursor]):
    """The cursors of one client, by stream."""

    def set(self, stream: str, epoch: str, seq: int) -> None:
        self[stream] = Cursor(epoch, seq)

    def advance(self, frame: EventFrame) -> Step:
        """Move the cursor to the event if it is the next one. Return where the event stands."""
        cursor = self.get(frame["list"])
        if cursor is None:
            return Step.UNKNOWN
        if frame["seq"] <= cursor.seq:
            return Step.SEEN
        if frame["seq"] > cursor.seq + 1:
            return Step.GAP
        cursor.seq = frame["seq"]
        return Step.NEXT

    def subscriptions(self, streams: Iterable[str] | None = None) -> list[dict[str, str | int]]:
        """Return the `lists` of a subscribe frame for these streams, or for all."""
        wanted = self if streams is None else streams
        return [
            {"list": stream, "epoch": cursor.epoch, "since": cursor.seq}
            for stream in wanted
            if (cursor := self.get(stream)) is not None
        ]

    def behind(self, heads: Mapping[str, int]) -> list[str]:
        """Return the streams in which the server has sent more than the client has applied."""
        return [
            stream for stream, seq in heads.items() if stream in self and self[stream].seq < seq
        ]

    def has_reached(self, stream: str, epoch: str, seq: int) -> bool:
        """Return True if the position is applied, or cannot be waited for.

        That is so for a stream that is not followed or that began a new epoch.
        """
        cursor = self.get(stream)
        return cursor is None or cursor.epoch != epoch or cursor.seq >= seq
