"""Commands on reminders: set, snooze, remove. A reminder belongs to one user, on a todo.

Events go to the user's own stream. Locks: the list's stream first, then the user's.
"""

from sqlalchemy import delete, insert, select

from shared.access import gate
from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.events import ReminderRemoved, ReminderSet
from shared.contract.shapes import ReminderShape
from shared.errors import Conflict, Moved, NotFound
from shared.ids import ListId, ReminderId, TodoId, new_id, user_stream
from shared.languages.texts import message
from shared.reminders import queries, rescheduling, rules
from shared.reminders.queries import RemindedTodo
from shared.reminders.rules import (
    MAX_REMINDERS_PER_TODO,
    MAX_REMINDERS_PER_USER,
    ReminderTrigger,
    Snooze,
    Timing,
)
from shared.tables.accounts import UserRow
from shared.tables.reminders import ReminderRow
from shared.unit_of_work import UnitOfWork


async def set_reminder(
    work: UnitOfWork, actor: Actor, todo_id: TodoId, trigger: ReminderTrigger
) -> ReminderShape:
    """Add a reminder of the actor on a todo and return it.

    Raise Invalid for an instant in the past, Conflict `in_trash` or `too_many_reminders`, NotFound.
    """
    todo = await _lock_todo(work, actor, todo_id)
    on_todo, scheduled = await queries.count_reminders(work, actor.user_id, todo_id)
    if on_todo >= MAX_REMINDERS_PER_TODO or scheduled >= MAX_REMINDERS_PER_USER:
        raise Conflict(
            message(
                "At most {limit} reminders a todo and {limit_of_all} to come in all.",
                limit=MAX_REMINDERS_PER_TODO,
                limit_of_all=MAX_REMINDERS_PER_USER,
            ),
            code="too_many_reminders",
        )
    zone = await work.connection.scalar(
        select(UserRow.time_zone).where(UserRow.id == actor.user_id)
    )
    timing = rules.initial_timing(trigger, todo.due, zone or "UTC", work.now)
    reminder_id = ReminderId(new_id())
    await work.connection.execute(
        insert(ReminderRow).values(
            id=reminder_id,
            todo_id=todo_id,
            user_id=actor.user_id,
            at=trigger.at,
            minutes_before=trigger.minutes_before,
            next_fire_at=timing.next_fire_at,
            occurrence=timing.occurrence,
            state=timing.state.value,
            created_at=work.now,
        )
    )
    if timing.next_fire_at is not None:
        work.wake_workers_at(timing.next_fire_at)
    shape = new_shape(reminder_id, todo_id, todo.list_id, trigger, timing)
    work.record(user_stream(actor.user_id), ReminderSet(reminder=shape), actor)
    return shape


async def snooze_reminder(
    work: UnitOfWork, actor: Actor, todo_id: TodoId, reminder_id: ReminderId, snooze: Snooze
) -> ReminderShape:
    """Let the actor's reminder fire when the snooze ends, even if it has fired, and return it.

    Raise Invalid, NotFound.
    """
    await _lock_todo(work, actor, todo_id)
    conditions = (
        ReminderRow.id == reminder_id,
        ReminderRow.todo_id == todo_id,
        ReminderRow.user_id == actor.user_id,
    )
    found = await queries.find_reminders(work, *conditions)
    if not found:
        raise NotFound
    [reminder] = found
    timing = rules.snoozed(reminder.timing, snooze, reminder.zone, work.now)
    [shape] = await rescheduling.save_timings(work, actor, [(reminder, timing)])
    return shape


async def remove_reminder(
    work: UnitOfWork, actor: Actor, todo_id: TodoId, reminder_id: ReminderId
) -> None:
    """Remove the actor's reminder. Raise NotFound for another user's or another todo's reminder."""
    await _lock_todo(work, actor, todo_id)
    deleted = await work.connection.execute(
        delete(ReminderRow).where(
            ReminderRow.id == reminder_id,
            ReminderRow.todo_id == todo_id,
            ReminderRow.user_id == actor.user_id,
        )
    )
    if not deleted.rowcount:
        raise NotFound
    work.record(user_stream(actor.user_id), ReminderRemoved(reminder_id=reminder_id), actor)


async def _lock_todo(work: UnitOfWork, actor: Actor, todo_id: TodoId) -> RemindedTodo:
    """Lock the streams of a todo's list and of the actor; return the todo.

    Raise NotFound, Conflict `in_trash`, or Moved if the todo changed its list while the transaction
    waited.
    """
    before = await queries.read_reminded_todo(work, todo_id)
    if before is None:
        raise NotFound
    await gate.authorize_write(
        work, actor, before.list_id, Action.SET_REMINDER, also_lock=[user_stream(actor.user_id)]
    )
    todo = await queries.read_reminded_todo(work, todo_id)
    if todo is None:
        raise NotFound
    if todo.list_id != before.list_id:
        raise Moved
    if todo.is_in_trash:
        raise gate.in_trash()
    return todo


def new_shape(
    reminder_id: ReminderId,
    todo_id: TodoId,
    list_id: ListId,
    trigger: ReminderTrigger,
    timing: Timing,
) -> ReminderShape:
    """Return a reminder that was neither snoozed nor sent yet."""
    return ReminderShape(
        id=reminder_id,
        todo_id=todo_id,
        list_id=list_id,
        at=trigger.at,
        minutes_before=trigger.minutes_before,
        snoozed_until=None,
        fires_at=timing.next_fire_at,
        state=timing.state,
        sent_at=None,
        detail="",
    )
