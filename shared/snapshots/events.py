"""The events of a stream after a position, for REST.

A client that applies the events after the `stream` position of a snapshot has the state of a fresh
snapshot (the sync law).
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam

from shared import event_log
from shared.access import gate
from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.shapes import Position
from shared.errors import Conflict, NotFound
from shared.event_log import CannotResume
from shared.ids import StreamId, user_stream
from shared.tables.streams import StreamRow
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


_LIST_ID = bindparam("list_id", type_=StreamRow.id.type)
_LIST_EVENTS = gate.select_for_member(event_log.select_after(_LIST_ID).subquery("after"), _LIST_ID)
_OWN_EVENTS = event_log.select_after(bindparam("own_stream"))


async def events_after(
    read: ReadTransaction, actor: Actor, stream: StreamId, epoch: str, since: int
) -> EventBatch:
    """Return at most MAX_EVENTS_PER_CALL events after `since`, in one statement.

    Raise NotFound for a stream that the actor may not read; Conflict `reset` when the events are no
    longer stored, or never were.
    """
    rows = await _read(read, actor, stream, epoch, since, MAX_EVENTS_PER_CALL)
    missed = event_log.page_of_rows(rows, epoch, since)
    if isinstance(missed, CannotResume):
        raise cannot_resume()
    frames = tuple(frame for _, frame in missed.frames)
    return EventBatch(frames, Position(list_id=stream, epoch=epoch, seq=missed.through))


async def newest_position(read: ReadTransaction, actor: Actor, stream: StreamId) -> Position:
    """Return the newest position of the stream, in one statement. Raise NotFound."""
    first = (await _read(read, actor, stream, "", 0, 0))[0]
    return Position(list_id=stream, epoch=first.epoch, seq=first.head)


async def _read(
    read: ReadTransaction, actor: Actor, stream: StreamId, epoch: str, since: int, limit: int
) -> list[Any]:
    values = event_log.values_after(stream, epoch, since, limit)
    if stream == user_stream(actor.user_id):
        rows = (await read.connection.execute(_OWN_EVENTS, values | {"own_stream": stream})).all()
    else:
        values |= gate.reader(actor) | {"list_id": stream}
        rows = (await read.connection.execute(_LIST_EVENTS, values)).all()
        gate.authorize_rows(rows, Action.READ_LIST)
    if not rows or rows[0].id is None:
        raise NotFound
    return rows


def cannot_resume() -> Conflict:
    return Conflict(
        "The events after this position cannot be had. Fetch the snapshot from its beginning.",
        code="reset",
    )
