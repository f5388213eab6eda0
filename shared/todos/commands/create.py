"""Create a todo, or several in one list."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import repeat

from sqlalchemy import bindparam, select

from shared.access import gate
from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.events import TodoCreated
from shared.contract.shapes import RepeatShape, TodoShape
from shared.errors import NotFound
from shared.ids import ListId, TodoId, list_stream, new_id
from shared.notifications.commands import notify
from shared.tables.lists import ListRow
from shared.todos.persistence import ordering, references, rows
from shared.todos.rules.assignment import assignment_notifications
from shared.todos.rules.todo_edits import NewTodo, Placement
from shared.todos.rules.todo_rules import new_todo
from shared.unit_of_work import ReadTransaction, UnitOfWork

_INBOX_OF = select(ListRow.id).where(ListRow.inbox_of == bindparam("user_id"))


async def create_todo(
    work: UnitOfWork, actor: Actor, list_id: ListId | None, new: NewTodo, placement: Placement
) -> TodoShape:
    """Create a todo in the list, or in the actor's Inbox without one; at its end by default.

    Raise Invalid when the list is full, or when a reference or the placement is not in it.
    """
    [todo] = await create_todos(work, actor, list_id, [new], placement)
    return todo


async def create_todos(
    work: UnitOfWork,
    actor: Actor,
    list_id: ListId | None,
    new: Sequence[NewTodo],
    placement: Placement,
    *,
    completed_at: Sequence[datetime | None] | None = None,
    series: Sequence[RepeatShape | None] | None = None,
) -> list[TodoShape]:
    """Create todos of one list next to each other, in their order, as `create_todo` does.

    `completed_at` says of each completed todo when that was; None: now. `series` are those of repeating
    todos that began already elsewhere.
    """
    if list_id is None:
        list_id = await _read_inbox_id(work, actor)
    await gate.authorize_write(work, actor, list_id, Action.CREATE_TODO)
    await ordering.require_capacity(work, list_id, len(new))
    await _check_references(work, list_id, new)
    ranks = await ordering.find_ranks(work, actor, list_id, placement, moving=None, count=len(new))
    todos = [
        new_todo(
            fields,
            todo_id=TodoId(new_id()),
            list_id=list_id,
            rank=rank,
            author=actor.user_id,
            now=work.now,
            completed_at=completed,
            series=begun,
        )
        for fields, rank, completed, begun in zip(
            new,
            ranks,
            completed_at or repeat(None, len(new)),
            series or repeat(None, len(new)),
            strict=True,
        )
    ]
    for todo in todos:
        rows.insert_todo(work, todo)
        work.record(list_stream(list_id), TodoCreated(todo=todo), actor)
    await notify(work, actor, assignment_notifications([], todos))
    return todos


async def _check_references(work: UnitOfWork, list_id: ListId, new: Sequence[NewTodo]) -> None:
    assignees = {user_id for fields in new for user_id in fields.assignees or ()}
    labels = {label_id for fields in new for label_id in fields.labels or ()}
    await references.check_assignees(work, [list_id], list(assignees))
    await references.check_labels(work, [list_id], list(labels))
    subtasks = Counter(fields.parent_id for fields in new if fields.parent_id is not None)
    for parent_id, count in subtasks.items():
        await references.check_new_parent(work, list_id, parent_id, count)


async def _read_inbox_id(read: ReadTransaction, actor: Actor) -> ListId:
    inbox = await read.connection.scalar(_INBOX_OF, {"user_id": actor.user_id})
    if inbox is None:
        raise NotFound
    return ListId(inbox)
