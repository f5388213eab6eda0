"""Write changed todos to their tables and their events to the lists' streams."""

from collections.abc import Sequence

from shared.actor import Actor
from shared.contract.events import TodoEdited
from shared.contract.shapes import TodoShape
from shared.ids import ListId, TodoId, list_stream
from shared.notifications.commands import notify, recipient_streams
from shared.reminders.rescheduling import reschedule_for_todos
from shared.todos.persistence import rows
from shared.todos.rules.assignment import assignment_notifications
from shared.todos.rules.todo_change import TodoChange
from shared.unit_of_work import UnitOfWork


async def save_changes(
    work: UnitOfWork,
    actor: Actor,
    changes: Sequence[TodoChange],
    *,
    before: Sequence[TodoShape] = (),
) -> None:
    """Write the changes that have fields, one event each in the order given, and reschedule reminders.

    `before` are the todos whose assignees may have changed, as they were: users who are assigned
    now and were not then are notified. The caller holds the locks of the
    lists' streams.
    """
    edited = {todo.id for todo in before}
    notifications = assignment_notifications(
        before, [change.todo for change in changes if change.todo.id in edited]
    )
    changed = [change for change in changes if change.fields]
    fields = {field for change in changed for field in change.fields}
    rows.update_todos(work, [change.todo for change in changed], fields)
    if rescheduled := [TodoId(change.todo.id) for change in changed if "due" in change.fields]:
        streams = recipient_streams(notifications)
        await reschedule_for_todos(work, actor, rescheduled, also_lock=streams)
    for change in changed:
        event = TodoEdited(
            todo=change.todo, changed=change.fields, overwrote=change.overwrote, ended=change.ended
        )
        stream = list_stream(ListId(change.todo.list_id))
        work.record(stream, event, actor, context=change.context())
    await notify(work, actor, notifications)
