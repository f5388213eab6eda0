"""Writes of todos: create and edit. Completing is in complete.py, moving in move.py, the trash
in trash.py.

Each enters through the gate, which locks the list, and reads the todo again under that lock. An
edit that changes nothing writes nothing and records no event.
"""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select

from shared.access import gate
from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.events import TodoCreated
from shared.contract.shapes import EditedTodoShape, TodoShape
from shared.errors import NotFound, Superseded
from shared.ids import ListId, TodoId, list_stream, new_id
from shared.notifications.commands import notify
from shared.tables.lists import ListRow
from shared.todos.commands import loading, occurrences, trash
from shared.todos.persistence import ordering, references, rows
from shared.todos.persistence.changes import Change, write
from shared.todos.persistence.overwrite_detection import lost_to
from shared.todos.queries import shapes
from shared.todos.rules import todo_rules
from shared.todos.rules.assignment import newly_assigned
from shared.todos.rules.todo_rules import ABSENT, NewTodo, Spot, TodoEdit
from shared.unit_of_work import ReadTransaction, UnitOfWork


async def create_todo(
    work: UnitOfWork, actor: Actor, list_id: ListId | None, new: NewTodo, spot: Spot
) -> TodoShape:
    """The todo is in the list (without one: the actor's Inbox), at the spot or at the end."""
    if list_id is None:
        list_id = await _inbox_of(work, actor)
    await gate.authorize_write(work, actor, list_id, Action.CREATE_TODO)
    await ordering.make_room(work, list_id, 1)
    await references.check_assignees(work, [list_id], new.assignees)
    await references.check_labels(work, [list_id], new.labels)
    if new.parent_id is not None:
        await references.check_new_parent(work, list_id, new.parent_id)
    [rank] = await ordering.find_ranks(work, actor, list_id, spot, moving=None)
    todo = todo_rules.new_shape(
        new,
        todo_id=TodoId(new_id()),
        list_id=list_id,
        rank=rank,
        author=actor.user_id,
        now=work.now,
    )
    await rows.insert_todo(work, todo)
    work.record(list_stream(list_id), TodoCreated(todo=todo), actor)
    await notify(work, actor, newly_assigned([], [todo]))
    return todo


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
    change, *others = await occurrences.apply_edit(work, actor, todo, edit)
    if change.ended and await lost_to(work, todo, ("repeat",), base_seq):
        # The one it meant is over: somebody was quicker, or it was they themselves, twice.
        raise Superseded(todo)
    change = replace(change, lost=await lost_to(work, todo, change.fields, base_seq))
    await write(work, actor, [change, *others], before=[todo])
    return EditedTodoShape(**dict(change.todo), overwrote=change.lost)


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
    if not edit.is_empty:
        loading.require_live(todos)
        await _check_references(work, todos, edit)
        todos = await _apply(work, actor, todos, edit)
    if deleted is True:
        await trash.put_in(work, actor, todos)
        todos = await _again(work, todos)
    return todos


async def _apply(
    work: UnitOfWork, actor: Actor, todos: Sequence[TodoShape], edit: TodoEdit
) -> list[TodoShape]:
    """All of them are edited. Subtasks first: an occurrence that ends takes along what they are
    by then, and begins them anew.
    """
    before = {todo.id: todo for todo in todos}
    changes: dict[str, Change] = {}
    for todo in sorted(todos, key=lambda one: one.parent_id is None):
        edited = {one.todo.id: one.todo for one in changes.values()} if todo.repeat else {}
        for change in await occurrences.apply_edit(work, actor, todo, edit, edited):
            first = changes.get(change.todo.id)
            changes[change.todo.id] = (
                change if first is None else _as_one(before[change.todo.id], first, change)
            )
    await write(work, actor, list(changes.values()), before=todos)
    return [changes[todo.id].todo for todo in todos]


def _as_one(before: TodoShape, first: Change, second: Change) -> Change:
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
    if edit.assignees is not ABSENT:
        await references.check_assignees(work, lists, edit.assignees)
    if edit.labels is not ABSENT:
        await references.check_labels(work, lists, edit.labels)
    if edit.parent_id is not ABSENT and edit.parent_id is not None:
        await references.check_parent(work, todos, edit.parent_id)


async def _again(work: UnitOfWork, todos: Sequence[TodoShape]) -> list[TodoShape]:
    found = await shapes.read_todos(work, [TodoId(todo.id) for todo in todos])
    return [found[TodoId(todo.id)] for todo in todos]


async def _inbox_of(read: ReadTransaction, actor: Actor) -> ListId:
    inbox = await read.connection.scalar(
        select(ListRow.id).where(ListRow.inbox_of == actor.user_id)
    )
    if inbox is None:
        raise NotFound
    return ListId(inbox)
