"""Store the ended occurrences of repeating todos: rows of todo_occurrences.

Rows are numbered in the order in which they ended, under the lock of the list's stream. An
occurrence that was reopened is deleted, so it may end again under a later number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update

from shared.actor import Actor
from shared.contract.shapes import Ending, RepeatShape, TodoShape, TodoStatus
from shared.ids import TodoId
from shared.tables.accounts import UserRow
from shared.tables.todos import OccurrenceRow, TodoRow
from shared.todos.persistence.early_endings import EarlyEnding
from shared.todos.rules.repeat_series import Due
from shared.unit_of_work import ReadTransaction, UnitOfWork

# Ten years of a daily todo. The oldest are deleted as new ones come: each is a row, and a client
# can complete and reopen as often as it likes.
MAX_OCCURRENCES_PER_TODO = 4_000

# The fields of the todo and of its subtasks that are stored, to be restored on reopening.
STORED_FIELDS = ("due", "repeat", "status")
_STORED_SUBTASK_FIELDS = {"id", "status", "completed_at", "completed_by"}
_PASSED = "passed"


@dataclass(frozen=True)
class EndedOccurrence:
    """An occurrence that has ended.

    `before` holds the todo's STORED_FIELDS as JSON, as they were then; under "subtasks" those that were
    closed; and under "passed", if there are any, how many occurrences after it the series passed with it
    because they had ended before. Their numbers are those before its own.
    """

    number: int
    occurrence: int
    outcome: Ending
    at: datetime
    by: str | None
    before: dict[str, Any]


async def read_last_occurrence(read: ReadTransaction, todo_id: TodoId) -> EndedOccurrence | None:
    """Return the occurrence that ended last."""
    found = await read_ended_occurrences(read, todo_id, None, 1)
    return found[0] if found else None


async def read_ended_occurrences(
    read: ReadTransaction, todo_id: TodoId, below: int | None, limit: int
) -> list[EndedOccurrence]:
    """Return ended occurrences, the newest first; with `below`, those with a smaller number."""
    statement = select(*OccurrenceRow.__table__.c).where(OccurrenceRow.todo_id == todo_id)
    if below is not None:
        statement = statement.where(OccurrenceRow.number < below)
    rows = await read.connection.execute(
        statement.order_by(OccurrenceRow.number.desc()).limit(limit)
    )
    return [
        EndedOccurrence(
            row.number, row.occurrence, Ending(row.outcome), row.ended_at, row.ended_by, row.before
        )
        for row in rows
    ]


async def count_ended_occurrences(read: ReadTransaction, todo_id: TodoId) -> int:
    count = select(func.count()).select_from(OccurrenceRow)
    return await read.connection.scalar(count.where(OccurrenceRow.todo_id == todo_id)) or 0


async def was_completed(read: ReadTransaction, todo_id: TodoId, occurrence: int) -> bool:
    """Return True if the occurrence ended by being completed."""
    found = select(OccurrenceRow.number).where(
        OccurrenceRow.todo_id == todo_id,
        OccurrenceRow.occurrence == occurrence,
        OccurrenceRow.outcome == Ending.COMPLETED.value,
    )
    return await read.connection.scalar(found.limit(1)) is not None


async def insert_occurrence(
    work: UnitOfWork,
    actor: Actor,
    todo: TodoShape,
    repeat: RepeatShape,
    outcome: Ending,
    closed_subtasks: Sequence[TodoShape],
    ended_at: datetime,
    passed: int = 0,
) -> None:
    """Store the present occurrence of `todo` as ended, and delete the oldest above the maximum.

    `passed` is the number of occurrences that `insert_passed_occurrences` has just stored.
    """
    number = await _next_number(work, todo)
    before = todo.model_dump(mode="json", include=set(STORED_FIELDS))
    before["subtasks"] = [
        subtask.model_dump(mode="json", include=_STORED_SUBTASK_FIELDS)
        for subtask in closed_subtasks
    ]
    if passed:
        before[_PASSED] = passed
    await work.connection.execute(
        insert(OccurrenceRow).values(
            todo_id=todo.id,
            number=number,
            occurrence=repeat.occurrence,
            outcome=outcome.value,
            ended_at=ended_at,
            ended_by=actor.user_id,
            before=before,
        )
    )
    if number > MAX_OCCURRENCES_PER_TODO:
        oldest = OccurrenceRow.number <= number - MAX_OCCURRENCES_PER_TODO
        await work.connection.execute(
            delete(OccurrenceRow).where(OccurrenceRow.todo_id == todo.id, oldest)
        )


async def insert_passed_occurrences(
    work: UnitOfWork, todo: TodoShape, passed: Sequence[tuple[RepeatShape, Due, EarlyEnding]]
) -> None:
    """Store occurrences after the present one of `todo` that ended in advance, in their order."""
    if not passed:
        return
    first = await _next_number(work, todo)
    authors = {ending.by for _, _, ending in passed if ending.by is not None}
    # The ending may be older than the deletion of the account that wrote it.
    existing = set(await work.connection.scalars(select(UserRow.id).where(UserRow.id.in_(authors))))
    rows = [
        {
            "todo_id": todo.id,
            "number": number,
            "occurrence": repeat.occurrence,
            "outcome": ending.outcome.value,
            "ended_at": ending.at,
            "ended_by": ending.by if ending.by in existing else None,
            "before": {
                "due": due.model_dump(mode="json"),
                "repeat": repeat.model_dump(mode="json"),
                "status": TodoStatus.PENDING.value,
                "subtasks": [],
            },
        }
        for number, (repeat, due, ending) in enumerate(passed, first)
    ]
    await work.connection.execute(insert(OccurrenceRow), rows)


async def _next_number(read: ReadTransaction, todo: TodoShape) -> int:
    last = await read_last_occurrence(read, TodoId(todo.id))
    return 1 if last is None else last.number + 1


@dataclass(frozen=True)
class OldOccurrence:
    """An occurrence of a todo that ended elsewhere, before the todo was imported."""

    todo_id: TodoId
    number: int
    occurrence: int
    outcome: Ending
    ended_at: datetime
    before: dict[str, Any]


async def insert_old_occurrences(
    work: UnitOfWork, actor: Actor, old: Sequence[OldOccurrence]
) -> None:
    """Store occurrences that the todos had elsewhere, as ended by the actor."""
    if not old:
        return
    rows = [vars(each) | {"outcome": each.outcome.value, "ended_by": actor.user_id} for each in old]
    await work.connection.execute(insert(OccurrenceRow), rows)
    highest: dict[str, int] = {}
    for each in old:
        highest[each.todo_id] = max(each.occurrence, highest.get(each.todo_id, 0))
    for todo_id, occurrence in highest.items():
        await retire_occurrence_number(work, todo_id, occurrence)


async def delete_occurrence(work: UnitOfWork, todo_id: str, ended: EndedOccurrence) -> None:
    """Delete the occurrence, and those that the series passed with it."""
    first = ended.number - ended.before.get(_PASSED, 0)
    rows = OccurrenceRow.todo_id == todo_id, OccurrenceRow.number.between(first, ended.number)
    await work.connection.execute(delete(OccurrenceRow).where(*rows))


async def retire_occurrence_number(work: UnitOfWork, todo_id: str, occurrence: int) -> None:
    """Let no later series of the todo use this occurrence number or a smaller one.

    A client may still send a request to complete the occurrence that has this number now.
    """
    await work.connection.execute(
        update(TodoRow)
        .where(
            TodoRow.id == todo_id,
            or_(TodoRow.last_occurrence.is_(None), TodoRow.last_occurrence < occurrence),
        )
        .values(last_occurrence=occurrence)
    )


async def read_first_unused_number(read: ReadTransaction, todo_id: str) -> int:
    """Return the number with which a new series of the todo begins."""
    last = await read.connection.scalar(
        select(TodoRow.last_occurrence).where(TodoRow.id == todo_id)
    )
    return 1 if last is None else last + 1
