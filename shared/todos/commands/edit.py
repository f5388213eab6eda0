"""Edit one todo or several.

Each command is authorized by the gate, which locks the lists, and reads the todos again under the
lock. An edit that changes nothing writes nothing and records no event.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.shapes import EditedTodoShape, TodoShape
from shared.errors import Superseded
from shared.ids import TodoId
from shared.todos.commands import loading, occurrences, trash
from shared.todos.persistence import references
from shared.todos.persistence.changes import write
from shared.todos.persistence.overwrite_detection import lost_to
from shared.todos.queries import shapes
from shared.todos.rules.change import TodoChange
from shared.todos.rules.todo_edits import TodoEdit
from shared.todos.rules.todo_rules import apply_edit
from shared.unit_of_work import UnitOfWork


async def edit_todo(
    work: UnitOfWork,
    actor: Actor,
    todo_id: TodoId,
    edit: TodoEdit,
    *,
    expected_version: int | None = None,
    base_seq: int | None = None,
) -> EditedTodoShape:
    """The todo is as the edit says. Raises Stale when `expected_version` is not the current one.

    `base_seq` is the position the editor had seen: fields that changed since are overwritten all
    the same, and what they were is answered and broadcast. Only an occurrence that is over by then
    is not completed again: raises Superseded.
    """
    _, todo = await loading.load_todo_for_write(work, actor, todo_id, Action.EDIT_TODO)
    loading.require_version(todo, expected_version)
    loading.require_live([todo])
    await _check_references(work, [todo], edit)
    change, *others = await _apply(work, actor, todo, edit)
    if change.ended and await lost_to(work, todo, ("repeat",), base_seq):
        # The one it meant is over: somebody was quicker, or it was they themselves, twice.
        raise Superseded(todo)
    change = replace(change, overwrote=await lost_to(work, todo, change.fields, base_seq))
    await write(work, actor, [change, *others], before=[todo])
    return EditedTodoShape(**dict(change.todo), overwrote=change.overwrote)


async def edit_todos(
    work: UnitOfWork,
    actor: Actor,
    todo_ids: Sequence[TodoId],
    edit: TodoEdit,
    *,
    deleted: bool | None = None,
) -> list[TodoShape]:
    """All of them are as the edit says, or nothing changed at all. Their lists may differ.

    `deleted` puts them in the trash after the edit, or takes them out of it before.
    """
    action = Action.EDIT_TODO if deleted is None else Action.DELETE_TODO
    entered = await loading.load_todos_for_write(work, actor, todo_ids, action)
    todos = entered.todos
    if deleted is False:
        await trash.restore(work, actor, todos)
        todos = await _again(work, todos)
    if edit.model_fields_set:
        loading.require_live(todos)
        await _check_references(work, todos, edit)
        todos = await _apply_to_all(work, actor, todos, edit)
    if deleted is True:
        await trash.put_in(work, actor, todos)
        todos = await _again(work, todos)
    return todos


async def _apply(
    work: UnitOfWork,
    actor: Actor,
    todo: TodoShape,
    edit: TodoEdit,
    edited_subtasks: Mapping[str, TodoShape] = MappingProxyType({}),
) -> list[TodoChange]:
    """Return the todo's change first; the others are those of its subtasks.

    Only an edit of status or repeat can touch a series: all others are a matter of the rules alone.
    """
    if edit.names("status", "repeat"):
        return await occurrences.apply_edit(work, actor, todo, edit, edited_subtasks)
    return [TodoChange(*apply_edit(todo, edit, actor.user_id, work.now))]


async def _apply_to_all(
    work: UnitOfWork, actor: Actor, todos: Sequence[TodoShape], edit: TodoEdit
) -> list[TodoShape]:
    """All of them are edited. Subtasks first: an occurrence that ends takes along what they are
    by then, and begins them anew.
    """
    before = {todo.id: todo for todo in todos}
    changes: dict[str, TodoChange] = {}
    for todo in sorted(todos, key=lambda one: one.parent_id is None):
        edited = {one.todo.id: one.todo for one in changes.values()} if todo.repeat else {}
        for change in await _apply(work, actor, todo, edit, edited):
            first = changes.get(change.todo.id)
            changes[change.todo.id] = (
                change if first is None else _as_one(before[change.todo.id], first, change)
            )
    await write(work, actor, list(changes.values()), before=todos)
    return [changes[todo.id].todo for todo in todos]


def _as_one(before: TodoShape, first: TodoChange, second: TodoChange) -> TodoChange:
    """Returns both as one new version of a todo; as no change when it is open as it was before."""
    stays = ("status",) if second.todo.status == before.status else ()
    touched = dict.fromkeys((*first.fields, *second.fields))
    fields = tuple(one for one in touched if one not in stays)
    if not fields:
        return replace(first, todo=before, fields=())
    todo = second.todo.model_copy(update={"version": before.version + 1})
    return replace(first, todo=todo, fields=fields)


async def _check_references(work: UnitOfWork, todos: Sequence[TodoShape], edit: TodoEdit) -> None:
    lists = {todo.list_id for todo in todos}
    if edit.assignees:
        await references.check_assignees(work, lists, edit.assignees)
    if edit.labels:
        await references.check_labels(work, lists, edit.labels)
    if edit.parent_id is not None:
        await references.check_parent(work, todos, edit.parent_id)


async def _again(work: UnitOfWork, todos: Sequence[TodoShape]) -> list[TodoShape]:
    found = await shapes.read_todos(work, [TodoId(todo.id) for todo in todos])
    return [found[TodoId(todo.id)] for todo in todos]
