"""Which objects of a list changed after a position of its stream (RFC 6578).

The events after the position name the todos. Reminders are the user's own, so their events are in the
user's stream. A position whose events cannot all be read is refused, and the app compares all tags.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import orjson
from sqlalchemy import select

from shared import event_log
from shared.actor import Actor
from shared.caldav.collections import SyncPosition
from shared.caldav.objects import ENDING
from shared.errors import Conflict
from shared.event_log import EventPage
from shared.ids import Epoch, ListId, StreamId, list_stream, user_stream
from shared.tables.interop.calendar_objects import CalendarObjectRow
from shared.tables.todos import TodoRow
from shared.todos.persistence.calendar_names import is_renamed
from shared.unit_of_work import ReadTransaction

# Events read in one statement: a page of them is bounded in bytes as well.
EVENTS_PER_PAGE = 500
# Of a day in a busy list. An app that was away for longer compares all tags instead, which is cheaper.
MAX_PAGES = 10

_ARRIVED = frozenset({"todo.created", "todo.moved_in"})
_GONE = frozenset({"todo.deleted", "todo.moved_out"})
_CHANGED = frozenset({"todo.edited", "todo.restored"})
# After these any todo of the list may look different.
_OF_LABELS = frozenset({"label.edited", "label.deleted"})


class TokenRefused(Conflict):
    """The events after the position cannot be read (RFC 6578, 3.2: valid-sync-token)."""

    def __init__(self) -> None:
        super().__init__("What changed since then is not known any more: begin without a token.")


@dataclass
class Changes:
    """What the events after a position say: ids of todos."""

    changed: dict[str, None] = field(default_factory=dict)
    gone: dict[str, None] = field(default_factory=dict)
    arrived: set[str] = field(default_factory=set)
    is_relabelled: bool = False


@dataclass(frozen=True)
class SyncAnswer:
    """The todos that changed and are in the list, and the names of the objects that are gone."""

    changed: list[str]
    gone: list[str]


async def read_changes(
    read: ReadTransaction, actor: Actor, list_id: ListId, since: SyncPosition, now: SyncPosition
) -> SyncAnswer:
    """Return what changed after `since`, as of `now`, which `read` sees. Raise TokenRefused."""
    if (since.epoch, since.user_epoch) != (now.epoch, now.user_epoch):
        raise TokenRefused
    stream, own = list_stream(list_id), user_stream(actor.user_id)
    changes = Changes()
    async for frame in _frames(read, stream, since.epoch, since.seq, now.seq):
        _add_event(changes, frame)
    reminded = set()
    async for frame in _frames(read, own, since.user_epoch, since.user_seq, now.user_seq):
        if b'"event":"reminder.' in frame:
            reminded |= _reminded_todos(frame, list_id)
        if b'"event":"reminder.removed"' in frame:
            # The event does not name the todo: compare all.
            changes.is_relabelled = True
    for todo_id in reminded:
        changes.changed.setdefault(todo_id)
    return await _answer(read, list_id, changes)


async def _frames(
    read: ReadTransaction, stream: StreamId, epoch: Epoch, since: int, to: int
) -> AsyncIterator[bytes]:
    """Yield the events of a stream from `since` to its head. Raise TokenRefused if there are many."""
    for _ in range(MAX_PAGES):
        if since == to:
            return
        cursors = {stream: (str(epoch), since)}
        page = (await event_log.read_after_several(read.connection, cursors, EVENTS_PER_PAGE))[
            stream
        ]
        if not isinstance(page, EventPage):
            raise TokenRefused
        for _seq, frame in page.frames:
            yield frame
        since = page.through
        if since >= page.head.seq:
            return
    raise TokenRefused


def _add_event(changes: Changes, frame: bytes) -> None:
    name = event_log.event_name(frame)
    if name in _OF_LABELS:
        changes.is_relabelled = True
    if not name.startswith("todo."):
        return
    data = orjson.loads(frame)["data"]
    todo_id = data["todo"]["id"] if "todo" in data else data["todo_id"]
    if name in _ARRIVED:
        changes.arrived.add(todo_id)
    if name in _ARRIVED or name in _CHANGED:
        changes.changed.setdefault(todo_id)
    elif name in _GONE:
        changes.gone.setdefault(todo_id)


def _reminded_todos(frame: bytes, list_id: ListId) -> set[str]:
    reminder = orjson.loads(frame)["data"].get("reminder")
    return {reminder["todo_id"]} if reminder and reminder["list_id"] == list_id else set()


async def _answer(read: ReadTransaction, list_id: ListId, changes: Changes) -> SyncAnswer:
    named = list(dict.fromkeys([*changes.changed, *changes.gone]))
    stored = await _read_stored(read, named) if named else {}
    live = [each for each in named if each in stored and stored[each].is_in(list_id)]
    present = set(live)
    missing = [each for each in named if each not in present]
    if any(each not in stored and each not in changes.arrived for each in missing):
        # Its name went with it, and the app may know it.
        raise TokenRefused
    if any(is_renamed(each, stored[each].name) for each in changes.gone if each in stored):
        # The app knows it by its old name, which another todo has.
        raise TokenRefused
    # A name that was used again is that of the newer todo.
    used = {stored[each].name for each in live}
    gone = [stored[each].name for each in missing if each in stored]
    gone = [name for name in gone if name not in used]
    if changes.is_relabelled:
        of_list = TodoRow.list_id == list_id, TodoRow.deleted_at.is_(None)
        live = list(await read.connection.scalars(select(TodoRow.id).where(*of_list)))
    return SyncAnswer(live, gone)


@dataclass(frozen=True)
class _Stored:
    """Where a todo is now, and the name of its object."""

    list_id: str
    is_in_trash: bool
    name: str

    def is_in(self, list_id: ListId) -> bool:
        return self.list_id == list_id and not self.is_in_trash


async def _read_stored(read: ReadTransaction, todo_ids: Sequence[str]) -> dict[str, _Stored]:
    rows = await read.connection.execute(
        select(TodoRow.id, TodoRow.list_id, TodoRow.deleted_at, CalendarObjectRow.name)
        .outerjoin(CalendarObjectRow, CalendarObjectRow.todo_id == TodoRow.id)
        .where(TodoRow.id.in_(todo_ids))
    )
    return {
        row.id: _Stored(row.list_id, row.deleted_at is not None, row.name or f"{row.id}{ENDING}")
        for row in rows
    }
