"""Load todos for a command or query, authorized by the gate. Every command on a todo begins here.

For one todo, a statement locks the stream of its list and reads the todo and the actor's role; if another
transaction held the lock meanwhile, a second one reads again. For several, a statement finds and locks the
lists' streams, and the next one reads. If a todo moved to another list before the lock was granted, Moved
is raised and the caller begins a new transaction.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam

from shared.access import gate
from shared.access.gate import Authorization
from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.shapes import TodoShape
from shared.errors import Moved, NotFound, Stale
from shared.event_log import with_lock
from shared.ids import ListId, TodoId, UserId, list_stream
from shared.tables.lists import ListRow
from shared.tables.members import MemberRow
from shared.tables.todos import TodoRow
from shared.todos.queries import shapes
from shared.unit_of_work import ReadTransaction, UnitOfWork

# What every edit reads: the todos, and the actor's role in each one's list.
_WITH_ROLES = (
    shapes.select_shapes()
    .add_columns(
        MemberRow.role.label("my_role"),
        ListRow.inbox_of.label("inbox_of"),
        ListRow.deleted_at.is_not(None).label("list_in_trash"),
    )
    .select_from(TodoRow)
    .join(ListRow, ListRow.id == TodoRow.list_id)
    .outerjoin(
        MemberRow,
        and_(MemberRow.list_id == TodoRow.list_id, gate.IS_READER),
    )
)
_TODOS_AND_ROLES = _WITH_ROLES.where(TodoRow.id.in_(bindparam("todo_ids", expanding=True)))
# For one todo, because Postgres plans a statement with a list of values anew for each execution.
_TODO_AND_ROLE = _WITH_ROLES.where(TodoRow.id == bindparam("todo_id"))
_TODO_AND_ROLE_WITH_LOCK = with_lock(_TODO_AND_ROLE, TodoRow.list_id)


@dataclass(frozen=True)
class AuthorizedTodos:
    """Todos whose lists' streams are locked, in the order in which they were requested."""

    authorizations: dict[ListId, Authorization]
    todos: list[TodoShape]


async def load_todo_for_read(
    read: ReadTransaction, actor: Actor, todo_id: TodoId, action: Action
) -> TodoShape:
    """Return the todo. Raise NotFound, also for one in the trash, or Forbidden."""
    todo = await shapes.read_todo(read, todo_id)
    if todo is None or todo.deleted_at is not None:
        raise NotFound
    await gate.authorize_read(read, actor, ListId(todo.list_id), action)
    return todo


async def load_todo_for_write(
    work: UnitOfWork,
    actor: Actor,
    todo_id: TodoId,
    action: Action,
    *,
    also_in_trash: bool = False,
) -> tuple[Authorization, TodoShape]:
    """Lock the stream of the todo's list, and read and return the todo.

    Raise NotFound, Forbidden when the actor may not do `action`, Moved, or Conflict for a todo in the
    trash unless `also_in_trash`. Must be the first lock of the transaction, or the transaction holds
    the lock already: in any other list the todo has Moved.
    """
    values = gate.reader(actor, action) | {"todo_id": todo_id}
    row = None
    if not work.has_locks:
        row = await work.lock_with(_TODO_AND_ROLE_WITH_LOCK, values)
        if row is None:
            raise NotFound
    if row is None or not row.is_current:
        row = (await work.connection.execute(_TODO_AND_ROLE, values)).one_or_none()
    if row is None:
        raise NotFound
    authorization, todo = _authorize(work, row, action), shapes.shape_of(row)
    if not also_in_trash:
        require_live([todo])
    return authorization, todo


async def load_todos_for_write(
    work: UnitOfWork,
    actor: Actor,
    todo_ids: Sequence[TodoId],
    action: Action,
    *,
    also_lists: Sequence[ListId] = (),
    also_in_trash: bool = False,
) -> AuthorizedTodos:
    """Lock the streams of these todos' lists and of `also_lists` at once; authorize `action` on each.

    Raise what `load_todo_for_write` raises, for any of them. A transaction that holds locks holds these.
    """
    if not work.has_locks:
        await work.lock_streams_of_todos(todo_ids, also_lists)
    # Read only after the lock is granted: in Postgres a statement that waits for a lock keeps the
    # snapshot from its start, and would return the old role and the old todo.
    values = gate.reader(actor, action) | {"todo_ids": list(todo_ids)}
    rows = {row.id: row for row in await work.connection.execute(_TODOS_AND_ROLES, values)}
    if any(todo_id not in rows for todo_id in todo_ids):
        raise NotFound
    each = [_authorize(work, row, action) for row in rows.values()]
    authorizations = {authorization.list_id: authorization for authorization in each}
    if others := [list_id for list_id in also_lists if list_id not in authorizations]:
        authorizations |= await gate.authorize_locked(work, actor, others, action)
        # A list that was created after the statement that locks began.
        if not all(work.has_locked(list_stream(list_id)) for list_id in others):
            raise Moved
    todos = {todo_id: shapes.shape_of(row) for todo_id, row in rows.items()}
    if not also_in_trash:
        require_live(todos.values())
    return AuthorizedTodos(authorizations, [todos[todo_id] for todo_id in dict.fromkeys(todo_ids)])


def _authorize(work: UnitOfWork, row: Any, action: Action) -> Authorization:
    """Authorize `action` on the todo of a row of `_WITH_ROLES`. Raise NotFound, Forbidden, Moved."""
    list_id = ListId(row.list_id)
    role = gate.authorize_row(row.my_role, row.list_in_trash, action)
    if not work.has_locked(list_stream(list_id)):
        raise Moved
    return Authorization(list_id, role, UserId(row.inbox_of) if row.inbox_of else None)


def require_live(todos: Iterable[TodoShape]) -> None:
    """Raise Conflict when a todo is in the trash."""
    if any(todo.deleted_at is not None for todo in todos):
        raise gate.in_trash()


def require_version(todo: TodoShape, expected_versions: frozenset[int] | None) -> None:
    """Raise Stale when the client expected another version."""
    if expected_versions is not None and todo.version not in expected_versions:
        raise Stale(todo)
