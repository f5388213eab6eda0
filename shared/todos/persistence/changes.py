"""Changed todos, into the tables and onto their lists' streams. No rules, no rights."""

from collections.abc import Sequence

from shared.actor import Actor
from shared.contract.events import TodoEdited
from shared.contract.shapes import TodoShape
from shared.ids import ListId, TodoId, list_stream
from shared.notifications.commands import notify, recipient_streams
from shared.reminders.commands import reschedule_for_todos
from shared.todos.persistence import rows
from shared.todos.rules.assignment import newly_assigned
from shared.todos.rules.change import TodoChange
from shared.unit_of_work import UnitOfWork


async def write(
    work: UnitOfWork,
    actor: Actor,
    changes: Sequence[TodoChange],
    *,
    before: Sequence[TodoShape] = (),
) -> None:
    """Those that changed are in the tables, with an event each, and their reminders fit them.

    Events come in the order given. Whoever is assigned now and was not in `before`, which are the
    todos whose assignees may have changed, is told. The caller holds the lists.
    """
    edited = {todo.id for todo in before}
    told = newly_assigned(before, [one.todo for one in changes if one.todo.id in edited])
    changed = [change for change in changes if change.fields]
    fields = {field for change in changed for field in change.fields}
    await rows.update_todos(work, [change.todo for change in changed], fields)
    if moved := [TodoId(change.todo.id) for change in changed if "due" in change.fields]:
        await reschedule_for_todos(work, actor, moved, also_lock=recipient_streams(told))
    for change in changed:
        event = TodoEdited(
            todo=change.todo, changed=change.fields, overwrote=change.overwrote, ended=change.ended
        )
        work.record(list_stream(ListId(change.todo.list_id)), event, actor)
    await notify(work, actor, told)
