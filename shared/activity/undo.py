"""Undo changes of a list by ordinary commands, under today's rights and rules.

All changes of a request are undone in one transaction, or none. The locks of all streams that the commands
may need are taken first, because several commands in one transaction would take them out of order.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import func, select, update

from shared.access import gate
from shared.access.policy import Action
from shared.activity.access_rules import is_own_joining
from shared.activity.access_state import SEARCHED_EVENTS
from shared.activity.entries import COLUMNS, Entry, read_entry
from shared.activity.queries import START_OF_FRAME, WINDOW
from shared.activity.reversals import run_reversal
from shared.activity.rules import UNDONE_BY, Refused, find_refusal
from shared.activity.sentences import SENTENCES, changed_since
from shared.activity.state import read_state
from shared.actor import Actor
from shared.contract.details.activity import Refusal, UndoneShape
from shared.contract.events import MemberRemoved
from shared.contract.shapes import Role
from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.ids import ListId, UserId, list_stream, user_stream
from shared.languages.texts import message
from shared.lists.list_members import read_invitees
from shared.tables.members import InvitationRow, MemberRow
from shared.tables.streams import EventRow, StreamRow
from shared.todos.rules.todo_rules import MAX_SUBTASKS_PER_TODO
from shared.unit_of_work import UnitOfWork

# As many as one bulk edit changes. Each is some ten statements, and the lists stay locked meanwhile.
MAX_UNDONE_AT_ONCE = 100
# Of one request: a todo that was moved with all its subtasks.
MAX_UNDONE_OF_REQUEST = 1 + MAX_SUBTASKS_PER_TODO
# With those that the activity does not show, as new ranks of neighbours. A frame may have 200 kB.
MAX_EVENTS_READ = 400
# Each writes up to 200 todos, with an event of each (shared/members/rules.py).
MAX_RETURNS_AT_ONCE = 10
# Of commands that an undo runs. Others say that the transaction begins again.
_LIMITS = frozenset({"last_owner", "too_many_lists", "too_many_members"})


async def undo_changes(
    work: UnitOfWork,
    actor: Actor,
    list_id: ListId,
    seqs: Sequence[int] = (),
    *,
    mutation: str | None = None,
) -> UndoneShape:
    """Undo these events of the list, the newest first; leave out what already is as before.

    With `mutation`, an idempotency key, undo what the actor's request with that key changed in the list;
    guests, who read no activity, may too.
    Raise NotFound, Forbidden, or Conflict `cannot_undo` with the sentence that says why.
    """
    if not actor.may_write:
        raise gate.insufficient_scope()
    action = Action.READ_ACTIVITY if mutation is None else Action.READ_LIST
    # Before the log is read: a stranger's request costs one row.
    await gate.authorize_read(work, actor, list_id, action)
    if mutation is not None:
        seqs = await _find_changes(work, actor, list_id, mutation)
    role = await _lock(work, actor, list_id, action, await _read_entries(work, list_id, seqs))
    # Read again: who waited for the lock may find them undone.
    entries = await _read_entries(work, list_id, seqs)
    if len(entries) < len(set(seqs)):
        raise NotFound
    _check_together(actor, entries)
    for entry in sorted(entries, key=_undo_order):
        await _undo(work, actor, list_id, role, entry)
    return UndoneShape(undone=sorted((entry.seq for entry in entries), reverse=True))


def _check_together(actor: Actor, entries: Sequence[Entry]) -> None:
    if len(entries) > 1 and any(is_own_joining(entry, actor.user_id) for entry in entries):
        # Who has left undoes nothing more.
        raise Conflict("Undo alone that you joined: you leave the list by it.", code="cannot_undo")
    if sum(entry.event == MemberRemoved.name for entry in entries) > MAX_RETURNS_AT_ONCE:
        sentence = message(
            "At most {limit} removed members can be taken back in at once.",
            limit=MAX_RETURNS_AT_ONCE,
        )
        raise Conflict(sentence, code="cannot_undo")


async def _find_changes(
    work: UnitOfWork, actor: Actor, list_id: ListId, mutation: str
) -> list[int]:
    """Return the positions of what a request of the actor changed, searched as far back as a page is."""
    head = select(StreamRow.head).where(StreamRow.id == list_id).scalar_subquery()
    named = '"mutation":' + orjson.dumps(mutation).decode()
    rows = await work.connection.execute(
        select(*COLUMNS)
        .where(
            EventRow.stream_id == list_id,
            EventRow.seq > head - WINDOW,
            func.substr(EventRow.frame, 1, START_OF_FRAME).contains(named, autoescape=True),
        )
        .order_by(EventRow.seq.desc())
        .limit(MAX_EVENTS_READ + 1)
    )
    events = rows.all()
    found = [
        entry
        for row in events
        # The metadata of a todo can contain the same text.
        if orjson.loads(row.frame)["mutation"] == mutation
        and (entry := read_entry(row)).is_shown
        and entry.actor is not None
        and entry.actor.id == actor.user_id
    ]
    if not found:
        raise NotFound
    if len(found) > MAX_UNDONE_OF_REQUEST or len(events) > MAX_EVENTS_READ:
        # A part of what a request changed would look like all of it.
        sentence = message(
            "At most {limit} changes can be undone at once.", limit=MAX_UNDONE_OF_REQUEST
        )
        raise Conflict(sentence, code="cannot_undo")
    return [entry.seq for entry in found]


def _undo_order(entry: Entry) -> tuple[float, bool, int]:
    # Of one command's changes that of the parent comes first: it takes its subtasks along.
    has_parent = (entry.before or entry.entity).get("parent_id") is not None
    return -entry.at.timestamp(), has_parent, -entry.seq


async def _read_entries(work: UnitOfWork, list_id: ListId, seqs: Sequence[int]) -> list[Entry]:
    rows = await work.connection.execute(
        select(*COLUMNS).where(EventRow.stream_id == list_id, EventRow.seq.in_(set(seqs)))
    )
    return [read_entry(row) for row in rows]


async def _lock(
    work: UnitOfWork, actor: Actor, list_id: ListId, action: Action, entries: Sequence[Entry]
) -> Role:
    """Lock the lists and the users whose streams an undo may write to; return the role in the list."""
    others = {ListId(entry.other_list_id) for entry in entries if entry.other_list_id}
    others = set(await gate.filter_readable(work, actor, others)) if others else set()
    authorized = await gate.authorize_writes(
        work, actor, [list_id], action, also_lock=map(list_stream, others)
    )
    members = await work.connection.scalars(
        select(MemberRow.user_id).where(MemberRow.list_id.in_([list_id, *others]))
    )
    users = {UserId(user_id) for user_id in members}
    users.update(UserId(entry.member_id) for entry in entries if entry.member_id)
    if any(entry.event == "list.edited" or entry.member_id for entry in entries):
        invitees = await read_invitees(work, InvitationRow.list_id == list_id)
        users.update(invitees.values())
    await work.lock_streams([*map(user_stream, users)])
    return authorized[list_id].role


async def _undo(work: UnitOfWork, actor: Actor, list_id: ListId, role: Role, entry: Entry) -> None:
    state = await read_state(work, actor, list_id, role, [entry])
    refused = find_refusal(entry, list_id, actor.user_id, work.now, state)
    if refused is not None and refused.reason is not Refusal.AS_BEFORE:
        raise await _error(work, actor, list_id, entry, refused)
    if refused is None:
        work.undoes = entry.seq
        try:
            await run_reversal(work, actor, list_id, entry, state)
        except Invalid as error:
            raise Conflict(error.detail, code="cannot_undo") from error
        except Conflict as error:
            if error.reason not in _LIMITS:
                raise
            raise Conflict(error.detail, code="cannot_undo") from error
        finally:
            work.undoes = None
    await work.connection.execute(
        update(EventRow)
        .where(EventRow.stream_id == list_id, EventRow.seq == entry.seq)
        .values(undone_by=work.head(list_stream(list_id)).seq)
    )


async def _error(
    work: UnitOfWork, actor: Actor, list_id: ListId, entry: Entry, refused: Refused
) -> Exception:
    sentence = SENTENCES[refused.reason]
    if refused.reason is Refusal.ROLE:
        needed = UNDONE_BY[entry.event]
        if isinstance(needed, Action) and not gate.grant_allows(actor, needed):
            return gate.session_required()
        return Forbidden(sentence)
    if refused.fields:
        field = refused.fields[0]
        sentence = changed_since(field, await _read_last_editor(work, list_id, entry, field))
    return Conflict(sentence, code="cannot_undo")


async def _read_last_editor(
    work: UnitOfWork, list_id: ListId, entry: Entry, field: str
) -> str | None:
    """Return the name of the user who changed the field of the entity last; None for long ago."""
    entity_id = entry.member_id or entry.entity.get("id", "")
    head = work.head(list_stream(list_id)).seq
    rows = await work.connection.execute(
        select(*COLUMNS)
        .where(
            EventRow.stream_id == list_id,
            EventRow.seq > max(entry.seq, head - SEARCHED_EVENTS),
            EventRow.event == entry.event,
            EventRow.frame.contains(entity_id),
        )
        .order_by(EventRow.seq.desc())
        .limit(MAX_UNDONE_AT_ONCE)
    )
    for later in map(read_entry, rows):
        if entity_id in (later.member_id, later.entity.get("id")) and _changes(later, field):
            return None if later.actor is None else later.actor.name
    return None


def _changes(entry: Entry, field: str) -> bool:
    fields: Mapping[str, Any] | Sequence[str] = entry.before or entry.data.get("changed", ())
    return field in fields
