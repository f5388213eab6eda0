"""Events per stream: encoding, appending under the lock of the stream, reading after a position.

The lock of a stream is `SELECT … FOR UPDATE` on its row of `streams`, which holds its counter (the
head). A transaction that raises the head has the lock, so positions have no gaps and are in commit
order. (A bigserial column gives neither: readers missed 55 to 59 % of the rows
under concurrent commits.) Nothing in this module commits or publishes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal, NamedTuple

import orjson
from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    SQLColumnExpression,
    bindparam,
    delete,
    func,
    insert,
    select,
    union_all,
    update,
)

from shared.actor import Actor
from shared.clock import as_rfc3339
from shared.contract.events import Event
from shared.contract.shapes import Position
from shared.database.connection import Connection
from shared.database.json_text import octets
from shared.database.statements import defer_inserts
from shared.ids import Epoch, ListId, StreamId, TodoId, new_epoch
from shared.tables.lists import ListRow
from shared.tables.streams import EventRow, StreamRow
from shared.tables.todos import TodoRow

# A page of events is read into memory for one reader, and many read at once after a restart: a frame
# may have 200 kB, so the number of rows alone bounds nothing.
MAX_PAGE_BYTES = 1024 * 1024
# Each stream is a branch of one statement; SQLite allows 500, and the text must compile fast.
MAX_STREAMS_PER_PAGE = 20
_NAME = b'"event":"'


class Head(NamedTuple):
    """The newest position of a stream. The events floor+1 … seq are retained."""

    stream: StreamId
    epoch: Epoch
    seq: int
    floor: int

    def position(self) -> Position:
        return Position(list_id=self.stream, epoch=self.epoch, seq=self.seq)


class RecordedEvent(NamedTuple):
    """An event with its position in a stream. `frame` is what sockets send, byte for byte."""

    stream: StreamId
    epoch: Epoch
    seq: int
    event: str
    at: datetime
    frame: bytes
    context: str | None = None


@dataclass(frozen=True)
class EventPage:
    """Events after a reader's position. `through < head.seq` when the page ended before the head."""

    frames: Sequence[tuple[int, bytes]]
    head: Head

    @property
    def through(self) -> int:
        return self.frames[-1][0] if self.frames else self.head.seq


@dataclass(frozen=True)
class CannotResume:
    """The missed events cannot be read; `head` is the position of a fresh snapshot."""

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
    """Return the event frame of docs/protocol.md as UTF-8 JSON, with its null fields.

    The frame is stored, so every socket and every REST reader gets the same bytes. Other frames are
    encoded by realtime/transports/frame_batch.py, those of presence by realtime/presence/room.py.
    """
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


def encode_context(context: Mapping[str, Any]) -> str | None:
    """Return what is stored beside a frame, of plain values and shapes, as JSON; None for nothing."""
    if not context:
        return None
    return orjson.dumps(context, default=lambda shape: shape.model_dump(mode="json")).decode()


def event_name(frame: bytes) -> str:
    """Return the name of the event in a frame made by `encode`, without parsing the frame."""
    # No text of a user precedes it: type, stream and position are the server's.
    start = frame.index(_NAME) + len(_NAME)
    return frame[start : frame.index(b'"', start)].decode()


# Every write and every resume runs these. They are built once: building a statement and its cache
# key took longer than sending it.
_HEADS = select(StreamRow.id, StreamRow.epoch, StreamRow.head, StreamRow.floor)
_READ_HEADS = _HEADS.where(StreamRow.id.in_(bindparam("ids", expanding=True)))
_LOCK_HEADS = _READ_HEADS.order_by(StreamRow.id).with_for_update()
# In one statement with the look-up of the lists. Each branch goes along a primary key.
_LOCK_HEADS_OF_TODOS = (
    _HEADS.where(
        StreamRow.id.in_(
            union_all(
                select(TodoRow.list_id).where(
                    TodoRow.id.in_(bindparam("todo_ids", expanding=True))
                ),
                select(ListRow.id).where(ListRow.id.in_(bindparam("list_ids", expanding=True))),
            )
        )
    )
    .order_by(StreamRow.id)
    .with_for_update()
)
_LOCK_FREE_HEADS = _READ_HEADS.order_by(StreamRow.id).with_for_update(skip_locked=True)
_RAISE_HEADS = (
    update(StreamRow).where(StreamRow.id == bindparam("the_id")).values(head=bindparam("new_head"))
)


def with_lock(
    statement: Select[*tuple[Any, ...]], stream: SQLColumnExpression[str]
) -> Select[*tuple[Any, ...]]:
    """Return `statement`, whose rows each belong to a stream, so that it also locks these streams.

    It adds the columns of the heads, and `is_current`: False if another transaction wrote to the stream
    while this one waited for the lock. Then the row may be older than the lock and is read again. In
    Postgres the other columns are those of the moment at which the statement began; every write to a list
    raises the head of its stream, so comparing the heads of then and now suffices.
    """
    seen = StreamRow.__table__.alias("seen")
    seen_head = select(seen.c.head).where(seen.c.id == StreamRow.id).scalar_subquery()
    head = StreamRow.id.label("stream"), StreamRow.epoch, StreamRow.head, StreamRow.floor
    with_head = statement.add_columns(*head, (StreamRow.head == seen_head).label("is_current"))
    return with_head.join(StreamRow, StreamRow.id == stream).with_for_update(of=StreamRow)


async def create_stream(connection: Connection, stream: StreamId) -> Head:
    """Create an empty stream and return its head. Other transactions see it after the commit."""
    head = Head(stream, new_epoch(), 0, 0)
    await connection.execute(
        insert(StreamRow).values(id=head.stream, epoch=head.epoch, head=head.seq, floor=head.floor)
    )
    return head


async def lock_heads(
    connection: Connection, streams: Iterable[StreamId], *, skip_locked: bool = False
) -> dict[StreamId, Head]:
    """Lock the streams that exist, in id order, until the transaction ends; return their heads.

    `skip_locked`: leave out streams that another transaction has locked, instead of waiting.
    """
    statement = _LOCK_FREE_HEADS if skip_locked else _LOCK_HEADS
    rows = await connection.execute(statement, {"ids": list(streams)})
    return {StreamId(row.id): _head(row) for row in rows}


async def lock_heads_of_todos(
    connection: Connection, todo_ids: Sequence[TodoId], list_ids: Sequence[ListId]
) -> dict[StreamId, Head]:
    """Lock the streams of the lists that the todos are in, and of `list_ids`, as `lock_heads` does.

    A todo may have moved to another list by the time the lock is granted.
    """
    values = {"todo_ids": list(todo_ids), "list_ids": list(list_ids)}
    rows = await connection.execute(_LOCK_HEADS_OF_TODOS, values)
    return {StreamId(row[0]): _head(row) for row in rows}


async def read_heads(connection: Connection, streams: Iterable[StreamId]) -> dict[StreamId, Head]:
    """Return the heads of the streams that exist, as this transaction sees them."""
    rows = await connection.execute(_READ_HEADS, {"ids": list(streams)})
    return {StreamId(row.id): _head(row) for row in rows}


def append(connection: Connection, events: Sequence[RecordedEvent]) -> None:
    """Insert events and raise the heads of their streams. The caller holds the streams' locks."""
    rows = [
        {
            "stream_id": event.stream,
            "seq": event.seq,
            "event": event.event,
            "at": event.at,
            "frame": event.frame.decode(),
            "context": event.context,
        }
        for event in events
    ]
    heads = {event.stream: event.seq for event in events}
    raised = [{"the_id": stream, "new_head": seq} for stream, seq in heads.items()]
    defer_inserts(connection, EventRow, rows)
    connection.defer(_RAISE_HEADS, raised)


def select_after(stream: ColumnElement[str]) -> Select[*tuple[Any, ...]]:
    """Return a statement for the head of `stream` with at most `limit` events after `since`.

    Its rows are for `page_of_rows`; without events there is one row, in which `frame` is NULL. It
    reads no events of another history than `epoch`.
    """
    head = _HEADS.where(StreamRow.id == stream).subquery("stream")
    page = _page_statement(1).subquery("page")
    events = head.outerjoin(page, head.c.epoch == bindparam("epoch"))
    return select(head, page.c.seq, page.c.frame).select_from(events)


def values_after(stream: StreamId, epoch: str, since: int, limit: int) -> dict[str, str | int]:
    """Return the values of the parameters of `select_after`, without those of its `stream`."""
    return {"stream_0": stream, "since_0": since, "epoch": epoch, "limit": limit}


def page_of_rows(rows: Sequence[Any], epoch: str, since: int) -> EventPage | CannotResume:
    """Return the page that the rows of `select_after`, at least one and in any order, are."""
    first = rows[0]
    head = Head(StreamId(first.id), Epoch(first.epoch), first.head, first.floor)
    if refusal := _refusal(head, epoch, since):
        return refusal
    frames = sorted((row.seq, row.frame.encode()) for row in rows if row.frame is not None)
    return EventPage(frames, head)


async def read_after_several(
    connection: Connection, cursors: Mapping[StreamId, tuple[str, int]], limit: int
) -> dict[StreamId, EventPage | CannotResume | None]:
    """Return the events after several cursors (epoch, since), oldest first, in two statements.

    None stands for a stream that does not exist. `limit` counts the events of all streams together.
    Streams for which the page has no room are left out of the answer: call again for them. The answer
    has at least one stream. The reads of `connection` must all see the same moment
    (Database.read_connection); otherwise the head could be newer than the events.
    """
    answers, to_read = await compare_cursors(connection, cursors)
    positions = {stream: cursors[stream][1] for stream in list(to_read)[:MAX_STREAMS_PER_PAGE]}
    if positions:
        for stream, frames in (await _read_page(connection, positions, limit)).items():
            answers[stream] = EventPage(frames, to_read[stream])
    return answers


async def compare_cursors(
    connection: Connection, cursors: Mapping[StreamId, tuple[str, int]]
) -> tuple[dict[StreamId, EventPage | CannotResume | None], dict[StreamId, Head]]:
    """Return the answers that heads alone give, and the heads of streams whose events must be read."""
    heads = await read_heads(connection, cursors)
    answers: dict[StreamId, EventPage | CannotResume | None] = {}
    to_read: dict[StreamId, Head] = {}
    for stream, (epoch, since) in cursors.items():
        head = heads.get(stream)
        refusal = None if head is None else _refusal(head, epoch, since)
        if head is None:
            answers[stream] = None
        elif refusal or since == head.seq:
            answers[stream] = refusal or EventPage((), head)
        else:
            to_read[stream] = head
    return answers, to_read


def _refusal(head: Head, epoch: str, since: int) -> CannotResume | None:
    if epoch != head.epoch:
        return CannotResume(head, "epoch")
    if since > head.seq:
        return CannotResume(head, "ahead")
    return CannotResume(head, "trimmed") if since < head.floor else None


async def _read_page(
    connection: Connection, cursors: Mapping[StreamId, int], limit: int
) -> dict[StreamId, list[tuple[int, bytes]]]:
    values: dict[str, str | int] = {"limit": limit}
    for number, (stream, since) in enumerate(cursors.items()):
        values |= {f"stream_{number}": stream, f"since_{number}": since}
    frames: dict[StreamId, list[tuple[int, bytes]]] = {}
    for row in await connection.execute(_page_statement(len(cursors)), values):
        frames.setdefault(StreamId(row.stream_id), []).append((row.seq, row.frame.encode()))
    return frames


# Cached: building the statement took a third of the time of a resume.
@cache
def _page_statement(streams: int) -> Select[tuple[str, int, str]]:
    """Return the statement for a page of events of `streams` streams, at most MAX_STREAMS_PER_PAGE."""
    limit = bindparam("limit", type_=Integer)
    # One branch a stream, each along the primary key: with an OR over many streams Postgres scans
    # the whole table in key order instead, because LIMIT makes that look cheap.
    branches = [
        select(
            select(EventRow.stream_id, EventRow.seq, EventRow.frame)
            .where(
                EventRow.stream_id == bindparam(f"stream_{number}"),
                EventRow.seq > bindparam(f"since_{number}"),
            )
            .order_by(EventRow.seq)
            .limit(limit)
            .subquery()
        )
        for number in range(streams)
    ]
    rows = union_all(*branches).subquery()
    order = (rows.c.stream_id, rows.c.seq)
    page = select(rows).order_by(*order).limit(limit).subquery()
    size = octets(page.c.frame)
    through = func.sum(size).over(order_by=[page.c.stream_id, page.c.seq])
    sized = select(page, (through - size).label("before")).subquery()
    return (
        select(sized.c.stream_id, sized.c.seq, sized.c.frame)
        .where(sized.c.before < MAX_PAGE_BYTES)
        .order_by(sized.c.stream_id, sized.c.seq)
    )


async def trim(connection: Connection, stream: StreamId, floor: int) -> None:
    """Delete the events up to and including `floor`, and raise the floor in the same transaction.

    The caller holds the lock of the stream.
    """
    await connection.execute(
        update(StreamRow).where(StreamRow.id == stream, StreamRow.floor < floor).values(floor=floor)
    )
    await connection.execute(
        delete(EventRow).where(EventRow.stream_id == stream, EventRow.seq <= floor)
    )


def _head(row: Row[str, str, int, int]) -> Head:
    return Head(StreamId(row[0]), Epoch(row[1]), row[2], row[3])
