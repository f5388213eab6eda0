"""Read the activity of a list or of one of its todos, newest first."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Integer, bindparam, case, func, or_, select

from shared.access import gate
from shared.access.policy import Action
from shared.activity.entries import COLUMNS, Entry, read_entry
from shared.activity.rules import State, find_refusal
from shared.activity.state import read_state
from shared.actor import Actor
from shared.contract.details.activity import ActivityEntry, ActivityPage, NamedShape
from shared.contract.input.strict_json import MAX_SAFE_INTEGER
from shared.contract.shapes import Role
from shared.database.json_text import octets
from shared.ids import ListId, TodoId
from shared.tables.accounts import UserRow
from shared.tables.streams import EventRow, StreamRow
from shared.unit_of_work import ReadTransaction

# As many events as a stream keeps whatever their age, so one page nearly always finds all of a todo. In
# Postgres the search for a todo in so many events of 1.2 kB takes some 20 ms.
WINDOW = 10_000
# As a page of todos (api/http/large_answers.py): a frame may have 200 kB.
MAX_PAGE_BYTES = 1024 * 1024
# The id of the todo comes this early in a frame: before any text but the actor's name. The rest of a long
# frame then stays compressed in Postgres.
START_OF_FRAME = 1_200

_LIST_ID = bindparam("list_id", type_=EventRow.stream_id.type)
_TODO_ID = bindparam("only_todo", type_=EventRow.stream_id.type)
_BEFORE = bindparam("before", type_=BigInteger)
_LIMIT = bindparam("limit", type_=Integer)
_HEAD = select(StreamRow.head).where(StreamRow.id == _LIST_ID).scalar_subquery()
_FLOOR = select(StreamRow.floor).where(StreamRow.id == _LIST_ID).scalar_subquery()
_END = case((_BEFORE > _HEAD, _HEAD + 1), else_=_BEFORE)
_START = _END - WINDOW
_FOUND = (
    select(*COLUMNS)
    .where(
        EventRow.stream_id == _LIST_ID,
        EventRow.seq < _BEFORE,
        EventRow.seq >= _START,
        or_(
            _TODO_ID == "",
            func.substr(EventRow.frame, 1, START_OF_FRAME).like("%" + _TODO_ID + "%"),
        ),
    )
    .order_by(EventRow.seq.desc())
    .limit(bindparam("look_ahead", type_=Integer))
    .subquery()
)
_SIZE = octets(_FOUND.c.frame) + func.coalesce(octets(_FOUND.c.context), 0)
_SIZED = select(
    _FOUND,
    (func.sum(_SIZE).over(order_by=_FOUND.c.seq.desc()) - _SIZE).label("bytes_before"),
    func.count().over().label("found"),
).subquery()
_FITTING = (
    select(_SIZED)
    .where(_SIZED.c.bytes_before < MAX_PAGE_BYTES)
    .order_by(_SIZED.c.seq.desc())
    .limit(_LIMIT)
    .subquery("event")
)
_PAGE = gate.select_for_member(
    _FITTING, _LIST_ID, _START.label("window_start"), _FLOOR.label("floor")
).order_by(_FITTING.c.seq.desc())


@dataclass(frozen=True)
class _Rows:
    entries: list[Entry]
    role: Role
    next_before: int | None


async def read_activity(
    read: ReadTransaction,
    actor: Actor,
    list_id: ListId,
    *,
    todo_id: TodoId | None = None,
    before: int | None = None,
    limit: int = 50,
) -> ActivityPage:
    """Return at most `limit` entries of events before the position `before`, of all or of one todo.

    A page may be empty although others follow: `next_before` is None at the end. Raise NotFound, and
    Forbidden for a guest.
    """
    values = gate.reader(actor, Action.READ_ACTIVITY) | {
        "list_id": list_id, "only_todo": todo_id or "", "before": before or MAX_SAFE_INTEGER,
        "limit": limit, "look_ahead": limit + 1,
    }  # fmt: skip
    rows = (await read.connection.execute(_PAGE, values)).all()
    gate.authorize_rows(rows, Action.READ_ACTIVITY)
    page = _page_of(rows)
    entries = [
        entry for entry in page.entries if entry.is_shown and todo_id in (None, entry.todo_id)
    ]
    state = await read_state(read, actor, list_id, page.role, entries)
    shown = [_shape(entry, actor, list_id, read, state) for entry in entries]
    names = await _read_names(read, entries)
    labels = [NamedShape(id=label.id, name=label.name) for label in state.labels.values()]
    return ActivityPage(
        items=[_with_member(entry, names) for entry in shown],
        next_before=page.next_before,
        people=[NamedShape(id=user_id, name=name) for user_id, name in names.items()],
        labels=labels,
    )


def _page_of(rows: list[Any]) -> _Rows:
    first = rows[0]
    found = [row for row in rows if row.seq is not None]
    following = None
    if found and found[0].found > len(found):
        following = found[-1].seq
    elif first.window_start > first.floor + 1:
        following = first.window_start
    return _Rows([read_entry(row) for row in found], Role(first.my_role), following)


def _shape(
    entry: Entry, actor: Actor, list_id: ListId, read: ReadTransaction, state: State
) -> ActivityEntry:
    refused = find_refusal(entry, list_id, actor.user_id, read.now, state)
    ended = entry.data.get("ended")
    other = entry.other_list_id
    return ActivityEntry(
        seq=entry.seq,
        at=entry.at,
        actor=entry.actor,
        via=entry.context.get("via"),
        event=entry.event,
        todo_id=entry.todo_id,
        title=_title(entry, list_id, state),
        subject=_subject(entry, state),
        comment_id=entry.comment_id,
        changes=entry.changes(),
        has_before=entry.before is not None,
        list_id=other if other in state.readable_lists else None,
        ended=ended and ended["outcome"],
        reason=entry.data.get("reason"),
        undoes=entry.context.get("undoes"),
        is_undone=entry.undone_by is not None,
        is_undoable=refused is None,
        refusal=None if refused is None else refused.reason,
        refused_fields=list(refused.fields) if refused else [],
    )


def _title(entry: Entry, list_id: str, state: State) -> str | None:
    if "todo" in entry.data:
        return str(entry.data["todo"]["title"])
    if "title" in entry.context:
        return str(entry.context["title"])
    todo = state.todos.get(TodoId(entry.todo_id or ""))
    # Members of this list may not read the one that the todo is in now.
    return None if todo is None or todo.list_id != list_id else todo.title


def _subject(entry: Entry, state: State) -> NamedShape | None:
    if entry.label_id is not None:
        name = entry.entity.get("name") or entry.context.get("name") or ""
        return NamedShape(id=entry.label_id, name=name)
    if entry.attachment_id is not None:
        # The event of a removal does not have the name. A name cannot change.
        name = entry.entity.get("name") or state.file_names.get(entry.attachment_id, "")
        return NamedShape(id=entry.attachment_id, name=name)
    if entry.member_id is not None:
        return NamedShape(id=entry.member_id, name=entry.entity.get("user", {}).get("name", ""))
    return None


def _with_member(entry: ActivityEntry, names: dict[str, str]) -> ActivityEntry:
    """Return the entry with the name of a member who was removed, which its event does not have."""
    subject = entry.subject
    if subject is None or subject.name or subject.id not in names:
        return entry
    named = NamedShape(id=subject.id, name=names[subject.id])
    return entry.model_copy(update={"subject": named})


async def _read_names(read: ReadTransaction, entries: Iterable[Entry]) -> dict[str, str]:
    """Return the names of the users that the entries name by id, of those who still exist."""
    ids = {entry.member_id for entry in entries if entry.event == "member.removed"}
    for entry in entries:
        for values in (entry.before or {}, entry.entity):
            ids.update(values.get("assignees", ()) if entry.event == "todo.edited" else ())
    ids.discard(None)
    if not ids:
        return {}
    rows = await read.connection.execute(
        select(UserRow.id, UserRow.name).where(UserRow.id.in_(sorted(filter(None, ids))))
    )
    return {row.id: row.name for row in rows}
