"""Writes of reminders: each person's own, on todos of lists they share.

Their events go to the person's own stream. Locks: the todo's list first, then the streams of all
persons concerned in one call; after that everything is read again, for the zone may have changed
while we waited.
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
    """The actor will be reminded of the todo. Raises Invalid for an instant that is past."""
    todo = await _enter(work, actor, todo_id)
    if todo.in_trash:
        raise Conflict("It is in the trash. Restore it first.", code="in_trash")
    on_todo, to_come = await queries.count_reminders(work, actor.user_id, todo_id)
    if on_todo >= MAX_REMINDERS_PER_TODO or to_come >= MAX_REMINDERS_PER_USER:
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
    """The actor's reminder fires once more, then; also one that fired already. Raises Invalid."""
    await _enter(work, actor, todo_id)
    mine = (
        ReminderRow.id == reminder_id,
        ReminderRow.todo_id == todo_id,
        ReminderRow.user_id == actor.user_id,
    )
    found = await queries.find_reminders(work, *mine)
    if not found:
        raise NotFound
    timing = rules.snoozed(found[0].timing, snooze, found[0].zone, work.now)
    [shape] = await _save(work, actor, [(found[0], timing)])
    return shape


async def remove_reminder(
    work: UnitOfWork, actor: Actor, todo_id: TodoId, reminder_id: ReminderId
) -> None:
    """The reminder is gone. Somebody else's, or one of another todo, is NotFound."""
    await _enter(work, actor, todo_id)
    gone = await work.connection.execute(
        delete(ReminderRow).where(
            ReminderRow.id == reminder_id,
            ReminderRow.todo_id == todo_id,
            ReminderRow.user_id == actor.user_id,
        )
    )
    if not gone.rowcount:
        raise NotFound
    work.record(user_stream(actor.user_id), ReminderRemoved(reminder_id=reminder_id), actor)


async def reschedule_for_todos(
    work: UnitOfWork,
    actor: Actor | None,
    todo_ids: Sequence[TodoId],
    *,
    also_lock: Iterable[StreamId] = (),
) -> None:
    """Reminders relative to these todos' due dates fit them, as the tables say now.

    Call it after the todos' rows were written, holding their lists. A reminder that already fired
    is scheduled again when its new time is to come. `also_lock`: persons the caller will need
    afterwards, for all are held in one call.
    """
    relative = ReminderRow.todo_id.in_(todo_ids), ReminderRow.minutes_before.is_not(None)
    if reminders := await queries.find_reminders(work, *relative):
        await _lock_persons(work, reminders, also_lock)
        await _retime(work, actor, await queries.find_reminders(work, *relative), revive=True)


async def reschedule_for_user(work: UnitOfWork, user_id: UserId, zone: str) -> None:
    """A person's reminders to come fit the zone they are in now.

    The caller holds that person's stream. Only floating and all-day due dates depend on it.
    """
    reminders = await queries.find_reminders(
        work,
        ReminderRow.user_id == user_id,
        ReminderRow.minutes_before.is_not(None),
        ReminderRow.state == ReminderState.SCHEDULED.value,
        TodoRow.due_kind.in_(["floating", "date"]),
    )
    there = [replace(one, zone=zone) for one in reminders]
    await _retime(work, None, there, revive=False)


async def follow_moved_todos(
    work: UnitOfWork, actor: Actor, todo_ids: Sequence[TodoId], members: Collection[UserId]
) -> None:
    """Reminders moved along with their todos; those of persons not among `members` are gone.

    Call it after the todos' rows were written, holding both lists.
    """
    on_todos = ReminderRow.todo_id.in_(todo_ids)
    if not (reminders := await queries.find_reminders(work, on_todos)):
        return
    await _lock_persons(work, reminders)
    reminders = await queries.find_reminders(work, on_todos)
    await _remove(work, actor, [one for one in reminders if one.user_id not in members])
    for one in reminders:
        if one.user_id in members:
            work.record(user_stream(one.user_id), ReminderSet(reminder=one.shape), actor)


async def remove_reminders_of_todos(
    work: UnitOfWork, actor: Actor | None, todo_ids: Sequence[TodoId]
) -> None:
    """No reminders are left on these todos, which are about to go for good; holding their lists."""
    on_todos = ReminderRow.todo_id.in_(todo_ids)
    if reminders := await queries.find_reminders(work, on_todos):
        await _lock_persons(work, reminders)
        await _remove(work, actor, await queries.find_reminders(work, on_todos))


async def remove_reminders_of_member(
    work: UnitOfWork, actor: Actor | None, list_id: ListId, user_id: UserId
) -> None:
    """A person has no reminders in a list they left. The caller holds it and their stream."""
    mine = ReminderRow.user_id == user_id, TodoRow.list_id == list_id
    await _remove(work, actor, await queries.find_reminders(work, *mine))


async def remove_reminders_of_others(
    work: UnitOfWork, actor: Actor, list_ids: Sequence[ListId]
) -> None:
    """Nobody but the actor has reminders in these lists, which are about to go for good.

    The caller holds them and the streams of queries.read_other_reminded_users.
    """
    of_others = ReminderRow.user_id != actor.user_id, TodoRow.list_id.in_(list_ids)
    await _remove(work, actor, await queries.find_reminders(work, *of_others))


async def _enter(work: UnitOfWork, actor: Actor, todo_id: TodoId) -> RemindedTodo:
    seen = await queries.read_reminded_todo(work, todo_id)
    if seen is None:
        raise NotFound
    await gate.authorize_write(
        work, actor, seen.list_id, Action.SET_REMINDER, also_lock=[user_stream(actor.user_id)]
    )
    todo = await queries.read_reminded_todo(work, todo_id)
    if todo is None:
        raise NotFound
    if todo.list_id != seen.list_id:
        raise Moved
    return todo


async def _lock_persons(
    work: UnitOfWork, reminders: Sequence[Reminder], also: Iterable[StreamId] = ()
) -> None:
    await work.lock_streams({*(user_stream(one.user_id) for one in reminders), *also})


async def _retime(
    work: UnitOfWork, actor: Actor | None, reminders: Sequence[Reminder], *, revive: bool
) -> None:
    changed = []
    for one in reminders:
        instant = rules.trigger_instant(one.trigger, one.due, one.zone)
        timing = rules.rescheduled(one.timing, instant, work.now, revive=revive)
        if timing is not one.timing:
            changed.append((one, timing))
    await _save(work, actor, changed)


async def _save(
    work: UnitOfWork, actor: Actor | None, changed: Sequence[tuple[Reminder, Timing]]
) -> list[ReminderShape]:
    """These have new timings, told to their persons, whose streams are held."""
    if not changed:
        return []
    await work.connection.execute(
        update(ReminderRow)
        .where(ReminderRow.id == bindparam("the_id"))
        .values(
            next_fire_at=bindparam("to_come"),
            state=bindparam("new_state"),
            occurrence=bindparam("number"),
            snoozed_until=bindparam("snoozed"),
            detail="",
        ),
        [
            {
                "the_id": one.id,
                "to_come": timing.next_fire_at,
                "new_state": timing.state.value,
                "number": timing.occurrence,
                "snoozed": timing.snoozed_until,
            }
            for one, timing in changed
        ],
    )
    shapes = []
    for one, timing in changed:
        news = {
            "fires_at": timing.next_fire_at or one.shape.sent_at,
            "state": timing.state,
            "snoozed_until": timing.snoozed_until,
            "detail": "",
        }
        shapes.append(one.shape.model_copy(update=news))
        work.record(user_stream(one.user_id), ReminderSet(reminder=shapes[-1]), actor)
    return shapes


async def _remove(work: UnitOfWork, actor: Actor | None, reminders: Sequence[Reminder]) -> None:
    if not reminders:
        return
    ids = [one.id for one in reminders]
    await work.connection.execute(delete(ReminderRow).where(ReminderRow.id.in_(ids)))
    for one in reminders:
        work.record(user_stream(one.user_id), ReminderRemoved(reminder_id=one.id), actor)


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
