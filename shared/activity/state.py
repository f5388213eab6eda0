"""Read what entries are about, as it is now: the state by which an undo is decided."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, exists, or_, select

from shared.access import gate
from shared.access.policy import Action
from shared.activity.access_state import read_people
from shared.activity.entries import Entry
from shared.activity.rules import State
from shared.actor import Actor
from shared.contract.events import CommentReacted
from shared.contract.shapes import LabelShape, Role
from shared.ids import ListId, TodoId
from shared.labels.queries import read_labels_of
from shared.lists.queries import read_my_list, shared_list_shape
from shared.tables.comments import CommentReactionRow, CommentRow
from shared.tables.details.attachments import AttachmentRow
from shared.tables.labels import LabelRow
from shared.tables.todos import TodoLabelRow
from shared.todos.queries import shapes
from shared.unit_of_work import ReadTransaction


async def read_state(
    read: ReadTransaction, actor: Actor, list_id: ListId, role: Role, entries: Iterable[Entry]
) -> State:
    """Return the state of these entries, each kind of entity in one statement if any is of it."""
    found = list(entries)
    todo_ids = {TodoId(entry.todo_id) for entry in found if entry.todo_id}
    comments = {entry.comment_id for entry in found if entry.comment_id}
    attachments = {entry.attachment_id for entry in found if entry.attachment_id}
    lists = {entry.other_list_id for entry in found if entry.other_list_id}
    files = await _read_attachments(read, attachments) if attachments else []
    created = {entry.label_id for entry in found if entry.event == "label.created"}
    is_edited = any(entry.event == "list.edited" for entry in found)
    return State(
        todos=await shapes.read_todos(read, sorted(todo_ids)) if todo_ids else {},
        labels=await _read_labels(read, list_id, found),
        comments=await _read_texts(read, sorted(comments)) if comments else {},
        reactions=await _read_reactions(read, actor, found),
        people=await read_people(read, actor, list_id, found),
        attachments={file.id: file.state for file in files},
        file_names={file.id: file.name for file in files},
        used_labels=await _read_used(read, created) if created else frozenset(),
        this_list=shared_list_shape(await read_my_list(read, actor.user_id, list_id))
        if is_edited
        else None,
        readable_lists=frozenset(await gate.filter_readable(read, actor, lists))
        if lists
        else frozenset(),
        allowed=frozenset(
            action
            for action in Action
            if gate.role_allows(role, action) and gate.grant_allows(actor, action)
        ),
    )


async def _read_labels(
    read: ReadTransaction, list_id: ListId, entries: Iterable[Entry]
) -> dict[str, LabelShape]:
    """Return all labels of the list, of which it has few, if an entry names one."""
    is_needed = any(
        entry.label_id
        or "labels" in (entry.before or ())
        or "labels" in entry.data.get("changed", ())
        for entry in entries
    )
    if not is_needed:
        return {}
    return {label.id: label for label in await read_labels_of(read, list_id)}


async def _read_used(read: ReadTransaction, label_ids: Iterable[str | None]) -> frozenset[str]:
    """Return which of these labels a todo has."""
    is_used = exists().where(TodoLabelRow.label_id == LabelRow.id)
    rows = await read.connection.scalars(
        select(LabelRow.id).where(LabelRow.id.in_(sorted(filter(None, label_ids))), is_used)
    )
    return frozenset(rows)


async def _read_reactions(
    read: ReadTransaction, actor: Actor, entries: Iterable[Entry]
) -> frozenset[tuple[str, str]]:
    """Return the actor's reactions to the comments that they reacted to."""
    comments = {entry.comment_id for entry in entries if entry.event == CommentReacted.name}
    if not comments:
        return frozenset()
    rows = await read.connection.execute(
        select(CommentReactionRow.comment_id, CommentReactionRow.emoji).where(
            CommentReactionRow.user_id == actor.user_id,
            CommentReactionRow.comment_id.in_(sorted(filter(None, comments))),
        )
    )
    return frozenset((row.comment_id, row.emoji) for row in rows)


async def _read_attachments(
    read: ReadTransaction, attachment_ids: Iterable[str]
) -> Sequence[Row[Any]]:
    """Return id, state and name of these files, without those that cannot come back."""
    rows = await read.connection.execute(
        select(AttachmentRow.id, AttachmentRow.state, AttachmentRow.name).where(
            AttachmentRow.id.in_(sorted(attachment_ids)),
            or_(AttachmentRow.delete_at.is_(None), AttachmentRow.delete_at > read.now),
        )
    )
    return rows.all()


async def _read_texts(read: ReadTransaction, comment_ids: list[str]) -> dict[str, str]:
    rows = await read.connection.execute(
        select(CommentRow.id, CommentRow.body).where(CommentRow.id.in_(comment_ids))
    )
    return {row.id: row.body for row in rows}
