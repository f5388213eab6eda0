"""The events of a stream after a position, as the doors hand them out. Decides nothing.

A client that holds a snapshot and applies the events after its `stream` holds what a fresh
snapshot would say (the sync law).
"""

from dataclasses import dataclass

from shared import event_log
from shared.contract.shapes import Position
from shared.errors import Conflict, NotFound
from shared.event_log import CannotResume
from shared.ids import StreamId
from shared.unit_of_work import ReadTransaction

# As many as the socket holds back for one reader, twice; a client asks again from `stream`.
EVENTS_A_CALL = 500


@dataclass(frozen=True)
class EventBatch:
    """Frames exactly as the socket sends them; `stream` is how far they go, not always the head."""

    frames: tuple[bytes, ...]
    stream: Position

    def encode(self) -> bytes:
        """Returns {"items": [frames], "stream": position} as JSON."""
        items = b",".join(self.frames)
        return (
            b'{"items":[' + items + b'],"stream":' + self.stream.model_dump_json().encode() + b"}"
        )


async def events_after(
    read: ReadTransaction, stream: StreamId, epoch: str, since: int
) -> EventBatch:
    """Returns what a reader who stands at `since` has missed, at most EVENTS_A_CALL events.

    Whether they may read the stream is asked before. Raises NotFound; Conflict `reset` when the
    events cannot be had any more, or never could.
    """
    missed = await event_log.read_after(read.connection, stream, epoch, since, EVENTS_A_CALL)
    if missed is None:
        raise NotFound
    if isinstance(missed, CannotResume):
        raise cannot_resume()
    frames = tuple(frame for _, frame in missed.frames)
    return EventBatch(frames, Position(list_id=stream, epoch=epoch, seq=missed.through))


async def newest_position(read: ReadTransaction, stream: StreamId) -> Position:
    """Returns where the stream stands. Raises NotFound."""
    head = (await event_log.read_heads(read.connection, [stream])).get(stream)
    if head is None:
        raise NotFound
    return head.position()


def cannot_resume() -> Conflict:
    return Conflict(
        "The events after this position cannot be had. Fetch the snapshot from its beginning.",
        code="reset",
    )
