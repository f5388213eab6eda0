"""From a todo's id to its list, and through the gate. Every command on a todo begins here.

Which list a todo is in is read without a lock, then that list is locked, then the todo is read
again: if it moved in between, Moved is raised and the transaction begins anew.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shared.access import gate
from shared.access.gate import Authorization
from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.shapes import TodoShape
from shared.errors import Conflict, Moved, NotFound, Stale
from shared.ids import ListId, StreamId, TodoId
from shared.todos.queries import shapes
from shared.unit_of_work import ReadTransaction, UnitOfWork


@dataclass(frozen=True)
class AuthorizedTodos:
    """Todos whose lists are held, in the order they were asked for."""

    entries: dict[ListId, Authorization]
    todos: list[TodoShape]


async def load_todo_for_read(
    read: ReadTransaction, actor: Actor, todo_id: TodoId, action: Action
) -> TodoShape:
    """Returns the todo, which the actor may read; in the trash or not. Raises NotFound."""
    todo = await shapes.read_todo(read, todo_id)
    if todo is None:
        raise NotFound
    await gate.authorize_read(read, actor, ListId(todo.list_id), action)
    return todo


async def load_todo_for_write(
    work: UnitOfWork,
    actor: Actor,
    todo_id: TodoId,
    action: Action,
    *,
    also_lock: Iterable[StreamId] = (),
) -> tuple[Authorization, TodoShape]:
    """Holds the todo's list; the actor may do `action` there. Returns the todo as it is now."""
    entered = await load_todos_for_write(work, actor, [todo_id], action, also_lock=also_lock)
    todo = entered.todos[0]
    return entered.entries[ListId(todo.list_id)], todo


async def load_todos_for_write(
    work: UnitOfWork,
    actor: Actor,
    todo_ids: Sequence[TodoId],
    action: Action,
    *,
    also_lists: Sequence[ListId] = (),
    also_lock: Iterable[StreamId] = (),
) -> AuthorizedTodos:
    """As `enter_todo`, for several todos and lists at once: all or none."""
    located = await shapes.lists_of(work, todo_ids)
    if len(located) < len(set(todo_ids)):
        raise NotFound
    entries = await gate.authorize_writes(
        work, actor, [*located.values(), *also_lists], action, also_lock=also_lock
    )
    found = await shapes.read_todos(work, todo_ids)
    if len(found) < len(located):
        raise NotFound
    if any(todo.list_id != located[todo_id] for todo_id, todo in found.items()):
        raise Moved
    return AuthorizedTodos(entries, [found[todo_id] for todo_id in dict.fromkeys(todo_ids)])


def require_live(todos: Iterable[TodoShape]) -> None:
    """Raises Conflict when one is in the trash: a delete beats an update."""
    if any(todo.deleted_at is not None for todo in todos):
        raise Conflict("It is in the trash. Restore it first.", code="in_trash")


def require_version(todo: TodoShape, expected_version: int | None) -> None:
    """Raises Stale when the sender saw another version."""
    if expected_version is not None and expected_version != todo.version:
        raise Stale(todo)
