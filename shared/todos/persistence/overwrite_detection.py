"""Find the values that an edit overwrites without its author having seen them."""

from typing import Any

import orjson
from sqlalchemy import select

from shared.contract.shapes import TodoShape
from shared.ids import ListId, list_stream
from shared.tables.streams import EventRow
from shared.unit_of_work import UnitOfWork

# With one of these the todo comes into the list: no client can have seen it there before.
_ARRIVALS = ("todo.created", "todo.moved_in")


async def read_overwritten_values(
    work: UnitOfWork, todo: TodoShape, changed: tuple[str, ...], base_seq: int | None
) -> dict[str, Any] | None:
    """Return the present values of those `changed` fields that also changed after `base_seq`.

    Where the events since `base_seq` are no longer known, every field counts as changed: one
    superfluous message is better than a value that is lost silently. The caller holds the lock
    of the list's stream.
    """
    if base_seq is None or not changed:
        return None
    since = await _read_changed_since(work, todo, base_seq)
    overwritten = [field for field in changed if since is None or field in since]
    if not overwritten:
        return None
    values: dict[str, Any] = todo.model_dump(mode="json", include=set(overwritten))
    return values


async def _read_changed_since(work: UnitOfWork, todo: TodoShape, base_seq: int) -> set[str] | None:
    """Return the fields of the todo that an event after `base_seq` changed; None when unknown."""
    stream = list_stream(ListId(todo.list_id))
    head = work.head(stream)
    if base_seq == head.seq:
        return set()
    if not head.floor <= base_seq < head.seq:
        return None
    rows = await work.connection.execute(
        select(EventRow.event, EventRow.frame)
        .where(
            EventRow.stream_id == stream,
            EventRow.seq > base_seq,
            EventRow.event.in_(["todo.edited", *_ARRIVALS]),
            EventRow.frame.contains(todo.id),
        )
        .order_by(EventRow.seq)
    )
    fields: set[str] = set()
    for name, frame in rows:
        data = orjson.loads(frame)["data"]
        if data["todo"]["id"] != todo.id:
            continue
        if name in _ARRIVALS:
            return None
        fields.update(data["changed"])
    return fields
