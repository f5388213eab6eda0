"""Moving a todo: within its list, or with its subtasks to another one."""

from collections.abc import Sequence

from sqlalchemy import select, update

from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.events import TodoEdited, TodoMovedIn, TodoMovedOut
from shared.contract.shapes import TodoShape
from shared.ids import ListId, TodoId, UserId, list_stream
from shared.reminders.commands import follow_moved_todos
from shared.tables.labels import LabelRow
from shared.tables.members import MemberRow
from shared.tables.todos import TodoRow
from shared.todos.commands import loading
from shared.todos.persistence import ordering, rows
from shared.todos.queries import shapes
from shared.todos.rules import todo_rules
from shared.todos.rules.todo_edits import Placement
from shared.unit_of_work import UnitOfWork


async def move_todo(
    work: UnitOfWork,
    actor: Actor,
    todo_id: TodoId,
    list_id: ListId | None,
    placement: Placement,
    *,
    expected_version: int | None = None,
) -> TodoShape:
    """The todo is at the placement (else at the end) of the list, or of its own when none is given.

    Another list: its id and comments stay; labels are matched by name or dropped; assignees who
    are no members there are dropped, and so are reminders of such; a subtask comes to the top
    level. The actor must be able to edit both, which are locked in one call.
    """
    also = [] if list_id is None else [list_id]
    entered = await loading.load_todos_for_write(
        work, actor, [todo_id], Action.EDIT_TODO, also_lists=also
    )
    todo = entered.todos[0]
    loading.require_version(todo, expected_version)
    loading.require_live([todo])
    if list_id is None or list_id == todo.list_id:
        return await _move_within(work, actor, todo, placement)
    return await _move_to(work, actor, todo, list_id, placement)


async def _move_within(
    work: UnitOfWork, actor: Actor, todo: TodoShape, placement: Placement
) -> TodoShape:
    list_id = ListId(todo.list_id)
    low, high = await ordering.neighbours(work, list_id, placement, TodoId(todo.id))
    if (low is None or low < todo.rank) and (high is None or todo.rank < high):
        return todo
    [rank] = await ordering.find_ranks(work, actor, list_id, placement, moving=TodoId(todo.id))
    moved = todo_rules.revised(todo, work.now, rank=rank)
    await rows.update_todos(work, [moved], ["rank"])
    work.record(list_stream(list_id), TodoEdited(todo=moved, changed=("rank",)), actor)
    return moved


async def _move_to(
    work: UnitOfWork, actor: Actor, todo: TodoShape, target: ListId, placement: Placement
) -> TodoShape:
    found = await work.connection.execute(
        shapes.select_shapes()
        .where(TodoRow.parent_id == todo.id, TodoRow.deleted_at.is_(None))
        .order_by(TodoRow.rank, TodoRow.id)
    )
    family = [todo, *map(shapes.shape_of, found)]
    await ordering.make_room(work, target, len(family))
    # Subtasks in the trash stay behind: it is that list's trash.
    await work.connection.execute(
        update(TodoRow)
        .where(TodoRow.parent_id == todo.id, TodoRow.deleted_at.is_not(None))
        .values(parent_id=None)
    )
    ranks = await ordering.find_ranks(
        work, actor, target, placement, moving=None, count=len(family)
    )
    members = await _members_of(work, target)
    labels = await _labels_by_name(work, ListId(todo.list_id), target)
    arrived = [
        todo_rules.revised(
            one,
            work.now,
            list_id=target,
            rank=rank,
            parent_id=None if one is todo else todo.id,
            assignees=[user_id for user_id in one.assignees if user_id in members],
            labels=sorted(labels[label] for label in one.labels if label in labels),
        )
        for one, rank in zip(family, ranks, strict=True)
    ]
    fields = ["list_id", "rank", "parent_id", "assignees", "labels"]
    await rows.update_todos(work, arrived, fields)
    await follow_moved_todos(work, actor, [TodoId(one.id) for one in arrived], members)
    _record(work, actor, family, arrived)
    return arrived[0]


def _record(
    work: UnitOfWork, actor: Actor, family: Sequence[TodoShape], arrived: Sequence[TodoShape]
) -> None:
    for one in reversed(family):
        work.record(list_stream(ListId(one.list_id)), TodoMovedOut(todo_id=one.id), actor)
    for one in arrived:
        work.record(list_stream(ListId(one.list_id)), TodoMovedIn(todo=one), actor)


async def _members_of(work: UnitOfWork, list_id: ListId) -> set[UserId]:
    found = select(MemberRow.user_id).where(MemberRow.list_id == list_id)
    return {UserId(user_id) for user_id in await work.connection.scalars(found)}


async def _labels_by_name(work: UnitOfWork, source: ListId, target: ListId) -> dict[str, str]:
    """Returns the target's label of the same name for each of the source's that has one."""
    here, there = LabelRow.__table__.alias("here"), LabelRow.__table__.alias("there")
    found = await work.connection.execute(
        select(here.c.id, there.c.id)
        .join(there, there.c.name_key == here.c.name_key)
        .where(here.c.list_id == source, there.c.list_id == target)
    )
    return {row[0]: row[1] for row in found}
