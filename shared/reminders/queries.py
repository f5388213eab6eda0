"""Reads of reminders, each with its todo's due date and its user's zone, in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, func, select

from shared.access import gate
from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.shapes import ReminderShape, ReminderState
from shared.ids import ListId, ReminderId, TodoId, UserId
from shared.reminders.rules import Due, ReminderTrigger, Timing
from shared.tables.accounts import UserRow
from shared.tables.reminders import ReminderRow
from shared.tables.todos import TodoRow
from shared.unit_of_work import ReadTransaction


@dataclass(frozen=True)
class Reminder:
    """A reminder and everything that its timing depends on. `zone` is the user's."""

    id: ReminderId
    user_id: UserId
    trigger: ReminderTrigger
    due: Due
    zone: str
    timing: Timing
    shape: ReminderShape


@dataclass(frozen=True)
class RemindedTodo:
    """The part of a todo that its reminders depend on."""

    list_id: ListId
    due: Due
    is_in_trash: bool


_SELECT_REMINDERS = (
    select(
        ReminderRow.id,
        ReminderRow.todo_id,
        ReminderRow.user_id,
        ReminderRow.at,
        ReminderRow.minutes_before,
        ReminderRow.snoozed_until,
        ReminderRow.next_fire_at,
        ReminderRow.occurrence,
        ReminderRow.state,
        ReminderRow.sent_at,
        ReminderRow.detail,
        UserRow.time_zone,
        TodoRow.list_id,
        TodoRow.due_kind,
        TodoRow.due_date,
        TodoRow.due_local,
        TodoRow.due_at,
    )
    .join(UserRow, UserRow.id == ReminderRow.user_id)
    .join(TodoRow, TodoRow.id == ReminderRow.todo_id)
    .order_by(ReminderRow.id)
)


def reminder_from_row(row: Row[*tuple[Any, ...]]) -> Reminder:
    shape = ReminderShape(
        id=row.id,
        todo_id=row.todo_id,
        list_id=row.list_id,
        at=row.at,
        minutes_before=row.minutes_before,
        snoozed_until=row.snoozed_until,
        fires_at=row.next_fire_at or row.sent_at,
        state=row.state,
        sent_at=row.sent_at,
        detail=row.detail,
    )
    return Reminder(
        id=ReminderId(row.id),
        user_id=UserId(row.user_id),
        trigger=ReminderTrigger(row.at, row.minutes_before),
        due=Due(row.due_kind, row.due_date, row.due_local, row.due_at),
        zone=row.time_zone,
        timing=Timing(
            row.next_fire_at, ReminderState(row.state), row.occurrence, row.snoozed_until
        ),
        shape=shape,
    )


async def find_reminders(read: ReadTransaction, *conditions: ColumnElement[bool]) -> list[Reminder]:
    """Return the reminders that meet all conditions, oldest first."""
    rows = await read.connection.execute(_SELECT_REMINDERS.where(*conditions))
    return [reminder_from_row(row) for row in rows]


_OF_TODO = _SELECT_REMINDERS.where(
    ReminderRow.user_id == bindparam("reader"), ReminderRow.todo_id == gate.TODO_ID
).subquery("reminder")
_REMINDERS_FOR_MEMBER = gate.select_for_member_of_todo(_OF_TODO).order_by(_OF_TODO.c.id)


async def read_reminders_of_todo(
    read: ReadTransaction, actor: Actor, todo_id: TodoId
) -> list[ReminderShape]:
    """Return the actor's own reminders on one todo, in one statement.

    Raise NotFound when the actor may set none.
    """
    values = gate.reader(actor) | {"todo_id": todo_id}
    rows = (await read.connection.execute(_REMINDERS_FOR_MEMBER, values)).all()
    gate.authorize_rows(rows, Action.SET_REMINDER)
    return [reminder_from_row(row).shape for row in rows if row.id is not None]


async def read_other_reminded_users(
    read: ReadTransaction, user_id: UserId, list_ids: Sequence[ListId]
) -> list[UserId]:
    """Return the users other than `user_id` who have reminders in any of these lists."""
    user_ids = (
        select(ReminderRow.user_id)
        .join(TodoRow, TodoRow.id == ReminderRow.todo_id)
        .where(TodoRow.list_id.in_(list_ids), ReminderRow.user_id != user_id)
        .distinct()
    )
    return [UserId(other_id) for other_id in await read.connection.scalars(user_ids)]


async def read_reminded_todo(read: ReadTransaction, todo_id: TodoId) -> RemindedTodo | None:
    row = (
        await read.connection.execute(
            select(
                TodoRow.list_id,
                TodoRow.deleted_at,
                TodoRow.due_kind,
                TodoRow.due_date,
                TodoRow.due_local,
                TodoRow.due_at,
            ).where(TodoRow.id == todo_id)
        )
    ).one_or_none()
    if row is None:
        return None
    due = Due(row.due_kind, row.due_date, row.due_local, row.due_at)
    return RemindedTodo(ListId(row.list_id), due, row.deleted_at is not None)


async def count_reminders(
    read: ReadTransaction, user_id: UserId, todo_id: TodoId
) -> tuple[int, int]:
    """Return how many reminders a user has on the todo, and how many scheduled ones in all."""
    on_todo, scheduled = (
        await read.connection.execute(
            select(
                func.count().filter(ReminderRow.todo_id == todo_id),
                func.count().filter(ReminderRow.state == ReminderState.SCHEDULED.value),
            ).where(ReminderRow.user_id == user_id)
        )
    ).one()
    return on_todo, scheduled
