"""Update reminders after changes of todos, lists, members and time zones.

Called in the transaction of the change. The streams of the users concerned are locked in one call,
after those of the lists. Reminders are read again after that, since a user's zone may have changed while the
transaction waited for the lock.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from sqlalchemy import bindparam, delete, update

from shared.actor import Actor
from shared.contract.events import ReminderRemoved, ReminderSet
from shared.contract.shapes import ReminderShape, ReminderState
from shared.ids import ListId, StreamId, TodoId, UserId, user_stream
from shared.reminders import queries, rules
from shared.reminders.queries import Reminder
from shared.reminders.rules import Timing
from shared.tables.reminders import ReminderRow
from shared.tables.todos import TodoRow
from shared.unit_of_work import UnitOfWork


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
    work: UnitOfWork,
    actor: Actor,
    todo_ids: Sequence[TodoId],
    members: Collection[UserId],
    *,
    also_lock: Iterable[StreamId] = (),
) -> None:
    """Update the reminders of todos that were moved to another list, after the rows were written.

    Remove the reminders of users who are not among the new list's `members`. The caller holds both
    lists. `also_lock` are further streams of users, as above.
    """
    on_todos = ReminderRow.todo_id.in_(todo_ids)
    reminders = await queries.find_reminders(work, on_todos)
    await lock_reminded_users(work, reminders, also_lock)
    if not reminders:
        return
    reminders = await queries.find_reminders(work, on_todos)
    lost = [reminder for reminder in reminders if reminder.user_id not in members]
    await _remove(work, actor, lost)
    for reminder in reminders:
        if reminder.user_id in members:
            event = ReminderSet(reminder=reminder.shape)
            work.record(user_stream(reminder.user_id), event, actor)


async def remove_reminders_of_todos(
    work: UnitOfWork,
    actor: Actor | None,
    todo_ids: Sequence[TodoId],
    *,
    also_lock: Iterable[StreamId] = (),
) -> None:
    """Remove all reminders on todos that are about to be purged. The caller holds their lists.

    `also_lock` are further streams of users, as above.
    """
    on_todos = ReminderRow.todo_id.in_(todo_ids)
    reminders = await queries.find_reminders(work, on_todos)
    await lock_reminded_users(work, reminders, also_lock)
    if reminders:
        await _remove(work, actor, await queries.find_reminders(work, on_todos))


async def remove_reminders_of_member(
    work: UnitOfWork, actor: Actor | None, list_id: ListId, user_id: UserId
) -> None:
    """Remove a user's reminders in a list they left.

    The caller holds the locks of the list's and the user's streams.
    """
    conditions = ReminderRow.user_id == user_id, TodoRow.list_id == list_id
    await _remove(work, actor, await queries.find_reminders(work, *conditions))


async def remove_reminders_of_others(
    work: UnitOfWork, actor: Actor, list_ids: Sequence[ListId]
) -> None:
    """Remove the reminders of all users but the actor in lists that are about to be deleted.

    The caller holds the locks of the streams of the lists, and of the users that
    `queries.read_other_reminded_users` returns.
    """
    of_others = ReminderRow.user_id != actor.user_id, TodoRow.list_id.in_(list_ids)
    await _remove(work, actor, await queries.find_reminders(work, *of_others))


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
    await save_timings(work, actor, changed)


async def save_timings(
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
        if timing.next_fire_at is not None:
            work.wake_workers_at(timing.next_fire_at)
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
