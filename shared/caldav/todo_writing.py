"""Create and edit the todo of a calendar object, and end the occurrences that its parts end."""

from dataclasses import replace

from sqlalchemy import select

from shared.actor import Actor
from shared.caldav import changes
from shared.caldav.objects import CalendarObject
from shared.caldav.occurrence_parts import closing_part
from shared.calendar_objects.calendar_todo import CalendarOccurrence, CalendarTodo
from shared.calendar_objects.decode import decode_own_todo
from shared.contract.shapes import CountsFrom, TodoShape, TodoStatus
from shared.ids import LabelId, ListId, TodoId
from shared.tables.accounts import UserRow
from shared.todos.commands.complete import skip_occurrence
from shared.todos.commands.create import create_todos
from shared.todos.commands.edit import edit_todo, edit_todos
from shared.todos.rules.todo_edits import NewTodo, Placement, TodoEdit
from shared.unit_of_work import UnitOfWork


async def create_todo_of(
    work: UnitOfWork,
    actor: Actor,
    list_id: ListId,
    new: CalendarTodo,
    labels: list[LabelId] | None,
    parent: TodoId | None,
) -> TodoShape:
    """Create the todo of a new object. Raise Invalid."""
    fields = changes.fields_of_new(new) | {"labels": labels, "parent_id": parent}
    todo = changes.validated(NewTodo, fields)
    done = [changes.completed_at(new, work.now)]
    [made] = await create_todos(work, actor, list_id, [todo], Placement(), completed_at=done)
    return await _end_occurrences(work, actor, made, new, ())


async def edit_todo_of(
    work: UnitOfWork,
    actor: Actor,
    found: CalendarObject,
    new: CalendarTodo,
    labels: list[LabelId] | None,
    parent: TodoId | None,
) -> TodoShape:
    """Give the todo of `found` what the object says; restore it from the trash. Raise Invalid.

    `labels` of None: as they are.
    """
    zone = await work.connection.scalar(
        select(UserRow.time_zone).where(UserRow.id == actor.user_id)
    )
    fields = changes.changed_fields(found.todo, new, work.now, zone or "UTC")
    if labels is not None:
        fields["labels"] = labels
    if parent != found.todo.parent_id:
        fields["parent_id"] = parent
    edit = changes.validated(TodoEdit, fields)
    todo, todo_id = found.todo, TodoId(found.todo.id)
    done = changes.completed_at(new, work.now)
    if todo.deleted_at is not None:
        [todo] = await edit_todos(work, actor, [todo_id], edit, deleted=False, completed_at=done)
    elif fields:
        todo = await edit_todo(work, actor, todo_id, edit, completed_at=done)
    kept = decode_own_todo(found.kept).occurrences if found.kept else ()
    return await _end_occurrences(work, actor, todo, new, kept)


async def _end_occurrences(
    work: UnitOfWork,
    actor: Actor,
    todo: TodoShape,
    new: CalendarTodo,
    kept: tuple[CalendarOccurrence, ...],
) -> TodoShape:
    """End the present occurrence if a part of the object does, and then each that follows.

    In a series by completion the next occurrence may have the date of the one that ended: a part ends one
    occurrence, and those of `kept`, which the object had before, none.
    """
    todo_id, completed = TodoId(todo.id), TodoEdit(status=TodoStatus.COMPLETED)
    parts = new.occurrences
    if todo.repeat is not None and todo.repeat.counts_from is CountsFrom.COMPLETION:
        parts = tuple(part for part in parts if part not in kept)
    while parts:
        part, repeat = closing_part(todo, replace(new, occurrences=parts)), todo.repeat
        if part is None or repeat is None:
            break
        parts = tuple(each for each in parts if each.recurrence_id != part.recurrence_id)
        if part.status is TodoStatus.COMPLETED:
            at = changes.completed_at(part, work.now)
            todo = await edit_todo(work, actor, todo_id, completed, completed_at=at)
        else:
            todo = await skip_occurrence(work, actor, todo_id, repeat.occurrence)
    return todo
