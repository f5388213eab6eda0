"""Move a todo: within its list, or with its subtasks to another list."""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sqlalchemy import select, update

from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.events import TodoEdited, TodoMovedIn, TodoMovedOut
from shared.contract.shapes import TodoShape
from shared.errors import Invalid
from shared.ids import ListId, TodoId, UserId, list_stream
from shared.personal_labels import following
from shared.reminders.rescheduling import follow_moved_todos
from shared.tables.labels import LabelRow
from shared.tables.members import MemberRow
from shared.tables.todos import TodoRow
from shared.todos.commands import loading
from shared.todos.persistence import calendar_names, ordering, references, rows
from shared.todos.queries import shapes
from shared.todos.rules.todo_change import TodoChange
from shared.todos.rules.todo_edits import Placement
from shared.todos.rules.todo_rules import (
    MAX_ASSIGNEES_PER_TODO,
    MAX_LABELS_PER_TODO,
    new_version,
)
from shared.unit_of_work import UnitOfWork

# What a todo in another list may lose, and gets back if the move is undone.
RESTORED_FIELDS = ("rank", "parent_id", "assignees", "labels")


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


async def move_back(
    work: UnitOfWork,
    actor: Actor,
    todo_id: TodoId,
    list_id: ListId,
    before: Mapping[str, Mapping[str, Any]],
) -> TodoShape:
    """Move the todo to the list that it came from, with what the move took from it where it fits.

    `before` has the RESTORED_FIELDS for the todo and the subtasks that had come along: the rank and
    parent of then, and the assignees and labels to add to those of today. Its `matched` has the label of
    the list that the todo leaves for each of the list that it came from.
    """
    authorized = await loading.load_todos_for_write(
        work, actor, [todo_id], Action.EDIT_TODO, also_lists=[list_id]
    )
    return await _move_to_list(work, actor, authorized.todos[0], list_id, Placement(), before)


async def restore_rank(work: UnitOfWork, actor: Actor, todo_id: TodoId, rank: str) -> TodoShape:
    """Move the todo within its list to the rank that it had before."""
    _, todo = await loading.load_todo_for_write(work, actor, todo_id, Action.EDIT_TODO)
    list_id = ListId(todo.list_id)
    free = await ordering.find_free_rank(work, actor, list_id, rank, todo_id)
    return _save_rank(work, actor, todo, free)


async def _move_within_list(
    work: UnitOfWork, actor: Actor, todo: TodoShape, placement: Placement
) -> TodoShape:
    list_id, todo_id = ListId(todo.list_id), TodoId(todo.id)
    low, high = await ordering.read_neighbour_ranks(work, list_id, placement, todo_id)
    if (low is None or low < todo.rank) and (high is None or todo.rank < high):
        return todo
    [rank] = await ordering.find_ranks(work, actor, list_id, placement, moving=todo_id)
    return _save_rank(work, actor, todo, rank)


def _save_rank(work: UnitOfWork, actor: Actor, todo: TodoShape, rank: str) -> TodoShape:
    moved = new_version(todo, work.now, rank=rank)
    rows.update_todos(work, [moved], ["rank"])
    change = TodoChange(moved, todo, ("rank",))
    event = TodoEdited(todo=moved, changed=change.fields)
    work.record(list_stream(ListId(todo.list_id)), event, actor, context=change.context())
    return moved


async def _move_to_list(
    work: UnitOfWork,
    actor: Actor,
    todo: TodoShape,
    target: ListId,
    placement: Placement,
    before: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
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
    arrived = []
    for each, rank in zip(leaving, ranks, strict=True):
        values: dict[str, Any] = {
            "rank": rank,
            "parent_id": None if each is todo else todo.id,
            "assignees": [user_id for user_id in each.assignees if user_id in members],
            "labels": sorted(labels[label] for label in each.labels if label in labels),
        }
        if each.id in before:
            is_main = each is todo
            given = _with_renamed_labels(before[each.id], each, labels)
            restored = await _restored(work, actor, target, each, given, is_main, len(leaving) == 1)
            # What others gave it, or took from it, since it was moved stays so.
            back = members.intersection(restored["assignees"])
            people, tags = values["assignees"], values["labels"]
            restored["assignees"] = _joined(people, back, MAX_ASSIGNEES_PER_TODO)
            restored["labels"] = _joined(tags, restored["labels"], MAX_LABELS_PER_TODO)
            values |= restored
        arrived.append(new_version(each, work.now, list_id=target, **values))
    fields = ["list_id", "rank", "parent_id", "assignees", "labels"]
    rows.update_todos(work, arrived, fields)
    arrived_ids = [TodoId(moved.id) for moved in arrived]
    await calendar_names.rename_duplicates(work, target, arrived_ids)
    lost = following.on_todos(arrived_ids), following.of_others_than(members)
    labelling = await following.read_labelling_streams(work, *lost)
    await follow_moved_todos(work, actor, arrived_ids, members, also_lock=labelling)
    if labelling:
        await following.forget(work, actor, *lost)
    _record_move(work, actor, leaving, arrived, labels)
    return arrived[0]


def _with_renamed_labels(
    before: Mapping[str, Any], todo: TodoShape, matches: Mapping[str, str]
) -> dict[str, Any]:
    """Add the labels whose match of the move is still on the todo, but has another name by now."""
    matched: Mapping[str, str] = before.get("matched", {})
    renamed = [old for old, new in matched.items() if new in todo.labels and new not in matches]
    return {**before, "labels": [*before["labels"], *renamed]}


async def _restored(
    work: UnitOfWork,
    actor: Actor,
    target: ListId,
    todo: TodoShape,
    before: Mapping[str, Any],
    is_main: bool,
    is_alone: bool,
) -> dict[str, Any]:
    """Return the RESTORED_FIELDS of `before` as far as they fit into the list now."""
    labels = select(LabelRow.id).where(
        LabelRow.list_id == target, LabelRow.id.in_(before["labels"])
    )
    values = {
        "rank": await ordering.find_free_rank(work, actor, target, before["rank"], TodoId(todo.id)),
        "assignees": before["assignees"],
        "labels": sorted(await work.connection.scalars(labels)),
    }
    if is_main and is_alone and before["parent_id"] is not None:
        parent_id = TodoId(before["parent_id"])
        try:
            await references.check_new_parent(work, target, parent_id, 1)
        except Invalid:
            return values
        values["parent_id"] = parent_id
    return values


def _joined(now: Collection[str], dropped: Collection[str], limit: int) -> list[str]:
    """Return what a todo has now, with as much as fits of what a move had dropped."""
    return sorted([*now, *sorted({*dropped} - {*now})][:limit])


def _record_move(
    work: UnitOfWork,
    actor: Actor,
    left: Sequence[TodoShape],
    arrived: Sequence[TodoShape],
    matches: Mapping[str, str],
) -> None:
    # Subtasks leave first and arrive last: a client never has a subtask without its parent.
    target = arrived[0].list_id
    moves = list(zip(left, arrived, strict=True))
    for was, todo in reversed(moves):
        out = TodoMovedOut(todo_id=was.id)
        context = _context(was, todo, matches) | {"title": was.title, "list_id": target}
        work.record(list_stream(ListId(was.list_id)), out, actor, context=context)
    for was, todo in moves:
        context = _context(was, todo, matches) | {"list_id": was.list_id}
        work.record(list_stream(ListId(target)), TodoMovedIn(todo=todo), actor, context=context)


def _context(was: TodoShape, todo: TodoShape, matches: Mapping[str, str]) -> dict[str, Any]:
    dropped = {
        "assignees": sorted({*was.assignees} - {*todo.assignees}),
        "labels": [label for label in was.labels if label not in matches],
    }
    matched = {label: matches[label] for label in was.labels if label in matches}
    before = {name: getattr(was, name) for name in RESTORED_FIELDS}
    return {"before": before, "dropped": dropped, "matched": matched}


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
