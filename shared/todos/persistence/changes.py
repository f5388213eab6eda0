"""Changed todos, into the tables and onto their lists' streams. No rules, no rights."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.actor import Actor
from shared.contract.events import OccurrenceEnd, TodoEdited
from shared.contract.shapes import TodoShape
from shared.ids import ListId, TodoId, list_stream
from shared.notifications.commands import notify, recipient_streams
from shared.reminders.commands import reschedule_for_todos
from shared.todos.persistence import rows
from shared.todos.rules.assignment import newly_assigned
from shared.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Change:
    """A todo as it is now, and which of its fields are new."""

    todo: TodoShape
    fields: tuple[str, ...]
    lost: dict[str, Any] | None = None
    ended: OccurrenceEnd | None = None


async def write(
    work: UnitOfWork, actor: Actor, changes: Sequence[Change], *, before: Sequence[TodoShape] = ()
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
            todo=change.todo, changed=change.fields, overwrote=change.lost, ended=change.ended
        )
        work.record(list_stream(ListId(change.todo.list_id)), event, actor)
    await notify(work, actor, told)
