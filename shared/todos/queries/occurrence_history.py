"""Read the ended and the upcoming occurrences of a repeating todo."""

from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.shapes import OPEN, OccurrenceShape, OccurrencesShape
from shared.ids import TodoId
from shared.todos.commands.loading import load_todo_for_read
from shared.todos.persistence.early_endings import read_zone_and_early_endings
from shared.todos.persistence.ended_occurrences import (
    EndedOccurrence,
    count_ended_occurrences,
    read_ended_occurrences,
)
from shared.todos.rules.repeat_series import upcoming_dates
from shared.unit_of_work import ReadTransaction


async def read_occurrences(
    read: ReadTransaction, actor: Actor, todo_id: TodoId, below: int | None, limit: int
) -> OccurrencesShape:
    """Return a page of ended occurrences, the newest first, and the next five. Raise NotFound."""
    todo = await load_todo_for_read(read, actor, todo_id, Action.READ_LIST)
    ended = await read_ended_occurrences(read, todo_id, below, limit + 1)
    zone, early = await read_zone_and_early_endings(read, actor, todo_id)
    upcoming = []
    if todo.repeat is not None and todo.status in OPEN:
        upcoming = upcoming_dates(todo.repeat, read.now, zone, early)
    return OccurrencesShape(
        items=[_shape_of(occurrence) for occurrence in ended[:limit]],
        next_cursor=str(ended[limit - 1].number) if len(ended) > limit else None,
        total=await count_ended_occurrences(read, todo_id),
        upcoming=upcoming,
    )


def _shape_of(ended: EndedOccurrence) -> OccurrenceShape:
    return OccurrenceShape(
        occurrence=ended.occurrence,
        day=ended.before["repeat"]["day"],
        due=ended.before["due"],
        outcome=ended.outcome,
        at=ended.at,
        by=ended.by,
    )
