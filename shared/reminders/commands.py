"""Commands on reminders. A reminder belongs to one user, on a todo of a list the user is in.

Events go to the user's own stream. Locks: the todo's list first, then the streams of all users
concerned, in one call. Everything is read again after that, since a user's zone may have changed
while the transaction waited for the lock.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from sqlalchemy import bindparam, delete, insert, select, update

from shared.access import gate
from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.events import ReminderRemoved, ReminderSet
from shared.contract.shapes import ReminderShape, ReminderState
from shared.errors import Conflict, Moved, NotFound
from shared.ids import ListId, ReminderId, StreamId, TodoId, UserId, new_id, user_stream
from shared.reminders import queries, rules
from shared.reminders.queries import RemindedTodo, Reminder
from shared.reminders.rules import (
    MAX_REMINDERS_PER_TODO,
    MAX_REMINDERS_PER_USER,
    ReminderTrigger,
    Snooze,
    Timing,
)
from shared.tables.accounts import UserRow
from shared.tables.reminders import ReminderRow
from shared.tables.todos import TodoRow
from shared.unit_of_work import UnitOfWork


async def set_reminder(
    work: UnitOfWork, actor: Actor, todo_id: TodoId, trigger: ReminderTrigger
) -> ReminderShape:
    """Add a reminder of the actor on a todo and return it.

    Raise Invalid for an instant in the past, Conflict `in_trash` or `too_many_reminders`, NotFound.
    """
    todo = await _lock_todo(work, actor, todo_id)
    if todo.in_trash:
        raise Conflict("It is in the trash. Restore it first.", code="in_trash")
    on_todo, scheduled = await queries.count_reminders(work, actor.user_id, todo_id)
    if on_todo >= MAX_REMINDERS_PER_TODO or scheduled >= MAX_REMINDERS_PER_USER:
        raise Conflict(
            f"At most {MAX_REMINDERS_PER_TODO} reminders a todo and {MAX_REMINDERS_PER_USER} to come in all.",
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
    shape = _new_shape(reminder_id, todo_id, todo.list_id, trigger, timing)
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
    [shape] = await _save(work, actor, [(reminder, timing)])
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


async def reschedule_for_todos(
    work: UnitOfWork,
    actor: Actor | None,
    todo_ids: Sequence[TodoId],
    *,
    also_lock: Iterable[StreamId] = (),
) -> None:
    """Reschedule the reminders relative to these todos' due dates, after the rows were written.

    A reminder that has fired is scheduled again if its new time is in the future. The caller holds
    the todos' lists. `also_lock` are further streams of users that the caller needs afterwards,
    since all streams of users are locked in one call.
    """
    relative = ReminderRow.todo_id.in_(todo_ids), ReminderRow.minutes_before.is_not(None)
    if reminders := await queries.find_reminders(work, *relative):
        await lock_reminded_users(work, reminders, also_lock)
        await _reschedule(
            work, actor, await queries.find_reminders(work, *relative), reactivate=True
        )


async def reschedule_for_user(work: UnitOfWork, user_id: UserId, zone: str) -> None:
    """Reschedule a user's scheduled reminders for a new time zone.

    Only floating and all-day due dates depend on it. The caller holds the user's stream.
    """
    reminders = await queries.find_reminders(
        work,
        ReminderRow.user_id == user_id,
        ReminderRow.minutes_before.is_not(None),
        ReminderRow.state == ReminderState.SCHEDULED.value,
        TodoRow.due_kind.in_(["floating", "date"]),
    )
    in_new_zone = [replace(reminder, zone=zone) for reminder in reminders]
    await _reschedule(work, None, in_new_zone, reactivate=False)


async def follow_moved_todos(
    work: UnitOfWork, actor: Actor, todo_ids: Sequence[TodoId], members: Collection[UserId]
) -> None:
    """Update the reminders of todos that were moved to another list, after the rows were written.

    Remove the reminders of users who are not among the new list's `members`. The caller holds both
    lists.
    """
    on_todos = ReminderRow.todo_id.in_(todo_ids)
    if not (reminders := await queries.find_reminders(work, on_todos)):
        return
    await lock_reminded_users(work, reminders)
    reminders = await queries.find_reminders(work, on_todos)
    lost = [reminder for reminder in reminders if reminder.user_id not in members]
    await _remove(work, actor, lost)
    for reminder in reminders:
        if reminder.user_id in members:
            event = ReminderSet(reminder=reminder.shape)
            work.record(user_stream(reminder.user_id), event, actor)


async def remove_reminders_of_todos(
    work: UnitOfWork, actor: Actor | None, todo_ids: Sequence[TodoId]
) -> None:
    """Remove all reminders on todos that are about to be purged. The caller holds their lists."""
    on_todos = ReminderRow.todo_id.in_(todo_ids)
    if reminders := await queries.find_reminders(work, on_todos):
        await lock_reminded_users(work, reminders)
        await _remove(work, actor, await queries.find_reminders(work, on_todos))


async def remove_reminders_of_member(
    work: UnitOfWork, actor: Actor | None, list_id: ListId, user_id: UserId
) -> None:
    """Remove a user's reminders in a list they left. The caller holds the list's stream and theirs."""
    conditions = ReminderRow.user_id == user_id, TodoRow.list_id == list_id
    await _remove(work, actor, await queries.find_reminders(work, *conditions))


async def remove_reminders_of_others(
    work: UnitOfWork, actor: Actor, list_ids: Sequence[ListId]
) -> None:
    """Remove the reminders of all users but the actor in lists that are about to be deleted.

    The caller holds the lists, and the streams of the users that `queries.read_other_reminded_users`
    returns.
    """
    of_others = ReminderRow.user_id != actor.user_id, TodoRow.list_id.in_(list_ids)
    await _remove(work, actor, await queries.find_reminders(work, *of_others))


async def _lock_todo(work: UnitOfWork, actor: Actor, todo_id: TodoId) -> RemindedTodo:
    """Lock the list of a todo and the actor's stream, and return the todo.

    Raise NotFound, or Moved if the todo changed its list while the transaction waited.
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
    return todo


async def lock_reminded_users(
    work: UnitOfWork, reminders: Sequence[Reminder], also: Iterable[StreamId] = ()
) -> None:
    """Lock the streams of the users of these reminders, and the `also` streams, in one call."""
    users = (user_stream(reminder.user_id) for reminder in reminders)
    await work.lock_streams({*users, *also})


async def _reschedule(
    work: UnitOfWork, actor: Actor | None, reminders: Sequence[Reminder], *, reactivate: bool
) -> None:
    changed = []
    for reminder in reminders:
        instant = rules.trigger_instant(reminder.trigger, reminder.due, reminder.zone)
        timing = rules.rescheduled(reminder.timing, instant, work.now, reactivate=reactivate)
        if timing is not reminder.timing:
            changed.append((reminder, timing))
    await _save(work, actor, changed)


async def _save(
    work: UnitOfWork, actor: Actor | None, changed: Sequence[tuple[Reminder, Timing]]
) -> list[ReminderShape]:
    """Write new timings and record them. The caller holds the users' streams."""
    if not changed:
        return []
    await work.connection.execute(
        update(ReminderRow)
        .where(ReminderRow.id == bindparam("reminder_id"))
        .values(
            next_fire_at=bindparam("fires_at"),
            state=bindparam("new_state"),
            occurrence=bindparam("new_occurrence"),
            snoozed_until=bindparam("snooze_end"),
            detail="",
        ),
        [
            {
                "reminder_id": reminder.id,
                "fires_at": timing.next_fire_at,
                "new_state": timing.state.value,
                "new_occurrence": timing.occurrence,
                "snooze_end": timing.snoozed_until,
            }
            for reminder, timing in changed
        ],
    )
    shapes = []
    for reminder, timing in changed:
        updated = {
            "fires_at": timing.next_fire_at or reminder.shape.sent_at,
            "state": timing.state,
            "snoozed_until": timing.snoozed_until,
            "detail": "",
        }
        shapes.append(reminder.shape.model_copy(update=updated))
        work.record(user_stream(reminder.user_id), ReminderSet(reminder=shapes[-1]), actor)
    return shapes


async def _remove(work: UnitOfWork, actor: Actor | None, reminders: Sequence[Reminder]) -> None:
    if not reminders:
        return
    ids = [reminder.id for reminder in reminders]
    await work.connection.execute(delete(ReminderRow).where(ReminderRow.id.in_(ids)))
    for reminder in reminders:
        removed = ReminderRemoved(reminder_id=reminder.id)
        work.record(user_stream(reminder.user_id), removed, actor)


def _new_shape(
    reminder_id: ReminderId,
    todo_id: TodoId,
    list_id: ListId,
    trigger: ReminderTrigger,
    timing: Timing,
) -> ReminderShape:
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
