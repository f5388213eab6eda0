"""Set the reminders of todos of an imported file, many at once."""

from collections.abc import Mapping, Sequence

from sqlalchemy import insert, select

from shared.actor import Actor
from shared.contract.events import ReminderSet
from shared.contract.shapes import DueDate, ReminderShape, TodoShape
from shared.ids import ListId, ReminderId, TodoId, new_id, user_stream
from shared.reminders import queries, rules
from shared.reminders.commands import new_shape
from shared.reminders.rules import (
    MAX_REMINDERS_PER_TODO,
    MAX_REMINDERS_PER_USER,
    Due,
    ReminderTrigger,
)
from shared.tables.accounts import UserRow
from shared.tables.reminders import ReminderRow
from shared.unit_of_work import UnitOfWork


async def set_reminders_of_new_todos(
    work: UnitOfWork,
    actor: Actor,
    todos: Sequence[TodoShape],
    triggers: Mapping[str, Sequence[ReminderTrigger]],
) -> list[TodoId]:
    """Set reminders of the actor, by id of the todo; return a todo for each that was left out.

    Those at an instant that is past are left out, and those beyond what a user may have. The caller
    created the todos in this transaction, and has locked the actor's stream.
    """
    if not triggers:
        return []
    zone = await work.connection.scalar(
        select(UserRow.time_zone).where(UserRow.id == actor.user_id)
    )
    _, scheduled = await queries.count_reminders(work, actor.user_id, TodoId(""))
    left_out: list[TodoId] = []
    shapes: list[ReminderShape] = []
    wanted = [(todo, trigger) for todo in todos for trigger in triggers.get(todo.id, ())]
    numbers: dict[str, int] = {}
    for (todo, trigger), reminder_id in zip(wanted, sorted(new_id() for _ in wanted), strict=True):
        numbers[todo.id] = numbers.get(todo.id, 0) + 1
        is_past = trigger.at is not None and trigger.at <= work.now
        is_too_many = numbers[todo.id] > MAX_REMINDERS_PER_TODO
        if is_past or is_too_many or scheduled + len(shapes) >= MAX_REMINDERS_PER_USER:
            left_out.append(TodoId(todo.id))
            continue
        timing = rules.initial_timing(trigger, _due_of(todo), zone or "UTC", work.now)
        shape = new_shape(
            ReminderId(reminder_id), TodoId(todo.id), ListId(todo.list_id), trigger, timing
        )
        shapes.append(shape)
        if timing.next_fire_at is not None:
            work.wake_workers_at(timing.next_fire_at)
        work.record(user_stream(actor.user_id), ReminderSet(reminder=shape), actor)
    await _insert(work, actor, shapes)
    return left_out


async def _insert(work: UnitOfWork, actor: Actor, shapes: Sequence[ReminderShape]) -> None:
    if shapes:
        await work.connection.execute(
            insert(ReminderRow),
            [
                {
                    "id": shape.id, "todo_id": shape.todo_id, "user_id": actor.user_id,
                    "at": shape.at, "minutes_before": shape.minutes_before,
                    "next_fire_at": shape.fires_at, "occurrence": 1,
                    "state": shape.state.value, "created_at": work.now,
                }
                for shape in shapes
            ],
        )  # fmt: skip


def _due_of(todo: TodoShape) -> Due:
    if todo.due is None:
        return Due(None, None, None, None)
    if isinstance(todo.due, DueDate):
        return Due("date", todo.due.date.isoformat(), None, None)
    return Due("floating" if todo.due.zone is None else "fixed", None, todo.due.at, todo.due_at)
