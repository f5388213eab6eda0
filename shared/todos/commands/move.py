"""Move a todo: within its list, or with its subtasks to another list."""

from collections.abc import Sequence

from sqlalchemy import select, update

from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.events import TodoEdited, TodoMovedIn, TodoMovedOut
from shared.contract.shapes import TodoShape
from shared.ids import ListId, TodoId, UserId, list_stream
from shared.reminders.rescheduling import follow_moved_todos
from shared.tables.labels import LabelRow
from shared.tables.members import MemberRow
from shared.tables.todos import TodoRow
from shared.todos.commands import loading
from shared.todos.persistence import calendar_names, ordering, rows
from shared.todos.queries import shapes
from shared.todos.rules.todo_edits import Placement
from shared.todos.rules.todo_rules import new_version
from shared.unit_of_work import UnitOfWork


async def move_todo(
    work: UnitOfWork,
    actor: Actor,
    todo_id: TodoId,
    list_id: ListId | None,
    placement: Placement,
    *,
    expected_versions: frozenset[int] | None = None,
) -> TodoShape:
    """Move the todo to a placement in the given list, or in its own list when none is given.

    In another list the todo keeps its id and comments. Labels are matched by name or dropped;
    assignees who are not members there are dropped, and their reminders too; a subtask comes to
    the top level. The actor must be able to edit both lists, whose streams are locked together.
    """
    also = [] if list_id is None else [list_id]
    authorized = await loading.load_todos_for_write(
        work, actor, [todo_id], Action.EDIT_TODO, also_lists=also
    )
    todo = authorized.todos[0]
    loading.require_version(todo, expected_versions)
    if list_id is None or list_id == todo.list_id:
        return await _move_within_list(work, actor, todo, placement)
    return await _move_to_list(work, actor, todo, list_id, placement)


async def _move_within_list(
    work: UnitOfWork, actor: Actor, todo: TodoShape, placement: Placement
) -> TodoShape:
    list_id, todo_id = ListId(todo.list_id), TodoId(todo.id)
    low, high = await ordering.read_neighbour_ranks(work, list_id, placement, todo_id)
    if (low is None or low < todo.rank) and (high is None or todo.rank < high):
        return todo
    [rank] = await ordering.find_ranks(work, actor, list_id, placement, moving=todo_id)
    moved = new_version(todo, work.now, rank=rank)
    rows.update_todos(work, [moved], ["rank"])
    work.record(list_stream(list_id), TodoEdited(todo=moved, changed=("rank",)), actor)
    return moved


async def _move_to_list(
    work: UnitOfWork, actor: Actor, todo: TodoShape, target: ListId, placement: Placement
) -> TodoShape:
    subtasks = await work.connection.execute(
        shapes.select_shapes()
        .where(TodoRow.parent_id == todo.id, TodoRow.deleted_at.is_(None))
        .order_by(TodoRow.rank, TodoRow.id)
    )
    leaving = [todo, *map(shapes.shape_of, subtasks)]
    await ordering.require_capacity(work, target, len(leaving))
    # Subtasks in the trash stay: they belong to the trash of the list that the todo leaves.
    await work.connection.execute(
        update(TodoRow)
        .where(TodoRow.parent_id == todo.id, TodoRow.deleted_at.is_not(None))
        .values(parent_id=None)
    )
    ranks = await ordering.find_ranks(
        work, actor, target, placement, moving=None, count=len(leaving)
    )
    members = await _read_member_ids(work, target)
    labels = await _match_labels(work, ListId(todo.list_id), target)
    arrived = [
        new_version(
            each,
            work.now,
            list_id=target,
            rank=rank,
            parent_id=None if each is todo else todo.id,
            assignees=[user_id for user_id in each.assignees if user_id in members],
            labels=sorted(labels[label] for label in each.labels if label in labels),
        )
        for each, rank in zip(leaving, ranks, strict=True)
    ]
    fields = ["list_id", "rank", "parent_id", "assignees", "labels"]
    rows.update_todos(work, arrived, fields)
    arrived_ids = [TodoId(moved.id) for moved in arrived]
    await calendar_names.rename_duplicates(work, target, arrived_ids)
    await follow_moved_todos(work, actor, arrived_ids, members)
    _record_move(work, actor, leaving, arrived)
    return arrived[0]


def _record_move(
    work: UnitOfWork, actor: Actor, left: Sequence[TodoShape], arrived: Sequence[TodoShape]
) -> None:
    # Subtasks leave first and arrive last: a client never has a subtask without its parent.
    for todo in reversed(left):
        work.record(list_stream(ListId(todo.list_id)), TodoMovedOut(todo_id=todo.id), actor)
    for todo in arrived:
        work.record(list_stream(ListId(todo.list_id)), TodoMovedIn(todo=todo), actor)


async def _read_member_ids(work: UnitOfWork, list_id: ListId) -> set[UserId]:
    user_ids = select(MemberRow.user_id).where(MemberRow.list_id == list_id)
    return {UserId(user_id) for user_id in await work.connection.scalars(user_ids)}


async def _match_labels(work: UnitOfWork, source: ListId, target: ListId) -> dict[str, str]:
    """Return the target's label of the same name for each label of the source that has one."""
    old, new = LabelRow.__table__.alias("old"), LabelRow.__table__.alias("new")
    rows = await work.connection.execute(
        select(old.c.id, new.c.id)
        .join(new, new.c.name_key == old.c.name_key)
        .where(old.c.list_id == source, new.c.list_id == target)
    )
    return {row[0]: row[1] for row in rows}
