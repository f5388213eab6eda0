"""Complete a todo, skip an occurrence of it, and reopen what was completed or skipped.

Each request names the occurrence that it means. A second click, or a second user at the same time,
finds that occurrence ended and advances nothing. Completing it twice succeeds; completing a skipped
or a future occurrence raises Superseded, which carries the current todo.
"""

from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.shapes import OPEN, Ending, TodoShape, TodoStatus
from shared.errors import Conflict, Invalid, Superseded
from shared.ids import TodoId
from shared.todos.commands import loading, occurrences
from shared.todos.persistence.ended_occurrences import (
    EndedOccurrence,
    read_last_occurrence,
    was_completed,
)
from shared.todos.persistence.save_changes import save_changes
from shared.todos.rules.todo_change import TodoChange
from shared.todos.rules.todo_edits import TodoEdit
from shared.unit_of_work import UnitOfWork


async def complete_todo(
    work: UnitOfWork, actor: Actor, todo_id: TodoId, occurrence: int | None = None
) -> TodoShape:
    """Complete the todo, or an occurrence of it; the present one if none is named.

    Completing again changes nothing. Raise Superseded when the occurrence is not the present one
    and was not completed.
    """
    _, todo = await loading.load_todo_for_write(work, actor, todo_id, Action.EDIT_TODO)
    if occurrence is not None and await _has_ended(work, todo, occurrence):
        if not await was_completed(work, todo_id, occurrence):
            raise Superseded(todo)
        return todo
    completed = TodoEdit(status=TodoStatus.COMPLETED)
    return await _save(work, actor, await occurrences.apply_edit(work, actor, todo, completed))


async def skip_occurrence(
    work: UnitOfWork, actor: Actor, todo_id: TodoId, occurrence: int
) -> TodoShape:
    """End the occurrence as skipped and advance to the next one.

    Skipping again changes nothing. Raise Conflict when the todo does not repeat, and Superseded
    when the occurrence is not the present one.
    """
    _, todo = await loading.load_todo_for_write(work, actor, todo_id, Action.EDIT_TODO)
    if todo.repeat is None:
        raise Conflict("It does not repeat.", code="not_repeating")
    last = await read_last_occurrence(work, todo_id)
    if last and (last.occurrence, last.outcome) == (occurrence, Ending.SKIPPED):
        return todo
    if todo.status not in OPEN or todo.repeat.occurrence != occurrence:
        raise Superseded(todo)
    unchanged = TodoChange(todo, todo, ())
    changes = await occurrences.end_occurrence(work, actor, todo, Ending.SKIPPED, unchanged)
    return await _save(work, actor, changes)


async def reopen_todo(
    work: UnitOfWork, actor: Actor, todo_id: TodoId, occurrence: int | None = None
) -> TodoShape:
    """Open the todo again; a repeating one goes back to `occurrence`, which must have ended last.

    Raise Superseded when another occurrence ended since, or the series was edited.
    """
    _, todo = await loading.load_todo_for_write(work, actor, todo_id, Action.EDIT_TODO)
    if todo.repeat is None:
        if todo.status in OPEN:
            return todo
        opened = TodoEdit(status=TodoStatus.PENDING)
        return await _save(work, actor, await occurrences.apply_edit(work, actor, todo, opened))
    if occurrence is None:
        raise Invalid.field("occurrence", "missing", "It repeats: say which occurrence.")
    if todo.status in OPEN and todo.repeat.occurrence == occurrence:
        return todo
    last = await read_last_occurrence(work, todo_id)
    if last is None or last.occurrence != occurrence or not _is_of_series(last, todo):
        raise Superseded(todo)
    changes = await occurrences.restore_occurrence(work, actor, todo, last)
    return await _save(work, actor, changes)


async def _has_ended(work: UnitOfWork, todo: TodoShape, occurrence: int) -> bool:
    if todo.repeat is None:
        # The todo stopped repeating meanwhile. What was completed before stays completed.
        return await was_completed(work, TodoId(todo.id), occurrence)
    return todo.status not in OPEN or todo.repeat.occurrence != occurrence


def _is_of_series(ended: EndedOccurrence, todo: TodoShape) -> bool:
    assert todo.repeat is not None
    now = todo.repeat.model_dump(mode="json")
    then = ended.before["repeat"]
    return all(now[name] == then[name] for name in ("rule", "counts_from", "anchor"))


async def _save(work: UnitOfWork, actor: Actor, changes: list[TodoChange]) -> TodoShape:
    await save_changes(work, actor, changes)
    return changes[0].todo
