"""The events of a stream after a position, for REST. Authorizes nothing.

A client that applies the events after the `stream` position of a snapshot has the state of a fresh
snapshot (the sync law).
"""

from dataclasses import dataclass

from shared import event_log
from shared.contract.shapes import Position
from shared.errors import Conflict, NotFound
from shared.event_log import CannotResume
from shared.ids import StreamId
from shared.unit_of_work import ReadTransaction

# Twice the events that a socket buffers for one reader. A client requests more from `stream`.
MAX_EVENTS_PER_CALL = 500


@dataclass(frozen=True)
class EventBatch:
    """Frames exactly as a socket sends them. `stream` is the position of the last, not always the head."""

    frames: tuple[bytes, ...]
    stream: Position

    def encode(self) -> bytes:
        """Return {"items": [frames], "stream": position} as JSON."""
        items = b",".join(self.frames)
        return (
            b'{"items":[' + items + b'],"stream":' + self.stream.model_dump_json().encode() + b"}"
        )


async def events_after(
    read: ReadTransaction, stream: StreamId, epoch: str, since: int
) -> EventBatch:
    """Return at most MAX_EVENTS_PER_CALL events after `since`.

    The caller must have authorized the reading. Raise NotFound; Conflict `reset` when the events
    are no longer stored, or never were.
    """
    missed = await event_log.read_after(read.connection, stream, epoch, since, MAX_EVENTS_PER_CALL)
    if missed is None:
        raise NotFound
    if isinstance(missed, CannotResume):
        raise cannot_resume()
    frames = tuple(frame for _, frame in missed.frames)
    return EventBatch(frames, Position(list_id=stream, epoch=epoch, seq=missed.through))


async def newest_position(read: ReadTransaction, stream: StreamId) -> Position:
    """Return the newest position of the stream. Raise NotFound."""
    head = (await event_log.read_heads(read.connection, [stream])).get(stream)
    if head is None:
        raise NotFound
    return head.position()


def cannot_resume() -> Conflict:
    return Conflict(
        "The events after this position cannot be had. Fetch the snapshot from its beginning.",
        code="reset",
    )
