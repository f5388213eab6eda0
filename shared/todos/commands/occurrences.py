"""End an occurrence of a repeating todo, and restore the one that ended last.

A repeating todo stays one row. When an occurrence ends, the row advances to the next one: another
due date, status pending, its subtasks pending again. What the todo was is stored with the outcome,
so that reopening can restore it. After the last occurrence the todo is completed, or cancelled if
that occurrence was skipped. Occurrences to come that a calendar app has ended are passed: they are
stored as ended with the one before them, and restored to come with it.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import select

from shared.actor import Actor
from shared.contract.events import OccurrenceEnd
from shared.contract.shapes import OPEN, CountsFrom, Ending, RepeatShape, TodoShape, TodoStatus
from shared.ids import TodoId
from shared.tables.accounts import UserRow
from shared.tables.todos import TodoRow
from shared.todos.persistence.early_endings import (
    forget_early_endings,
    read_zone_and_early_endings,
)
from shared.todos.persistence.ended_occurrences import (
    STORED_FIELDS,
    EndedOccurrence,
    delete_occurrence,
    insert_occurrence,
    insert_passed_occurrences,
    read_first_unused_number,
    read_last_occurrence,
    retire_occurrence_number,
)
from shared.todos.queries import shapes
from shared.todos.rules import todo_rules
from shared.todos.rules.due import due_at
from shared.todos.rules.repeat_series import advance_past
from shared.todos.rules.todo_change import TodoChange
from shared.todos.rules.todo_edits import TodoEdit
from shared.unit_of_work import UnitOfWork


async def apply_edit(
    work: UnitOfWork,
    actor: Actor,
    todo: TodoShape,
    edit: TodoEdit,
    edited_subtasks: Mapping[str, TodoShape] = MappingProxyType({}),
    completed_at: datetime | None = None,
) -> list[TodoChange]:
    """Return the changes that an edit of status or repeat makes: the todo's, then its subtasks'.

    Completing a repeating todo ends its present occurrence, so that a client which knows nothing
    of repeating does no harm. `edited_subtasks` are subtasks as the same edit left them, by id.
    What it completes was completed now unless at `completed_at`. The caller holds the lock of the
    list's stream.
    """
    is_open = todo.status in OPEN
    is_completed = edit.names("status") and edit.status is TodoStatus.COMPLETED
    stops_repeating = edit.names("repeat") and edit.repeat is None
    if todo.repeat is not None and is_open and is_completed and not stops_repeating:
        rest = edit.without("status")
        edited, fields = todo_rules.apply_edit(todo, rest, actor.user_id, work.now)
        if _begins_series(todo.repeat, edited.repeat):
            forget_early_endings(work, todo.id)
        change = TodoChange(edited, todo, fields)
        return await end_occurrence(
            work, actor, todo, Ending.COMPLETED, change, edited_subtasks, completed_at
        )
    if todo.repeat is not None and not is_open and edit.names("status") and edit.status in OPEN:
        await _delete_last_occurrence(work, todo)
    edited, fields = todo_rules.apply_edit(todo, edit, actor.user_id, work.now, completed_at)
    if todo.repeat is None and edited.repeat is not None:
        edited = await _continue_numbering(work, edited)
    if todo.repeat is not None and _begins_series(todo.repeat, edited.repeat):
        forget_early_endings(work, todo.id)
    if todo.repeat is not None and edited.repeat is None:
        await retire_occurrence_number(work, todo.id, todo.repeat.occurrence)
    return [TodoChange(edited, todo, fields)]


async def end_occurrence(
    work: UnitOfWork,
    actor: Actor,
    todo: TodoShape,
    outcome: Ending,
    change: TodoChange,
    edited_subtasks: Mapping[str, TodoShape] = MappingProxyType({}),
    ended_at: datetime | None = None,
) -> list[TodoChange]:
    """Store the present occurrence; return the todo at its next one, then its reopened subtasks.

    `change` is what the same command changes in the todo otherwise, `edited_subtasks` in its
    subtasks. The occurrence ended now unless at `ended_at`.
    """
    repeat = _repeat_of(change.todo)
    ended = OccurrenceEnd(occurrence=repeat.occurrence, outcome=outcome)
    ended_at = ended_at or work.now
    # A series by completion counts from that day; the days of a schedule are over by the present day.
    by_completion = repeat.counts_from is CountsFrom.COMPLETION
    moment = ended_at if by_completion else work.now
    if by_completion and ended_at != work.now:
        last = await read_last_occurrence(work, TodoId(todo.id))
        if ended_at < (todo.created_at if last is None else max(last.at, todo.created_at)):
            # A clock that is wrong: the series would go back in time.
            moment = work.now
    zone, early = await read_zone_and_early_endings(work, actor, todo.id)
    steps, following = advance_past(repeat, moment, zone, early)
    closed = []
    if following is not None:
        closed = await _read_closed_subtasks(work, todo, edited_subtasks)
    passed = [(step, due, early[step.day]) for step, due in steps]
    await insert_passed_occurrences(work, todo, passed)
    await insert_occurrence(
        work, actor, todo, _repeat_of(todo), outcome, closed, ended_at, len(passed)
    )
    if following is None:
        values = _closing_values(outcome, actor, ended_at)
        return [_extend(change, todo, values, ended, work.now)]
    repeat, due = following
    values = {"repeat": repeat, "due": due, "due_at": due_at(due), "status": TodoStatus.PENDING}
    reopened = {"status": TodoStatus.PENDING, "completed_at": None, "completed_by": None}
    return [
        _extend(change, todo, values, ended, work.now),
        *(
            TodoChange(todo_rules.new_version(subtask, work.now, **reopened), subtask, ("status",))
            for subtask in closed
        ),
    ]


async def restore_occurrence(
    work: UnitOfWork, actor: Actor, todo: TodoShape, last: EndedOccurrence
) -> list[TodoChange]:
    """Delete `last`; return the todo and its subtasks as they were before that occurrence ended."""
    stored = {name: last.before[name] for name in STORED_FIELDS}
    old = TodoShape.model_validate(todo.model_dump() | stored)
    ended = OccurrenceEnd(occurrence=last.occurrence, outcome=Ending.REOPENED)
    values = {
        "repeat": old.repeat, "due": old.due, "due_at": due_at(old.due), "status": old.status,
        "completed_at": None, "completed_by": None,
    }  # fmt: skip
    await delete_occurrence(work, todo.id, last)
    await retire_occurrence_number(work, todo.id, _repeat_of(todo).occurrence)
    change = _extend(TodoChange(todo, todo, ()), todo, values, ended, work.now)
    changes = [replace(change, reopened=last.outcome)]
    were_closed = {subtask["id"]: subtask for subtask in last.before["subtasks"]}
    for subtask in await _read_subtasks(work, todo):
        if subtask.id in were_closed and subtask.status is TodoStatus.PENDING:
            was = TodoShape.model_validate(subtask.model_dump() | were_closed[subtask.id])
            closed: dict[str, Any] = {"status": was.status, "completed_at": was.completed_at}
            closed["completed_by"] = await _existing_user(work, was.completed_by)
            closed_again = todo_rules.new_version(subtask, work.now, **closed)
            changes.append(TodoChange(closed_again, subtask, ("status",)))
    return changes


async def _delete_last_occurrence(work: UnitOfWork, todo: TodoShape) -> None:
    """Delete the last occurrence of a series that was over: the todo is opened again."""
    last = await read_last_occurrence(work, TodoId(todo.id))
    if last is not None and last.occurrence == _repeat_of(todo).occurrence:
        await delete_occurrence(work, todo.id, last)


async def _continue_numbering(work: UnitOfWork, todo: TodoShape) -> TodoShape:
    """Return the todo with an occurrence number that no earlier series of it has used."""
    number = await read_first_unused_number(work, todo.id)
    repeat = _repeat_of(todo)
    if repeat.occurrence == number:
        return todo
    return todo.model_copy(update={"repeat": repeat.model_copy(update={"occurrence": number})})


async def _read_subtasks(work: UnitOfWork, todo: TodoShape) -> list[TodoShape]:
    rows = await work.connection.execute(
        shapes.select_shapes()
        .where(TodoRow.parent_id == todo.id, TodoRow.deleted_at.is_(None))
        .order_by(TodoRow.rank, TodoRow.id)
    )
    return [shapes.shape_of(row) for row in rows]


async def _read_closed_subtasks(
    work: UnitOfWork, todo: TodoShape, edited_subtasks: Mapping[str, TodoShape]
) -> list[TodoShape]:
    subtasks = [
        edited_subtasks.get(subtask.id, subtask) for subtask in await _read_subtasks(work, todo)
    ]
    return [
        subtask
        for subtask in subtasks
        if subtask.parent_id == todo.id and subtask.status not in OPEN
    ]


async def _existing_user(work: UnitOfWork, user_id: str | None) -> str | None:
    # A deleted account is removed from every row, but not from the JSON in `before`.
    found: str | None = await work.connection.scalar(
        select(UserRow.id).where(UserRow.id == user_id)
    )
    return found


def _closing_values(outcome: Ending, actor: Actor, ended_at: datetime) -> dict[str, Any]:
    """Return the values of a todo whose last occurrence has ended."""
    if outcome is Ending.SKIPPED:
        return {"status": TodoStatus.CANCELLED}
    return {
        "status": TodoStatus.COMPLETED, "completed_at": ended_at, "completed_by": actor.user_id,
    }  # fmt: skip


def _extend(
    change: TodoChange,
    todo: TodoShape,
    values: dict[str, Any],
    ended: OccurrenceEnd,
    now: datetime,
) -> TodoChange:
    """Return the change with more values in it, as one new version of the todo."""
    new = change.todo.model_copy(update={**values, "version": todo.version + 1, "updated_at": now})
    differing = [
        name for name in ("repeat", "due", "status") if getattr(new, name) != getattr(todo, name)
    ]
    fields = tuple(dict.fromkeys([*change.fields, *differing]))
    return TodoChange(new, change.was, fields, change.overwrote, ended)


def _begins_series(was: RepeatShape, repeat: RepeatShape | None) -> bool:
    """Return True if the days of the series are others, or none are to come."""
    return repeat is None or (was.rule, was.counts_from, was.anchor) != (
        repeat.rule,
        repeat.counts_from,
        repeat.anchor,
    )


def _repeat_of(todo: TodoShape) -> RepeatShape:
    assert todo.repeat is not None
    return todo.repeat
