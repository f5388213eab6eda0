"""Occurrences that a calendar app ended before the series of their todo reached them.

They are stored with what the app calls the todo. The series ends them when it gets there
(shared/todos/commands/occurrences.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, null, select, update

from shared.actor import Actor
from shared.clock import as_rfc3339
from shared.contract.shapes import Ending
from shared.ids import TodoId
from shared.tables.accounts import UserRow
from shared.tables.interop.calendar_objects import CalendarObjectRow
from shared.unit_of_work import ReadTransaction, UnitOfWork

_FORGET = (
    update(CalendarObjectRow)
    .where(CalendarObjectRow.todo_id == bindparam("of_todo"))
    .values(ended_in_advance=null())
)


@dataclass(frozen=True)
class EarlyEnding:
    """How an occurrence ended, when, and who wrote so first."""

    outcome: Ending
    at: datetime
    by: str


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
