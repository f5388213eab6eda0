"""Remove deleted accounts and guests from events: their own streams, their names in frames of others, and
the texts of their comments that events keep for undo. Their ids, too, where calendar objects keep who ended
an occurrence in advance.

Reads all events once for all users of the job, a page after the other along the primary key; there is no
index of the users that an event names. The position is saved with the job, so that a worker that dies or
stops costs some pages. Doing it twice changes nothing.
"""

import re
from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    Row,
    Select,
    bindparam,
    case,
    func,
    literal_column,
    select,
    tuple_,
    update,
)

from shared import event_log, failpoints
from shared.contract.jobs import EraseEvents, EraseFromEvents
from shared.database.column_types import Key
from shared.database.json_text import octets
from shared.ids import StreamId, UserId, list_stream, user_stream
from shared.jobs import claims
from shared.jobs.claims import Claim
from shared.resources import Resources
from shared.tables.streams import EventRow, StreamRow
from shared.todos.persistence import early_endings
from shared.unit_of_work import UnitOfWork
from worker.jobs.context import JobContext
from worker.jobs.saving import save_with_retries

# What one statement reads: some tens of milliseconds, far from the time a statement may take.
PAGE_EVENTS = 2_000
PAGE_BYTES = 1024 * 1024
# The position is a write, and most pages have nothing to write.
PAGES_PER_POSITION = 20
# What mails and pushes call a user whose account is deleted.
NAMELESS = "Somebody"

_Key = tuple[str, int]
# Each object about a user has the first member; see _erase. The second is of the context of a comment.
_ID = re.compile(r'"(?:author_)?id":\s*"([^"]+)"')


async def erase_from_events(context: JobContext, claim: Claim, job: EraseFromEvents) -> None:
    """Trim the users' own streams to their last events, and erase their names from all other events."""
    resources, user_ids = context.resources, frozenset(map(UserId, job.user_ids))
    for user_id in user_ids:
        await _trim_own_stream(resources, user_id)
    await _erase_from_early_endings(resources, user_ids)
    after, pages = job.after, 0
    while page := await _read_page(resources, after):
        after, pages = (page[-1].stream_id, page[-1].seq), pages + 1
        naming = [row for row in page if not user_ids.isdisjoint(_ids_of(row))]
        if naming or pages % PAGES_PER_POSITION == 0:
            async with resources.begin() as work:
                for row in naming:
                    await _erase_from_event(work, row.stream_id, row.seq, user_ids)
                # Raises LeaseLost if another worker runs the job meanwhile.
                position = job.model_copy(update={"after": after}).model_dump(mode="json")
                await claims.write_claimed(work, claim, payload=position)
            await failpoints.reach("events_erased")

    async def done(work: UnitOfWork) -> None:
        await claims.finish(work, claim, "done")

    await save_with_retries(resources, done)


async def erase_events(context: JobContext, claim: Claim, job: EraseEvents) -> None:
    """Do the same for a job of the release before, which is about one account."""
    await erase_from_events(context, claim, EraseFromEvents(user_ids=(job.user_id,)))


async def _trim_own_stream(resources: Resources, user_id: UserId) -> None:
    stream = user_stream(user_id)
    async with resources.begin() as work:
        if not await work.lock_streams([stream]):
            return
        head = await work.connection.scalar(select(StreamRow.head).where(StreamRow.id == stream))
        # The last event closes the sockets of nodes that have not read it yet. It names nobody but
        # its actor, whose name is erased like in other streams.
        await event_log.trim(work.connection, StreamId(stream), max(0, (head or 0) - 1))


async def _erase_from_early_endings(resources: Resources, user_ids: frozenset[UserId]) -> None:
    async with resources.single_read() as read:
        found = await early_endings.read_ended_by(read, user_ids)
    for list_id, todo_id in found:
        async with resources.begin() as work:
            # So that no app writes the object meanwhile, with the authors that it had before.
            if await work.lock_streams([list_stream(list_id)]):
                await early_endings.erase_authors(work, todo_id, user_ids)


async def _read_page(resources: Resources, after: _Key) -> Sequence[Row[str, int, str, str | None]]:
    """Return the events after this key, of at most PAGE_BYTES and one event; none at the end.

    Only those of comments have their context.
    """
    values = {"after_stream": after[0], "after_seq": after[1]}
    async with resources.single_read() as read:
        return list(await read.connection.execute(_PAGE, values))


def _ids_of(row: Row[str, int, str, str | None]) -> list[str]:
    return _ID.findall(row.frame) + _ID.findall(row.context or "")


async def _erase_from_event(
    work: UnitOfWork, stream_id: str, seq: int, user_ids: frozenset[UserId]
) -> None:
    """Erase the names, and the text of a comment, from one event, if it is still there."""
    key = {"of_stream": stream_id, "of_seq": seq}
    # Read under a lock: another job may erase the names of others from the same event.
    row = (await work.connection.execute(_CONTENT, key)).one_or_none()
    if row is None:
        return
    content = orjson.loads(row.frame)
    _erase(content, user_ids)
    context = row.context
    if row.event.startswith("comment.") and _author_of(content, context) in user_ids:
        context = None
    values = key | {"new_frame": orjson.dumps(content).decode(), "new_context": context}
    await work.connection.execute(_SET_CONTENT, values)


def _author_of(content: dict[str, Any], context: str | None) -> str | None:
    """Return the id of the author of the comment that an event is about; None if it is not known."""
    author = (content["data"].get("comment") or {}).get("author")
    if author is not None:
        return str(author["id"])
    found: str | None = orjson.loads(context).get("author_id") if context else None
    return found


def _erase(value: Any, user_ids: frozenset[UserId]) -> None:
    """Erase the name and picture from each object in `value` that is about one of these users."""
    if isinstance(value, list):
        for item in value:
            _erase(item, user_ids)
    elif isinstance(value, dict):
        if value.get("id") in user_ids and "name" in value:
            value["name"] = NAMELESS
            if "avatar_url" in value:
                value["avatar_url"] = None
        for item in value.values():
            _erase(item, user_ids)


def _page_statement() -> Select[str, int, str, str | None]:
    key = (EventRow.stream_id, EventRow.seq)
    after = tuple_(bindparam("after_stream", type_=Key), bindparam("after_seq", type_=BigInteger))
    of_comment = case((EventRow.event.startswith("comment."), EventRow.context))
    page = (
        select(*key, EventRow.frame, of_comment.label("context"))
        .where(tuple_(*key) > after)
        .order_by(*key)
        .limit(literal_column(str(PAGE_EVENTS)))
        .subquery()
    )
    size = octets(page.c.frame) + func.coalesce(octets(page.c.context), 0)
    through = func.sum(size).over(order_by=[page.c.stream_id, page.c.seq])
    sized = select(page, (through - size).label("before")).subquery()
    return (
        select(sized.c.stream_id, sized.c.seq, sized.c.frame, sized.c.context)
        .where(sized.c.before < PAGE_BYTES)
        .order_by(sized.c.stream_id, sized.c.seq)
    )


_PAGE = _page_statement()
_OF_EVENT = (EventRow.stream_id == bindparam("of_stream"), EventRow.seq == bindparam("of_seq"))
_CONTENT = (
    select(EventRow.event, EventRow.frame, EventRow.context).where(*_OF_EVENT).with_for_update()
)
_SET_CONTENT = (
    update(EventRow)
    .where(*_OF_EVENT)
    .values(frame=bindparam("new_frame"), context=bindparam("new_context"))
)
