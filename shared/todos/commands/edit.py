"""Edit one todo or several.

Each command is authorized by the gate, which locks the lists' streams, and reads the todos again
under these locks. An edit that changes nothing writes nothing and records no event.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.base import construct
from shared.contract.shapes import EditedTodoShape, TodoShape
from shared.errors import Superseded
from shared.ids import TodoId
from shared.todos.commands import loading, occurrences, trash
from shared.todos.persistence import references
from shared.todos.persistence.overwrite_detection import read_overwritten_values
from shared.todos.persistence.save_changes import save_changes
from shared.todos.queries import shapes
from shared.todos.rules.todo_change import TodoChange
from shared.todos.rules.todo_edits import TodoEdit
from shared.todos.rules.todo_rules import apply_edit
from shared.unit_of_work import UnitOfWork


async def edit_todo(
    work: UnitOfWork,
    actor: Actor,
    todo_id: TodoId,
    edit: TodoEdit,
    *,
    expected_versions: frozenset[int] | None = None,
    base_seq: int | None = None,
    completed_at: datetime | None = None,
) -> EditedTodoShape:
    """Apply the edit. Raise Stale when no version of `expected_versions` is current.

    `base_seq` is the stream position that the editor had seen. Fields that changed since are
    overwritten all the same; their values are returned and broadcast. The exception is an
    occurrence that has ended since: it is not completed again, Superseded is raised.
    A todo that the edit completes was completed now unless at `completed_at`.
    """
    _, todo = await loading.load_todo_for_write(work, actor, todo_id, Action.EDIT_TODO)
    loading.require_version(todo, expected_versions)
    await _check_references(work, [todo], edit)
    change, *others = await _apply(work, actor, todo, edit, completed_at=completed_at)
    if change.ended and await read_overwritten_values(work, todo, ("repeat",), base_seq):
        # The occurrence that this edit meant to complete was ended by another edit first.
        raise Superseded(todo)
    overwrote = await read_overwritten_values(work, todo, change.fields, base_seq)
    if overwrote is not None:
        change = replace(change, overwrote=overwrote)
    await save_changes(work, actor, [change, *others], before=[todo])
    return construct(EditedTodoShape, {**vars(change.todo), "overwrote": overwrote})


async def edit_todos(
    work: UnitOfWork,
    actor: Actor,
    todo_ids: Sequence[TodoId],
    edit: TodoEdit,
    *,
    deleted: bool | None = None,
    completed_at: datetime | None = None,
) -> list[TodoShape]:
    """Apply the edit to all these todos, or to none. They may be in different lists.

    With `deleted` true the todos go to the trash after the edit; with false they leave it before.
    Todos that the edit completes were completed now unless at `completed_at`.
    """
    action = Action.EDIT_TODO if deleted is None else Action.DELETE_TODO
    authorized = await loading.load_todos_for_write(
        work, actor, todo_ids, action, also_in_trash=deleted is not None
    )
    todos = authorized.todos
    if deleted is False:
        await trash.restore_todos(work, actor, todos)
        todos = await _reload(work, todos)
    if edit.model_fields_set:
        loading.require_live(todos)
        await _check_references(work, todos, edit)
        todos = await _apply_to_all(work, actor, todos, edit, completed_at)
    if deleted is True:
        await trash.delete_todos(work, actor, todos)
        todos = await _reload(work, todos)
    return todos


async def _apply(
    work: UnitOfWork,
    actor: Actor,
    todo: TodoShape,
    edit: TodoEdit,
    edited_subtasks: Mapping[str, TodoShape] = MappingProxyType({}),
    completed_at: datetime | None = None,
) -> list[TodoChange]:
    """Return the todo's change, then those of its subtasks.

    Only an edit of status or repeat concerns the occurrences; for all others the rules suffice.
    """
    if edit.names("status", "repeat"):
        return await occurrences.apply_edit(work, actor, todo, edit, edited_subtasks, completed_at)
    edited, fields = apply_edit(todo, edit, actor.user_id, work.now)
    return [TodoChange(edited, todo, fields)]


async def _apply_to_all(
    work: UnitOfWork,
    actor: Actor,
    todos: Sequence[TodoShape],
    edit: TodoEdit,
    completed_at: datetime | None,
) -> list[TodoShape]:
    """Apply the edit to all todos, subtasks first, and save the changes.

    An occurrence that ends stores its subtasks as the edit left them, and reopens them.
    """
    before = {todo.id: todo for todo in todos}
    changes: dict[str, TodoChange] = {}
    for todo in sorted(todos, key=lambda todo: todo.parent_id is None):
        edited = {change.todo.id: change.todo for change in changes.values()} if todo.repeat else {}
        for change in await _apply(work, actor, todo, edit, edited, completed_at):
            first = changes.get(change.todo.id)
            changes[change.todo.id] = (
                change if first is None else _merge(before[change.todo.id], first, change)
            )
    await save_changes(work, actor, list(changes.values()), before=todos)
    return [changes[todo.id].todo for todo in todos]


def _merge(before: TodoShape, first: TodoChange, second: TodoChange) -> TodoChange:
    """Return both changes as one version of a todo; as no change if both cancel each other out."""
    unchanged = ("status",) if second.todo.status == before.status else ()
    touched = dict.fromkeys((*first.fields, *second.fields))
    fields = tuple(field for field in touched if field not in unchanged)
    if not fields:
        return replace(first, todo=before, was=before, fields=())
    todo = second.todo.model_copy(update={"version": before.version + 1})
    return replace(first, todo=todo, was=before, fields=fields)


async def _check_references(work: UnitOfWork, todos: Sequence[TodoShape], edit: TodoEdit) -> None:
    lists = {todo.list_id for todo in todos}
    if edit.assignees:
        await references.check_assignees(work, lists, edit.assignees)
    if edit.labels:
        await references.check_labels(work, lists, edit.labels)
    if edit.parent_id is not None:
        await references.check_parent(work, todos, edit.parent_id)


async def _reload(work: UnitOfWork, todos: Sequence[TodoShape]) -> list[TodoShape]:
    reloaded = await shapes.read_todos(work, [TodoId(todo.id) for todo in todos])
    return [reloaded[TodoId(todo.id)] for todo in todos]
