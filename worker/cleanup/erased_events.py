"""Remove the name of a deleted account from events: its own stream, and frames of others that hold it.

Reads all events once, in batches; there is no index of the users that an event names, and accounts
are deleted rarely. Doing it twice changes nothing.
"""

from typing import Any

import orjson
from sqlalchemy import bindparam, select, tuple_, update

from shared import event_log
from shared.contract.jobs import EraseEvents
from shared.ids import StreamId, UserId, user_stream
from shared.jobs import claims
from shared.jobs.claims import Claim
from shared.resources import Resources
from shared.tables.streams import EventRow, StreamRow
from shared.unit_of_work import UnitOfWork
from worker.jobs.context import JobContext
from worker.jobs.saving import save_with_retries

# Events rewritten in one transaction: some tenths of a second.
BATCH = 500
# What mails and pushes call a user whose account is deleted.
NAMELESS = "Somebody"

_Key = tuple[str, int]


async def erase_events(context: JobContext, claim: Claim, job: EraseEvents) -> None:
    """Trim the account's own stream to its last event, and erase its name from all other events."""
    user_id = UserId(job.user_id)
    await _trim_own_stream(context.resources, user_id)
    after: _Key | None = ("", 0)
    while after is not None:
        after = await _erase_batch(context.resources, user_id, after)

    async def done(work: UnitOfWork) -> None:
        await claims.finish(work, claim, "done")

    await save_with_retries(context.resources, done)


async def _trim_own_stream(resources: Resources, user_id: UserId) -> None:
    stream = user_stream(user_id)
    async with resources.begin() as work:
        if not await work.lock_streams([stream]):
            return
        head = await work.connection.scalar(select(StreamRow.head).where(StreamRow.id == stream))
        # The last event closes the sockets of nodes that have not read it yet. It names nobody but
        # its actor, whose name is erased like in other streams.
        await event_log.trim(work.connection, StreamId(stream), max(0, (head or 0) - 1))


async def _erase_batch(resources: Resources, user_id: UserId, after: _Key) -> _Key | None:
    """Erase the name from at most BATCH events after this key; return the last key, None at the end."""
    key = tuple_(EventRow.stream_id, EventRow.seq)
    async with resources.begin() as work:
        rows = await work.connection.execute(
            select(EventRow.stream_id, EventRow.seq, EventRow.frame)
            .where(key > after, EventRow.frame.contains(user_id))
            .order_by(EventRow.stream_id, EventRow.seq)
            .limit(BATCH)
        )
        found = list(rows)
        for row in found:
            frame = orjson.loads(row.frame)
            _erase(frame, user_id)
            values = {
                "of_stream": row.stream_id,
                "of_seq": row.seq,
                "new_frame": orjson.dumps(frame).decode(),
            }
            await work.connection.execute(_SET_FRAME, values)
    return (found[-1].stream_id, found[-1].seq) if len(found) == BATCH else None


def _erase(value: Any, user_id: UserId) -> None:
    """Erase the name and picture from each object in `value` that is about this user."""
    if isinstance(value, list):
        for item in value:
            _erase(item, user_id)
    elif isinstance(value, dict):
        if value.get("id") == user_id and "name" in value:
            value["name"] = NAMELESS
            if "avatar_url" in value:
                value["avatar_url"] = None
        for item in value.values():
            _erase(item, user_id)


_SET_FRAME = (
    update(EventRow)
    .where(EventRow.stream_id == bindparam("of_stream"), EventRow.seq == bindparam("of_seq"))
    .values(frame=bindparam("new_frame"))
)
