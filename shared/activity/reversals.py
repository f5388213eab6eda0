"""The command that undoes each kind of event. The caller has locked all streams and found no refusal."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sqlalchemy import select

from shared.access.policy import Action
from shared.activity import access_reversals as access
from shared.activity.entries import COLUMNS, Entry, read_entry
from shared.activity.rules import State, reverse_entry
from shared.actor import Actor
from shared.attachments.commands import remove_attachment, restore_attachment
from shared.comments.commands import delete_comment, edit_comment, restore_comment
from shared.contract.shapes import Colour, Ending, RepeatShape, TodoShape, TodoStatus
from shared.database.statements import defer_inserts
from shared.ids import AttachmentId, CommentId, LabelId, ListId, TodoId
from shared.labels.commands import LabelEdit, create_label, delete_label, edit_label
from shared.lists.commands import ListEdit, edit_list
from shared.tables.streams import EventRow
from shared.tables.todos import TodoLabelRow
from shared.todos.commands.complete import complete_todo, reopen_todo, skip_occurrence
from shared.todos.commands.edit import edit_todo
from shared.todos.commands.loading import load_todo_for_write
from shared.todos.commands.move import move_back, restore_rank
from shared.todos.commands.trash import delete_todo, restore_todo
from shared.todos.persistence.save_changes import save_changes
from shared.todos.queries import shapes
from shared.todos.rules.repeat_rule import parse_rule
from shared.todos.rules.repeat_series import RepeatSpec
from shared.todos.rules.todo_change import TodoChange
from shared.todos.rules.todo_edits import TodoEdit
from shared.todos.rules.todo_rules import (
    MAX_LABELS_PER_TODO,
    MAX_SUBTASKS_PER_TODO,
    apply_edit,
    new_version,
)
from shared.unit_of_work import UnitOfWork

# What the end of an occurrence changes, and reopening it restores.
_OF_OCCURRENCE = frozenset({"repeat", "due", "status"})


async def run_reversal(
    work: UnitOfWork, actor: Actor, list_id: ListId, entry: Entry, state: State
) -> None:
    """Run the command that undoes the entry. Raise what it raises."""
    await REVERSALS[entry.event](work, actor, list_id, entry, state)


async def _edit_list_back(
    work: UnitOfWork, actor: Actor, list_id: ListId, entry: Entry, state: State
) -> None:
    values = dict(reverse_entry(entry, state).values)
    archived = values.pop("archived_at") is not None if "archived_at" in values else None
    colour = Colour(values["colour"]) if "colour" in values else None
    edit = ListEdit(
        name=values.get("name"), colour=colour, icon=values.get("icon"), archived=archived
    )
    await edit_list(work, actor, list_id, edit)


async def _delete_label(
    work: UnitOfWork, actor: Actor, list_id: ListId, entry: Entry, state: State
) -> None:
    await delete_label(work, actor, list_id, LabelId(entry.label_id or ""))


async def _edit_label_back(
    work: UnitOfWork, actor: Actor, list_id: ListId, entry: Entry, state: State
) -> None:
    values = reverse_entry(entry, state).values
    colour = Colour(values["colour"]) if "colour" in values else None
    edit = LabelEdit(name=values.get("name"), colour=colour)
    await edit_label(work, actor, list_id, LabelId(entry.label_id or ""), edit)


async def _restore_label(
    work: UnitOfWork, actor: Actor, list_id: ListId, entry: Entry, state: State
) -> None:
    """Create the label again, with its id, and add it to the todos that had it and are still here."""
    label_id = LabelId(entry.label_id or "")
    name, colour = entry.context["name"], Colour(entry.context["colour"])
    await create_label(work, actor, list_id, name, colour, label_id=label_id)
    carriers = await shapes.read_todos(work, entry.context["todo_ids"])
    todos = [todo for todo in carriers.values() if todo.list_id == list_id]
    # Members' pages hold no todos of the trash, and would take one from an event.
    in_trash = [
        {"todo_id": todo.id, "label_id": label_id} for todo in todos if todo.deleted_at is not None
    ]
    defer_inserts(work.connection, TodoLabelRow, in_trash)
    changes = [
        _with_label(todo, label_id, work)
        for todo in todos
        if todo.deleted_at is None and len(todo.labels) < MAX_LABELS_PER_TODO
    ]
    await save_changes(work, actor, changes)


def _with_label(todo: TodoShape, label_id: LabelId, work: UnitOfWork) -> TodoChange:
    labels = sorted({*todo.labels, label_id})
    return TodoChange(new_version(todo, work.now, labels=labels), todo, ("labels",))


async def _delete_todo(
    work: UnitOfWork, actor: Actor, list_id: ListId, entry: Entry, state: State
) -> None:
    await delete_todo(work, actor, TodoId(entry.todo_id or ""))


async def _restore_todo(
    work: UnitOfWork, actor: Actor, list_id: ListId, entry: Entry, state: State
) -> None:
    await restore_todo(work, actor, TodoId(entry.todo_id or ""))


async def _edit_todo_back(
    work: UnitOfWork, actor: Actor, list_id: ListId, entry: Entry, state: State
) -> None:
    todo_id = TodoId(entry.todo_id or "")
    values = dict(reverse_entry(entry, state).values)
    if entry.data.get("ended") is not None:
        await _reverse_occurrence(work, actor, todo_id, entry, state)
        values = {name: value for name, value in values.items() if name not in _OF_OCCURRENCE}
    if "rank" in values:
        await restore_rank(work, actor, todo_id, values.pop("rank"))
    if values:
        edit = _edit_of(values)
        repeat = state.todos[todo_id].repeat
        if edit.status is TodoStatus.COMPLETED and repeat is not None and repeat.left != 1:
            await _close_series(work, actor, todo_id, edit)
        else:
            await edit_todo(work, actor, todo_id, edit)


async def _close_series(work: UnitOfWork, actor: Actor, todo_id: TodoId, edit: TodoEdit) -> None:
    """Complete a repeating todo that was completed as a whole; an edit would end an occurrence."""
    _, todo = await load_todo_for_write(work, actor, todo_id, Action.EDIT_TODO)
    closed, fields = apply_edit(todo, edit, actor.user_id, work.now)
    await save_changes(work, actor, [TodoChange(closed, todo, fields)], before=[todo])


def _edit_of(values: dict[str, Any]) -> TodoEdit:
    """Return the edit that writes these values of a TodoShape."""
    if values.get("repeat") is not None:
        series = RepeatShape.model_validate(values["repeat"])
        spec = RepeatSpec(parse_rule(series.rule), series.counts_from, series.anchor)
        values["repeat"] = spec
    return TodoEdit.model_validate(values)


async def _reverse_occurrence(
    work: UnitOfWork, actor: Actor, todo_id: TodoId, entry: Entry, state: State
) -> None:
    ended = entry.data["ended"]
    if ended["outcome"] != Ending.REOPENED:
        await reopen_todo(work, actor, todo_id, ended["occurrence"])
        return
    repeat = state.todos[todo_id].repeat
    if entry.context.get("outcome") == Ending.SKIPPED and repeat is not None:
        await skip_occurrence(work, actor, todo_id, repeat.occurrence)
    else:
        await complete_todo(work, actor, todo_id)


async def _move_back(
    work: UnitOfWork, actor: Actor, list_id: ListId, entry: Entry, state: State
) -> None:
    todo_id = TodoId(entry.todo_id or "")
    source = ListId(entry.other_list_id or "") if entry.event == "todo.moved_in" else list_id
    before = await _read_values_of_move(work, list_id, entry)
    await move_back(work, actor, todo_id, source, before)


async def _read_values_of_move(
    work: UnitOfWork, list_id: ListId, entry: Entry
) -> dict[str, Mapping[str, Any]]:
    """Return what a move changed of the todo and of the subtasks that went with it.

    Of assignees and labels that is what it dropped; events of versions before have all of them.
    """
    rows = await work.connection.execute(
        select(*COLUMNS).where(
            EventRow.stream_id == list_id,
            EventRow.event == entry.event,
            EventRow.at == entry.at,
            EventRow.seq.between(
                entry.seq - MAX_SUBTASKS_PER_TODO, entry.seq + MAX_SUBTASKS_PER_TODO
            ),
        )
    )
    moved = map(read_entry, rows)
    return {
        each.todo_id: {
            **each.before,
            **each.context.get("dropped", {}),
            "matched": each.context.get("matched", {}),
        }
        for each in moved
        if each.todo_id and each.before
    }


async def _delete_comment(
    work: UnitOfWork, actor: Actor, list_id: ListId, entry: Entry, state: State
) -> None:
    todo_id, comment_id = TodoId(entry.todo_id or ""), CommentId(entry.comment_id or "")
    await delete_comment(work, actor, todo_id, comment_id)


async def _edit_comment_back(
    work: UnitOfWork, actor: Actor, list_id: ListId, entry: Entry, state: State
) -> None:
    todo_id, comment_id = TodoId(entry.todo_id or ""), CommentId(entry.comment_id or "")
    body = reverse_entry(entry, state).values["body"]
    await edit_comment(work, actor, todo_id, comment_id, body)


async def _restore_comment(
    work: UnitOfWork, actor: Actor, list_id: ListId, entry: Entry, state: State
) -> None:
    todo_id, comment_id = TodoId(entry.todo_id or ""), CommentId(entry.comment_id or "")
    await restore_comment(work, actor, todo_id, comment_id, dict(entry.context))


async def _remove_attachment(
    work: UnitOfWork, actor: Actor, list_id: ListId, entry: Entry, state: State
) -> None:
    await remove_attachment(work, actor, AttachmentId(entry.attachment_id or ""))


async def _restore_attachment(
    work: UnitOfWork, actor: Actor, list_id: ListId, entry: Entry, state: State
) -> None:
    await restore_attachment(work, actor, AttachmentId(entry.attachment_id or ""))


_Reversal = Callable[[UnitOfWork, Actor, ListId, Entry, State], Awaitable[None]]
REVERSALS: dict[str, _Reversal] = {
    "list.edited": _edit_list_back,
    "member.added": access.take_out_member,
    "member.edited": access.change_role_back,
    "member.removed": access.take_in_member,
    "label.created": _delete_label,
    "label.edited": _edit_label_back,
    "label.deleted": _restore_label,
    "todo.created": _delete_todo,
    "todo.edited": _edit_todo_back,
    "todo.deleted": _restore_todo,
    "todo.restored": _delete_todo,
    "todo.moved_out": _move_back,
    "todo.moved_in": _move_back,
    "comment.added": _delete_comment,
    "comment.edited": _edit_comment_back,
    "comment.deleted": _restore_comment,
    "comment.reacted": access.change_reaction_back,
    "attachment.added": _remove_attachment,
    "attachment.removed": _restore_attachment,
}
