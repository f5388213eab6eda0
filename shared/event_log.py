"""Events per stream: encoding, appending under the head's lock, reading after a position.

A stream's counter is locked by the transaction that raises it, so positions are gap-free and in
commit order. (A bigserial column is neither: 55 to 59 % of rows were missed by readers under
concurrent commits.) Never commits, never publishes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import orjson
from sqlalchemy import Row, Select, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.actor import Actor
from shared.clock import as_rfc3339
from shared.contract.events import Event
from shared.contract.shapes import Position
from shared.ids import Epoch, StreamId, new_epoch
from shared.tables.streams import EventRow, StreamRow


@dataclass(frozen=True)
class Head:
    """The newest position of a stream. Events floor+1 … seq are retained."""

    stream: StreamId
    epoch: Epoch
    seq: int
    floor: int

    def position(self) -> Position:
        return Position(list_id=self.stream, epoch=self.epoch, seq=self.seq)


@dataclass(frozen=True)
class Recorded:
    """An event that has its place in a stream. `frame` is what sockets send, byte for byte."""

    stream: StreamId
    epoch: Epoch
    seq: int
    event: str
    at: datetime
    frame: bytes


@dataclass(frozen=True)
class Missed:
    """What a reader at `since` has not seen. `through < head.seq` when `limit` cut it short."""

    frames: Sequence[tuple[int, bytes]]
    head: Head

    @property
    def through(self) -> int:
        return self.frames[-1][0] if self.frames else self.head.seq


@dataclass(frozen=True)
class CannotResume:
    """The missed events are not to be had; `head` is where a fresh snapshot would stand."""

    head: Head
    reason: Literal["trimmed", "epoch", "ahead"]


def encode(
    stream: StreamId,
    seq: int,
    event: Event,
    at: datetime,
    actor: Actor | None,
    mutation: str | None,
) -> bytes:
    """Returns the event frame of docs/protocol.md as UTF-8 JSON."""
    prefix = orjson.dumps(
        {
            "type": "event",
            "list": stream,
            "seq": seq,
            "event": event.name,
            "at": as_rfc3339(at),
            "actor": None if actor is None else {"id": actor.user_id, "name": actor.name},
            "mutation": mutation,
        }
    )
    return prefix[:-1] + b',"data":' + event.model_dump_json().encode() + b"}"


async def create_stream(connection: AsyncConnection, stream: StreamId) -> Head:
    """Returns the head of a new, empty stream. The caller's transaction is the only one to see it."""
    head = Head(stream, new_epoch(), 0, 0)
    await connection.execute(
        insert(StreamRow).values(id=head.stream, epoch=head.epoch, head=head.seq, floor=head.floor)
    )
    return head


async def lock_heads(
    connection: AsyncConnection, streams: Iterable[StreamId]
) -> dict[StreamId, Head]:
    """Returns the heads of those that exist, locked until the transaction ends, in id order."""
    rows = await connection.execute(_heads(streams).order_by(StreamRow.id).with_for_update())
    return {StreamId(row.id): _head(row) for row in rows}


async def read_heads(
    connection: AsyncConnection, streams: Iterable[StreamId]
) -> dict[StreamId, Head]:
    """Returns the heads of those that exist, as this transaction sees them."""
    rows = await connection.execute(_heads(streams))
    return {StreamId(row.id): _head(row) for row in rows}


async def append(connection: AsyncConnection, events: Sequence[Recorded]) -> None:
    """Writes events, and raises their streams' heads. The caller holds the heads' locks."""
    await connection.execute(
        insert(EventRow),
        [
            {
                "stream_id": one.stream,
                "seq": one.seq,
                "event": one.event,
                "at": one.at,
                "frame": one.frame.decode(),
            }
            for one in events
        ],
    )
    for stream, seq in {one.stream: one.seq for one in events}.items():
        await connection.execute(update(StreamRow).where(StreamRow.id == stream).values(head=seq))


async def read_after(
    connection: AsyncConnection, stream: StreamId, epoch: str, since: int, limit: int
) -> Missed | CannotResume | None:
    """Returns the events after `since`, oldest first, at most `limit`; None: no such stream.

    `connection` must see one moment (Database.read), or the head could be newer than the events.
    """
    head = (await read_heads(connection, [stream])).get(stream)
    if head is None:
        return None
    if epoch != head.epoch:
        return CannotResume(head, "epoch")
    if since > head.seq:
        return CannotResume(head, "ahead")
    if since < head.floor:
        return CannotResume(head, "trimmed")
    if since == head.seq:
        return Missed((), head)
    rows = await connection.execute(
        select(EventRow.seq, EventRow.frame)
        .where(EventRow.stream_id == stream, EventRow.seq > since)
        .order_by(EventRow.seq)
        .limit(limit)
    )
    return Missed([(row.seq, row.frame.encode()) for row in rows], head)


async def trim(connection: AsyncConnection, stream: StreamId, floor: int) -> None:
    """Forgets events up to and including `floor`, and raises the floor in the same transaction.

    The caller holds the head's lock.
    """
    await connection.execute(
        update(StreamRow).where(StreamRow.id == stream, StreamRow.floor < floor).values(floor=floor)
    )
    await connection.execute(
        delete(EventRow).where(EventRow.stream_id == stream, EventRow.seq <= floor)
    )


def _heads(streams: Iterable[StreamId]) -> Select[str, str, int, int]:
    columns = select(StreamRow.id, StreamRow.epoch, StreamRow.head, StreamRow.floor)
    return columns.where(StreamRow.id.in_(list(streams)))


def _head(row: Row[str, str, int, int]) -> Head:
    return Head(StreamId(row[0]), Epoch(row[1]), row[2], row[3])
