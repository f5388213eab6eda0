"""Load todos for a command or query, authorized by the gate. Every command on a todo begins here.

The id of a todo's list is read without a lock, then the list's stream is locked, then the todo is
read again. If the todo moved in between, Moved is raised and the caller begins a new transaction.
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
    """Todos whose lists' streams are locked, in the order in which they were requested."""

    authorizations: dict[ListId, Authorization]
    todos: list[TodoShape]


async def load_todo_for_read(
    read: ReadTransaction, actor: Actor, todo_id: TodoId, action: Action
) -> TodoShape:
    """Return the todo, in the trash or not. Raise NotFound when the actor may not do `action`."""
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
    """Lock the stream of the todo's list, then read and return the todo.

    Raise NotFound, Forbidden when the actor may not do `action`, or Moved.
    """
    authorized = await load_todos_for_write(work, actor, [todo_id], action, also_lock=also_lock)
    todo = authorized.todos[0]
    return authorized.authorizations[ListId(todo.list_id)], todo


async def load_todos_for_write(
    work: UnitOfWork,
    actor: Actor,
    todo_ids: Sequence[TodoId],
    action: Action,
    *,
    also_lists: Sequence[ListId] = (),
    also_lock: Iterable[StreamId] = (),
) -> AuthorizedTodos:
    """Lock the streams of these todos' lists and of `also_lists` at once; authorize `action` on each.

    Raise what `load_todo_for_write` raises, for any of them.
    """
    list_ids = await shapes.read_list_ids(work, todo_ids)
    if len(list_ids) < len(set(todo_ids)):
        raise NotFound
    authorizations = await gate.authorize_writes(
        work, actor, [*list_ids.values(), *also_lists], action, also_lock=also_lock
    )
    todos = await shapes.read_todos(work, todo_ids)
    if len(todos) < len(list_ids):
        raise NotFound
    if any(todo.list_id != list_ids[todo_id] for todo_id, todo in todos.items()):
        raise Moved
    return AuthorizedTodos(authorizations, [todos[todo_id] for todo_id in dict.fromkeys(todo_ids)])


def require_live(todos: Iterable[TodoShape]) -> None:
    """Raise Conflict when a todo is in the trash: a deletion wins over an edit."""
    if any(todo.deleted_at is not None for todo in todos):
        raise Conflict("It is in the trash. Restore it first.", code="in_trash")


def require_version(todo: TodoShape, expected_version: int | None) -> None:
    """Raise Stale when the client expected another version."""
    if expected_version is not None and expected_version != todo.version:
        raise Stale(todo)
