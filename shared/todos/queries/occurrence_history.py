"""What a todo that repeats was, and will be: for whoever may read its list."""

from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.shapes import OPEN, OccurrenceShape, OccurrencesShape
from shared.ids import TodoId
from shared.todos.commands import occurrences
from shared.todos.commands.loading import load_todo_for_read
from shared.todos.commands.occurrences import Past, read_zone
from shared.todos.rules.repeat_series import upcoming
from shared.unit_of_work import ReadTransaction


async def read_occurrences(
    read: ReadTransaction, actor: Actor, todo_id: TodoId, below: int | None, limit: int
) -> OccurrencesShape:
    """Returns a page of those that are over, the newest first, and the next five. Raises NotFound."""
    todo = await load_todo_for_read(read, actor, todo_id, Action.READ_LIST)
    past = await occurrences.page(read, todo_id, below, limit + 1)
    to_come = todo.repeat is not None and todo.status in OPEN
    zone = await read_zone(read, actor)
    return OccurrencesShape(
        items=[_shape_of(one) for one in past[:limit]],
        next_cursor=str(past[limit - 1].number) if len(past) > limit else None,
        total=await occurrences.count(read, todo_id),
        upcoming=upcoming(todo.repeat, read.now, zone) if todo.repeat and to_come else [],
    )


def _shape_of(past: Past) -> OccurrenceShape:
    return OccurrenceShape(
        occurrence=past.occurrence,
        day=past.before["repeat"]["day"],
        due=past.before["due"],
        outcome=past.outcome,
        at=past.at,
        by=past.by,
    )
