"""Occurrences that a calendar app ended before the series of their todo reached them.

They are stored with what the app calls the todo. The series ends them when it gets there
(shared/todos/commands/occurrences.py).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import Text, bindparam, null, select, update

from shared.actor import Actor
from shared.clock import as_rfc3339
from shared.contract.shapes import Ending
from shared.database.json_text import as_text, like_any
from shared.ids import ListId, TodoId, UserId
from shared.tables.accounts import UserRow
from shared.tables.interop.calendar_objects import CalendarObjectRow
from shared.tables.todos import TodoRow
from shared.unit_of_work import ReadTransaction, UnitOfWork

_ENDED_BY = (
    select(TodoRow.list_id, TodoRow.id)
    .join(CalendarObjectRow, CalendarObjectRow.todo_id == TodoRow.id)
    .where(
        CalendarObjectRow.ended_in_advance.is_not(None),
        like_any(as_text(CalendarObjectRow.ended_in_advance), bindparam("patterns", type_=Text())),
    )
)
_FORGET = (
    update(CalendarObjectRow)
    .where(CalendarObjectRow.todo_id == bindparam("of_todo"))
    .values(ended_in_advance=null())
)


@dataclass(frozen=True)
class EarlyEnding:
    """How an occurrence ended, when, and who wrote so first: None if that account was deleted."""

    outcome: Ending
    at: datetime
    by: str | None


async def read_zone_and_early_endings(
    read: ReadTransaction, actor: Actor, todo_id: str
) -> tuple[str, dict[date, EarlyEnding]]:
    """Return what the next occurrence of a todo depends on, besides the series: two things in one statement.

    The actor's time zone, an IANA name, decides when a floating due date is over. Days are those of
    the series (RepeatShape.day).
    """
    zone = select(UserRow.time_zone).where(UserRow.id == actor.user_id).scalar_subquery()
    row = (
        await read.connection.execute(select(zone.label("zone"), _stored(todo_id).label("endings")))
    ).one()
    return row.zone or "UTC", _endings_of(row.endings)


async def take_early_endings(work: UnitOfWork, todo_id: TodoId) -> dict[date, EarlyEnding]:
    """Return the stored endings of a todo, and remove them."""
    endings = _endings_of(await work.connection.scalar(select(_stored(todo_id))))
    if endings:
        row = CalendarObjectRow
        await work.connection.execute(
            update(row).where(row.todo_id == todo_id).values(ended_in_advance=None)
        )
    return endings


def forget_early_endings(work: UnitOfWork, todo_id: str) -> None:
    """Remove the stored endings of a todo whose series is over or another, with the next statement."""
    work.connection.defer(_FORGET, {"of_todo": todo_id})


async def read_ended_by(
    read: ReadTransaction, user_ids: Collection[UserId]
) -> list[tuple[ListId, TodoId]]:
    """Return the todos with stored endings by one of these users, and their lists. Reads all endings."""
    patterns = orjson.dumps([f"%{user_id}%" for user_id in sorted(user_ids)]).decode()
    rows = await read.connection.execute(_ENDED_BY, {"patterns": patterns})
    return [(ListId(row.list_id), TodoId(row.id)) for row in rows]


async def erase_authors(work: UnitOfWork, todo_id: TodoId, user_ids: Collection[UserId]) -> None:
    """Erase who of these users wrote the stored endings of a todo. The caller locked the list's stream."""
    endings = _endings_of(await work.connection.scalar(select(_stored(todo_id))))
    erased = {
        day: replace(each, by=None) if each.by in user_ids else each
        for day, each in endings.items()
    }
    if erased != endings:
        row = CalendarObjectRow
        await work.connection.execute(
            update(row).where(row.todo_id == todo_id).values(ended_in_advance=to_json(erased))
        )


def to_json(endings: Mapping[date, EarlyEnding]) -> dict[str, Any] | None:
    """Return the value of the column."""
    return {
        day.isoformat(): [each.outcome.value, as_rfc3339(each.at), each.by]
        for day, each in sorted(endings.items())
    } or None


def _stored(todo_id: str) -> Any:
    row = CalendarObjectRow
    return select(row.ended_in_advance).where(row.todo_id == todo_id).scalar_subquery()


def _endings_of(stored: dict[str, Any] | None) -> dict[date, EarlyEnding]:
    return {
        date.fromisoformat(day): EarlyEnding(Ending(outcome), datetime.fromisoformat(at), by)
        for day, (outcome, at, by) in (stored or {}).items()
    }
