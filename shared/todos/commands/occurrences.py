"""Occurrences of a todo that repeats: how one ends, how it comes back, and what is remembered.

The todo stays one row. When an occurrence ends, the row goes on to the next: another due date,
pending, its subtasks to do again; what it was is kept, with how it ended, so that it can be taken
back as it was. Nothing follows the last one: then the todo is completed, or cancelled if skipped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update

from shared.actor import Actor
from shared.contract.events import OccurrenceEnd
from shared.contract.shapes import OPEN, Ending, RepeatShape, TodoShape, TodoStatus
from shared.ids import TodoId
from shared.tables.accounts import UserRow
from shared.tables.todos import OccurrenceRow, TodoRow
from shared.todos.queries import shapes
from shared.todos.rules import todo_rules
from shared.todos.rules.change import TodoChange
from shared.todos.rules.due import due_at
from shared.todos.rules.repeat_series import advance
from shared.todos.rules.todo_edits import TodoEdit
from shared.unit_of_work import ReadTransaction, UnitOfWork

# Ten years of every day. Older ones go as new ones come: a row each, written as often as anybody
# likes, would grow without bound.
OCCURRENCES_KEPT = 4_000


@dataclass(frozen=True)
class Past:
    """An occurrence that is over; `before` is the todo as `_remember` wrote it down."""

    number: int
    occurrence: int
    outcome: Ending
    at: datetime
    by: str | None
    before: dict[str, Any]


async def apply_edit(
    work: UnitOfWork,
    actor: Actor,
    todo: TodoShape,
    edit: TodoEdit,
    edited_subtasks: Mapping[str, TodoShape] = MappingProxyType({}),
) -> list[TodoChange]:
    """Return the changes that an edit of status or repeat makes: the todo's, then its subtasks'.

    Completing a todo that repeats ends its present occurrence, so that a client which knows nothing
    of repeating does no harm. `edited_subtasks`: subtasks as the same edit left them, by id. The
    caller holds the list's lock.
    """
    is_open = todo.status in OPEN
    is_completed = edit.names("status") and edit.status is TodoStatus.COMPLETED
    stops_repeating = edit.names("repeat") and edit.repeat is None
    if todo.repeat is not None and is_open and is_completed and not stops_repeating:
        rest = edit.without("status")
        change = TodoChange(*todo_rules.apply_edit(todo, rest, actor.user_id, work.now))
        return await end(work, actor, todo, Ending.COMPLETED, change, edited_subtasks)
    if todo.repeat is not None and not is_open and edit.names("status") and edit.status in OPEN:
        await _forget_last(work, todo)
    edited, fields = todo_rules.apply_edit(todo, edit, actor.user_id, work.now)
    if todo.repeat is None and edited.repeat is not None:
        edited = await _counting_on(work, edited)
    if todo.repeat is not None and edited.repeat is None:
        await _use_up(work, todo)
    return [TodoChange(edited, fields)]


async def end(
    work: UnitOfWork,
    actor: Actor,
    todo: TodoShape,
    outcome: Ending,
    change: TodoChange,
    edited_subtasks: Mapping[str, TodoShape] = MappingProxyType({}),
) -> list[TodoChange]:
    """The present occurrence is remembered; returns the todo at its next one, and its subtasks.

    `change` is what else happens to the todo at the same time, `edited_subtasks` to its subtasks.
    """
    present = _repeat_of(change.todo)
    ended = OccurrenceEnd(occurrence=present.occurrence, outcome=outcome)
    onward = advance(present, work.now, await read_zone(work, actor))
    subtasks = [] if onward is None else await _closed_subtasks(work, todo, edited_subtasks)
    await _remember(work, actor, todo, outcome, subtasks)
    if onward is None:
        return [_last(change, todo, ended, actor, work.now)]
    repeat, due = onward
    after = {"repeat": repeat, "due": due, "due_at": due_at(due), "status": TodoStatus.PENDING}
    begun = [
        TodoChange(todo_rules.revised(one, work.now, **_open_again()), ("status",))
        for one in subtasks
    ]
    return [_also(change, todo, after, ended, work.now), *begun]


async def take_back(
    work: UnitOfWork, actor: Actor, todo: TodoShape, last: Past
) -> list[TodoChange]:
    """The todo is as before its newest occurrence ended, which is forgotten; so are its subtasks."""
    before = last.before
    old = TodoShape.model_validate(todo.model_dump() | {name: before[name] for name in _KEPT})
    ended = OccurrenceEnd(occurrence=last.occurrence, outcome=Ending.REOPENED)
    after = {
        "repeat": old.repeat, "due": old.due, "due_at": due_at(old.due), "status": old.status,
        "completed_at": None, "completed_by": None,
    }  # fmt: skip
    await _forget(work, todo, last.number)
    await _use_up(work, todo)
    changes = [_also(TodoChange(todo, ()), todo, after, ended, work.now)]
    ticked = {one["id"]: one for one in before["subtasks"]}
    for child in await _subtasks(work, todo):
        if child.id in ticked and child.status is TodoStatus.PENDING:
            was = TodoShape.model_validate(child.model_dump() | ticked[child.id])
            closed: dict[str, Any] = {"status": was.status, "completed_at": was.completed_at}
            closed["completed_by"] = await _still_there(work, was.completed_by)
            changes.append(TodoChange(todo_rules.revised(child, work.now, **closed), ("status",)))
    return changes


async def newest(read: ReadTransaction, todo_id: TodoId) -> Past | None:
    """Returns the occurrence of a todo that ended last."""
    found = await page(read, todo_id, None, 1)
    return found[0] if found else None


async def was_completed(read: ReadTransaction, todo_id: TodoId, occurrence: int) -> bool:
    found = select(OccurrenceRow.number).where(
        OccurrenceRow.todo_id == todo_id,
        OccurrenceRow.occurrence == occurrence,
        OccurrenceRow.outcome == Ending.COMPLETED.value,
    )
    return await read.connection.scalar(found.limit(1)) is not None


async def page(read: ReadTransaction, todo_id: TodoId, below: int | None, limit: int) -> list[Past]:
    """Returns occurrences that are over, the newest first, those numbered below `below`."""
    statement = select(*OccurrenceRow.__table__.c).where(OccurrenceRow.todo_id == todo_id)
    if below is not None:
        statement = statement.where(OccurrenceRow.number < below)
    rows = await read.connection.execute(
        statement.order_by(OccurrenceRow.number.desc()).limit(limit)
    )
    return [
        Past(
            row.number, row.occurrence, Ending(row.outcome), row.ended_at, row.ended_by, row.before
        )
        for row in rows
    ]


async def count(read: ReadTransaction, todo_id: TodoId) -> int:
    counted = select(func.count()).select_from(OccurrenceRow)
    return await read.connection.scalar(counted.where(OccurrenceRow.todo_id == todo_id)) or 0


async def read_zone(read: ReadTransaction, actor: Actor) -> str:
    """Returns the zone in which the actor's days begin."""
    zone = select(UserRow.time_zone).where(UserRow.id == actor.user_id)
    return await read.connection.scalar(zone) or "UTC"


# What of the todo itself is remembered, to go back to.
_KEPT = ("due", "repeat", "status")
_KEPT_OF_SUBTASKS = {"id", "status", "completed_at", "completed_by"}


async def _remember(
    work: UnitOfWork, actor: Actor, todo: TodoShape, outcome: Ending, subtasks: Sequence[TodoShape]
) -> None:
    repeat = _repeat_of(todo)
    last = await newest(work, TodoId(todo.id))
    number = 1 if last is None else last.number + 1
    before = todo.model_dump(mode="json", include=set(_KEPT))
    before["subtasks"] = [
        one.model_dump(mode="json", include=_KEPT_OF_SUBTASKS) for one in subtasks
    ]
    await work.connection.execute(
        insert(OccurrenceRow).values(
            todo_id=todo.id,
            number=number,
            occurrence=repeat.occurrence,
            outcome=outcome.value,
            ended_at=work.now,
            ended_by=actor.user_id,
            before=before,
        )
    )
    if number > OCCURRENCES_KEPT:
        old = OccurrenceRow.number <= number - OCCURRENCES_KEPT
        await work.connection.execute(
            delete(OccurrenceRow).where(OccurrenceRow.todo_id == todo.id, old)
        )


async def _forget_last(work: UnitOfWork, todo: TodoShape) -> None:
    """The last occurrence of a series that was over is not: the todo is open again."""
    last = await newest(work, TodoId(todo.id))
    if last is not None and last.occurrence == _repeat_of(todo).occurrence:
        await _forget(work, todo, last.number)


async def _forget(work: UnitOfWork, todo: TodoShape, number: int) -> None:
    one = OccurrenceRow.todo_id == todo.id, OccurrenceRow.number == number
    await work.connection.execute(delete(OccurrenceRow).where(*one))


async def _subtasks(work: UnitOfWork, todo: TodoShape) -> list[TodoShape]:
    rows = await work.connection.execute(
        shapes.select_shapes()
        .where(TodoRow.parent_id == todo.id, TodoRow.deleted_at.is_(None))
        .order_by(TodoRow.rank, TodoRow.id)
    )
    return [shapes.shape_of(row) for row in rows]


async def _closed_subtasks(
    work: UnitOfWork, todo: TodoShape, edited_subtasks: Mapping[str, TodoShape]
) -> list[TodoShape]:
    present = [edited_subtasks.get(one.id, one) for one in await _subtasks(work, todo)]
    return [one for one in present if one.parent_id == todo.id and one.status not in OPEN]


async def _use_up(work: UnitOfWork, todo: TodoShape) -> None:
    """The present number is not the first of a later series: somebody may still complete this one."""
    number = _repeat_of(todo).occurrence
    await work.connection.execute(
        update(TodoRow)
        .where(
            TodoRow.id == todo.id,
            or_(TodoRow.last_occurrence.is_(None), TodoRow.last_occurrence < number),
        )
        .values(last_occurrence=number)
    )


async def _counting_on(work: UnitOfWork, todo: TodoShape) -> TodoShape:
    """Returns it with a number of its own: an earlier series of it may have used the first ones."""
    last = await work.connection.scalar(
        select(TodoRow.last_occurrence).where(TodoRow.id == todo.id)
    )
    if last is None:
        return todo
    repeat = _repeat_of(todo).model_copy(update={"occurrence": last + 1})
    return todo.model_copy(update={"repeat": repeat})


async def _still_there(work: UnitOfWork, user_id: str | None) -> str | None:
    # An account deleted meanwhile took its name off everything but what is written in `before`.
    return await work.connection.scalar(select(UserRow.id).where(UserRow.id == user_id))


def _open_again() -> dict[str, Any]:
    return {"status": TodoStatus.PENDING, "completed_at": None, "completed_by": None}


def _last(
    change: TodoChange, todo: TodoShape, ended: OccurrenceEnd, actor: Actor, now: datetime
) -> TodoChange:
    if ended.outcome is Ending.SKIPPED:
        return _also(change, todo, {"status": TodoStatus.CANCELLED}, ended, now)
    done = {"status": TodoStatus.COMPLETED, "completed_at": now, "completed_by": actor.user_id}
    return _also(change, todo, done, ended, now)


def _also(
    change: TodoChange, todo: TodoShape, after: dict[str, Any], ended: OccurrenceEnd, now: datetime
) -> TodoChange:
    """Returns the change with more fields in it, as one new version of the todo."""
    new = change.todo.model_copy(update={**after, "version": todo.version + 1, "updated_at": now})
    told = ("repeat", "due", "status")
    fields = [*change.fields, *(one for one in told if getattr(new, one) != getattr(todo, one))]
    return TodoChange(new, tuple(dict.fromkeys(fields)), change.overwrote, ended)


def _repeat_of(todo: TodoShape) -> RepeatShape:
    assert todo.repeat is not None
    return todo.repeat
