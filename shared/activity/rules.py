"""Decide whether a change can be undone, and what undoing it writes. Pure.

The undo of a change is an ordinary command. It takes back exactly what the change did: a field that was
changed again since is not touched, and the whole change is refused. Of sets (assignees, labels) it takes
back what was added and adds what was taken out, whatever else changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from shared.access.policy import Action
from shared.activity.access_rules import Person, refuse_change_of_access
from shared.activity.entries import Entry
from shared.contract.details.activity import Refusal
from shared.contract.events import (
    AttachmentAdded,
    AttachmentEdited,
    AttachmentRemoved,
    CommentAdded,
    CommentDeleted,
    CommentEdited,
    CommentReacted,
    LabelCreated,
    LabelDeleted,
    LabelEdited,
    ListCreated,
    ListDeleted,
    ListEdited,
    ListRestored,
    MemberAdded,
    MemberEdited,
    MemberRemoved,
    TodoCreated,
    TodoDeleted,
    TodoEdited,
    TodoMovedIn,
    TodoMovedOut,
    TodoPurged,
    TodoRestored,
)
from shared.contract.shapes import LabelShape, ListShape, TodoShape
from shared.ids import TodoId
from shared.labels.commands import MAX_RESTORED_TODOS

# Events live at least as long (worker/cleanup/event_trimming.py), so what is promised is in the log.
UNDO_WINDOW = timedelta(days=7)

# What an undo does to the list, for each event of a list; docs/activity.md has the same table.
UNDONE_BY: dict[str, Action | Refusal] = {
    ListCreated.name: Refusal.ELSEWHERE,
    ListEdited.name: Action.EDIT_LIST,
    ListDeleted.name: Refusal.ELSEWHERE,
    ListRestored.name: Refusal.ELSEWHERE,
    MemberAdded.name: Action.LEAVE_LIST,
    MemberEdited.name: Action.CHANGE_ROLE,
    MemberRemoved.name: Action.INVITE_MEMBER,
    LabelCreated.name: Action.EDIT_LABELS,
    LabelEdited.name: Action.EDIT_LABELS,
    LabelDeleted.name: Action.EDIT_LABELS,
    TodoCreated.name: Action.DELETE_TODO,
    TodoEdited.name: Action.EDIT_TODO,
    TodoDeleted.name: Action.DELETE_TODO,
    TodoRestored.name: Action.DELETE_TODO,
    TodoPurged.name: Refusal.PURGED,
    TodoMovedOut.name: Action.EDIT_TODO,
    TodoMovedIn.name: Action.EDIT_TODO,
    CommentAdded.name: Action.WRITE_COMMENT,
    CommentEdited.name: Action.WRITE_COMMENT,
    CommentDeleted.name: Action.WRITE_COMMENT,
    CommentReacted.name: Action.WRITE_COMMENT,
    AttachmentAdded.name: Action.ATTACH_FILE,
    AttachmentEdited.name: Refusal.ELSEWHERE,
    AttachmentRemoved.name: Action.ATTACH_FILE,
}
# Events whose undo needs the values before them.
_NEEDS_BEFORE = frozenset(
    {
        ListEdited.name, LabelEdited.name, TodoEdited.name, TodoMovedOut.name, TodoMovedIn.name,
        CommentEdited.name, CommentReacted.name, MemberEdited.name,
    }
)  # fmt: skip
_SETS = frozenset({"assignees", "labels"})
# What makes a series the same series; the rest counts its occurrences.
_SERIES = ("rule", "counts_from", "anchor")


@dataclass(frozen=True)
class State:
    """What entries are about, as it is now, with the comments' texts, and the caller's rights.

    `attachments` says of each file whether it is `ready` or `removed`; one that is gone is not in it, nor in
    `file_names`.
    `used_labels` are those of the labels created by the entries that a todo has, also in the trash.
    `reactions` are the caller's own: the ids of comments with the emoji.
    """

    todos: Mapping[TodoId, TodoShape] = field(default_factory=dict)
    labels: Mapping[str, LabelShape] = field(default_factory=dict)
    comments: Mapping[str, str] = field(default_factory=dict)
    reactions: frozenset[tuple[str, str]] = frozenset()
    people: Mapping[str, Person] = field(default_factory=dict)
    attachments: Mapping[str, str] = field(default_factory=dict)
    file_names: Mapping[str, str] = field(default_factory=dict)
    used_labels: frozenset[str] = frozenset()
    this_list: ListShape | None = None
    readable_lists: frozenset[str] = frozenset()
    allowed: frozenset[Action] = frozenset()


@dataclass(frozen=True)
class Refused:
    reason: Refusal
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reversal:
    """The values to write, and the fields that were changed again since."""

    values: Mapping[str, Any]
    conflicts: tuple[str, ...]


def find_refusal(
    entry: Entry, list_id: str, user_id: str, now: datetime, state: State
) -> Refused | None:
    """Return why the user cannot undo the change now; None if they can."""
    needed = UNDONE_BY.get(entry.event, Refusal.ELSEWHERE)
    lacks_before = entry.event in _NEEDS_BEFORE and entry.before is None
    checks = (
        (entry.actor is None or entry.actor.id != user_id, Refusal.NOT_OWN),
        (isinstance(needed, Refusal), needed),
        (entry.is_creator, Refusal.ELSEWHERE),
        (entry.undone_by is not None, Refusal.UNDONE),
        (now - entry.at > UNDO_WINDOW, Refusal.TOO_OLD),
        (needed not in state.allowed, Refusal.ROLE),
        (lacks_before, Refusal.NOT_RECORDED),
    )
    for is_refused, reason in checks:
        if is_refused:
            return Refused(Refusal(reason))
    subject = entry.event.split(".", maxsplit=1)[0]
    if subject == "todo":
        return _refusal_of_todo(entry, list_id, state)
    if subject == "comment":
        return _refusal_of_comment(entry, list_id, state)
    if subject == "attachment":
        return _refusal_of_attachment(entry, list_id, state)
    if subject == "member":
        return _refusal_of_member(entry, user_id, state)
    return _refusal_of_label(entry, state) if subject == "label" else _of_values(entry, state)


def reverse(
    before: Mapping[str, Any], after: Mapping[str, Any], now: Mapping[str, Any]
) -> Reversal:
    """Return what takes `after` back to `before` where `now` still is `after`. All values are JSON."""
    values: dict[str, Any] = {}
    conflicts = []
    for name, old in before.items():
        new, current = after[name], now[name]
        if name in _SETS:
            target = (set(current) - (set(new) - set(old))) | (set(old) - set(new))
            if target != set(current):
                values[name] = sorted(target)
        elif _is_same(name, current, old):
            continue
        elif _is_same(name, current, new):
            values[name] = old
        else:
            conflicts.append(name)
    return Reversal(values, tuple(conflicts))


def reverse_entry(entry: Entry, state: State) -> Reversal:
    """Return what undoing an entry with values before it writes to its entity, which must exist."""
    return reverse(entry.before or {}, entry.after, _values_now(entry, state))


def reaction_of(entry: Entry) -> str:
    """Return the emoji that the entry added or took back."""
    values = entry.before or {}, entry.after
    return next(str(value["reaction"]) for value in values if value.get("reaction"))


def _values_now(entry: Entry, state: State) -> Mapping[str, Any]:
    fields = set(entry.before or ())
    if entry.event == CommentEdited.name:
        return {"body": state.comments[entry.comment_id or ""]}
    if entry.event == CommentReacted.name:
        emoji = reaction_of(entry)
        is_there = (entry.comment_id, emoji) in state.reactions
        return {"reaction": emoji if is_there else None}
    if entry.event == MemberEdited.name:
        return {"role": state.people[entry.member_id or ""].role}
    shape: TodoShape | LabelShape | ListShape | None = state.this_list
    if entry.event == TodoEdited.name:
        shape = state.todos[TodoId(entry.todo_id or "")]
    elif entry.event == LabelEdited.name:
        shape = state.labels[entry.label_id or ""]
    return {} if shape is None else shape.model_dump(mode="json", include=fields)


def _of_values(entry: Entry, state: State) -> Refused | None:
    reversal = reverse_entry(entry, state)
    if reversal.conflicts:
        return Refused(Refusal.CHANGED_SINCE, reversal.conflicts)
    return None if reversal.values else Refused(Refusal.AS_BEFORE)


def _refusal_of_todo(entry: Entry, list_id: str, state: State) -> Refused | None:
    todo = state.todos.get(TodoId(entry.todo_id or ""))
    if todo is None:
        return Refused(Refusal.PURGED)
    is_deleted = todo.deleted_at is not None
    if entry.event in (TodoMovedIn.name, TodoMovedOut.name):
        return _refusal_of_move(entry, list_id, todo, state)
    if todo.list_id != list_id:
        return Refused(Refusal.IN_OTHER_LIST)
    if entry.event == TodoDeleted.name:
        return None if is_deleted else Refused(Refusal.AS_BEFORE)
    if entry.event in (TodoCreated.name, TodoRestored.name):
        return Refused(Refusal.AS_BEFORE) if is_deleted else None
    return Refused(Refusal.IN_TRASH) if is_deleted else _of_values(entry, state)


def _refusal_of_move(entry: Entry, list_id: str, todo: TodoShape, state: State) -> Refused | None:
    came_here = entry.event == TodoMovedIn.name
    source, target = entry.other_list_id, list_id
    if not came_here:
        source, target = target, source or ""
    if todo.list_id == source:
        return Refused(Refusal.AS_BEFORE)
    if todo.list_id != target or entry.other_list_id not in state.readable_lists:
        return Refused(Refusal.IN_OTHER_LIST)
    return Refused(Refusal.IN_TRASH) if todo.deleted_at is not None else None


def _refusal_of_place(entry: Entry, list_id: str, state: State) -> Refused | None:
    """Return why nothing in the todo can be undone: it is not here, or in the trash."""
    todo = state.todos.get(TodoId(entry.todo_id or ""))
    if todo is None:
        return Refused(Refusal.PURGED)
    if todo.list_id != list_id:
        return Refused(Refusal.IN_OTHER_LIST)
    return Refused(Refusal.IN_TRASH) if todo.deleted_at is not None else None


def _refusal_of_attachment(entry: Entry, list_id: str, state: State) -> Refused | None:
    if refused := _refusal_of_place(entry, list_id, state):
        return refused
    now = state.attachments.get(entry.attachment_id or "")
    if entry.event == AttachmentAdded.name:
        return None if now == "ready" else Refused(Refusal.AS_BEFORE)
    if now == "ready":
        return Refused(Refusal.AS_BEFORE)
    return None if now == "removed" else Refused(Refusal.PURGED)


def _refusal_of_comment(entry: Entry, list_id: str, state: State) -> Refused | None:
    if refused := _refusal_of_place(entry, list_id, state):
        return refused
    exists = entry.comment_id in state.comments
    if entry.event == CommentDeleted.name:
        return _refusal_of_return(exists, "body" in entry.context)
    return _refusal_of_existing(entry, exists, state, CommentAdded.name)


def _refusal_of_member(entry: Entry, user_id: str, state: State) -> Refused | None:
    person = state.people.get(entry.member_id or "")
    if reason := refuse_change_of_access(entry, user_id, person, state.allowed):
        return Refused(reason)
    return _of_values(entry, state) if entry.event == MemberEdited.name else None


def _refusal_of_label(entry: Entry, state: State) -> Refused | None:
    exists = entry.label_id in state.labels
    if entry.event == LabelCreated.name and entry.label_id in state.used_labels:
        # Its deletion would take it off the todos of others.
        return Refused(Refusal.CHANGED_SINCE)
    if entry.event != LabelDeleted.name:
        return _refusal_of_existing(entry, exists, state, LabelCreated.name)
    if len(entry.context.get("todo_ids", ())) > MAX_RESTORED_TODOS:
        return Refused(Refusal.TOO_MANY)
    return _refusal_of_return(exists, "name" in entry.context)


def _refusal_of_return(exists: bool, is_recorded: bool) -> Refused | None:
    """Return why a deleted comment or label cannot come back."""
    if exists:
        return Refused(Refusal.AS_BEFORE)
    return None if is_recorded else Refused(Refusal.NOT_RECORDED)


def _refusal_of_existing(entry: Entry, exists: bool, state: State, created: str) -> Refused | None:
    """Return why the event that created a comment or label, or edited it, cannot be undone."""
    if entry.event == created:
        return None if exists else Refused(Refusal.AS_BEFORE)
    return _of_values(entry, state) if exists else Refused(Refusal.PURGED)


def _is_same(name: str, one: Any, other: Any) -> bool:
    if name == "repeat" and one is not None and other is not None:
        return all(one[part] == other[part] for part in _SERIES)
    if name == "archived_at":
        return (one is None) == (other is None)
    return bool(one == other)
