"""Finds a place in a list: a rank between two neighbours. The caller holds the list.

Those in the trash keep their ranks and count as neighbours, so that they come back to where they
were. When a rank would become too long, the todos around the place are spaced out again, as few
as will do, each with an event of its own.
"""

from sqlalchemy import ColumnElement, func, select

from shared.actor import Actor
from shared.contract.events import TodoEdited
from shared.errors import Invalid
from shared.ids import ListId, TodoId, list_stream
from shared.tables.todos import TodoRow
from shared.todos.persistence import rows
from shared.todos.queries import shapes
from shared.todos.rules import rank
from shared.todos.rules.todo_edits import Placement
from shared.todos.rules.todo_rules import TODOS_A_LIST, revised
from shared.unit_of_work import UnitOfWork

# Spacing out starts with so many todos on each side; the list's length bounds it anyway.
NEIGHBOURS = 16
# After spacing out there is room for some 600 insertions at the place before the next time.
LONGEST_AFTER_SPACING = 60


async def make_room(work: UnitOfWork, list_id: ListId, arriving: int) -> None:
    """Raises Invalid when the list is full."""
    count = await work.connection.scalar(
        select(func.count()).select_from(TodoRow).where(TodoRow.list_id == list_id)
    )
    if (count or 0) + arriving > TODOS_A_LIST:
        raise Invalid(
            f"A list holds at most {TODOS_A_LIST} todos, those in its trash included.",
            code="list_full",
        )


async def find_ranks(
    work: UnitOfWork,
    actor: Actor,
    list_id: ListId,
    placement: Placement,
    *,
    moving: TodoId | None,
    count: int = 1,
) -> list[str]:
    """Returns ranks at that placement, for `moving` (itself no neighbour) or for new todos."""
    low, high = await neighbours(work, list_id, placement, moving)
    ranks = rank.between(low, high, count)
    if max(map(len, ranks)) <= rank.LONGEST:
        return ranks
    await _space_out(work, actor, list_id, low or "", moving)
    return rank.between(*await neighbours(work, list_id, placement, moving), count)


async def neighbours(
    work: UnitOfWork, list_id: ListId, placement: Placement, moving: TodoId | None
) -> tuple[str | None, str | None]:
    """Returns the ranks between which the placement lies; None is the list's end. Raises Invalid."""
    others: list[ColumnElement[bool]] = [TodoRow.list_id == list_id]
    if moving is not None:
        others.append(TodoRow.id != moving)
    if placement.before_id is None and placement.after_id is None:
        return await work.connection.scalar(select(func.max(TodoRow.rank)).where(*others)), None
    anchor = await work.connection.scalar(
        select(TodoRow.rank).where(
            *others,
            TodoRow.id == (placement.before_id or placement.after_id),
            TodoRow.deleted_at.is_(None),
        )
    )
    if anchor is None:
        field = "before_id" if placement.before_id else "after_id"
        raise Invalid.field(field, "unknown_todo", "It must be another todo of the same list.")
    if placement.before_id:
        nearest = select(func.max(TodoRow.rank)).where(*others, TodoRow.rank < anchor)
        return await work.connection.scalar(nearest), anchor
    nearest = select(func.min(TodoRow.rank)).where(*others, TodoRow.rank > anchor)
    return anchor, await work.connection.scalar(nearest)


async def _space_out(
    work: UnitOfWork, actor: Actor, list_id: ListId, low: str, moving: TodoId | None
) -> None:
    """Gives shorter ranks to the todos around the gap above `low`, in the same order."""
    in_list = shapes.select_shapes().where(TodoRow.list_id == list_id)
    if moving is not None:
        in_list = in_list.where(TodoRow.id != moving)
    reach = NEIGHBOURS
    while True:
        # One more on each side than is moved: between those two the others are spaced out.
        below = in_list.where(TodoRow.rank <= low).order_by(TodoRow.rank.desc())
        above = in_list.where(TodoRow.rank > low).order_by(TodoRow.rank)
        before = (await work.connection.execute(below.limit(reach + 1))).all()
        after = (await work.connection.execute(above.limit(reach + 1))).all()
        floor = before[reach].rank if len(before) > reach else None
        ceiling = after[reach].rank if len(after) > reach else None
        todos = [shapes.shape_of(row) for row in [*before[:reach][::-1], *after[:reach]]]
        ranks = rank.between(floor, ceiling, len(todos))
        if max(map(len, ranks)) <= LONGEST_AFTER_SPACING or (floor is None and ceiling is None):
            break
        reach *= 4
    respaced = [revised(todo, work.now, rank=new) for todo, new in zip(todos, ranks, strict=True)]
    await rows.update_todos(work, respaced, ["rank"])
    for todo in respaced:
        if todo.deleted_at is None:
            work.record(list_stream(list_id), TodoEdited(todo=todo, changed=("rank",)), actor)
