"""Completing a todo, skipping an occurrence of it, and taking either back.

Each names the occurrence it means: a second click, or a second person at the same moment, finds it
over and advances nothing. Completed twice is completed; to complete what was skipped, or what is
not there yet, is Superseded, with the todo as it stands.
"""

from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.shapes import OPEN, Ending, TodoShape, TodoStatus
from shared.errors import Conflict, Invalid, Superseded
from shared.ids import TodoId
from shared.todos.commands import loading, occurrences
from shared.todos.commands.occurrences import Past
from shared.todos.persistence.changes import write
from shared.todos.rules.change import TodoChange
from shared.todos.rules.todo_edits import TodoEdit
from shared.unit_of_work import UnitOfWork


async def complete_todo(
    work: UnitOfWork, actor: Actor, todo_id: TodoId, occurrence: int | None = None
) -> TodoShape:
    """The todo is completed, or that occurrence of it; done twice, it stays as the first time.

    Without `occurrence` the present one is meant. Raises Superseded.
    """
    _, todo = await loading.load_todo_for_write(work, actor, todo_id, Action.EDIT_TODO)
    loading.require_live([todo])
    if occurrence is not None and await _is_over(work, todo, occurrence):
        if not await occurrences.was_completed(work, todo_id, occurrence):
            raise Superseded(todo)
        return todo
    completed = TodoEdit(status=TodoStatus.COMPLETED)
    changes = await occurrences.apply_edit(work, actor, todo, completed)
    return await _written(work, actor, changes)


async def skip_occurrence(
    work: UnitOfWork, actor: Actor, todo_id: TodoId, occurrence: int
) -> TodoShape:
    """That occurrence is skipped, and the next one is due. Raises Superseded."""
    _, todo = await loading.load_todo_for_write(work, actor, todo_id, Action.EDIT_TODO)
    loading.require_live([todo])
    if todo.repeat is None:
        raise Conflict("It does not repeat.", code="not_repeating")
    last = await occurrences.newest(work, todo_id)
    if last and (last.occurrence, last.outcome) == (occurrence, Ending.SKIPPED):
        return todo
    if todo.status not in OPEN or todo.repeat.occurrence != occurrence:
        raise Superseded(todo)
    plain = TodoChange(todo, ())
    changes = await occurrences.end(work, actor, todo, Ending.SKIPPED, plain)
    return await _written(work, actor, changes)


async def reopen_todo(
    work: UnitOfWork, actor: Actor, todo_id: TodoId, occurrence: int | None = None
) -> TodoShape:
    """The todo is open; one that repeats is back at that occurrence, which ended last.

    Raises Superseded when another one ended since, or the series was edited.
    """
    _, todo = await loading.load_todo_for_write(work, actor, todo_id, Action.EDIT_TODO)
    loading.require_live([todo])
    if todo.repeat is None:
        if todo.status in OPEN:
            return todo
        opened = TodoEdit(status=TodoStatus.PENDING)
        return await _written(work, actor, await occurrences.apply_edit(work, actor, todo, opened))
    if occurrence is None:
        raise Invalid.field("occurrence", "missing", "It repeats: say which occurrence.")
    if todo.status in OPEN and todo.repeat.occurrence == occurrence:
        return todo
    last = await occurrences.newest(work, todo_id)
    if last is None or last.occurrence != occurrence or not _is_of_series(last, todo):
        raise Superseded(todo)
    return await _written(work, actor, await occurrences.take_back(work, actor, todo, last))


async def _is_over(work: UnitOfWork, todo: TodoShape, occurrence: int) -> bool:
    if todo.repeat is None:
        # The series was ended meanwhile: what was completed in it stays so.
        return await occurrences.was_completed(work, TodoId(todo.id), occurrence)
    return todo.status not in OPEN or todo.repeat.occurrence != occurrence


def _is_of_series(past: Past, todo: TodoShape) -> bool:
    assert todo.repeat is not None
    now = todo.repeat.model_dump(mode="json")
    then = past.before["repeat"]
    return all(now[name] == then[name] for name in ("rule", "counts_from", "anchor"))


async def _written(work: UnitOfWork, actor: Actor, changes: list[TodoChange]) -> TodoShape:
    await write(work, actor, changes)
    return changes[0].todo
