"""Find ranks for a placement in a list: between two neighbours.

The caller holds the lock of the list's stream.

Todos in the trash keep their ranks and count as neighbours, so they come back to where they were.
When a rank would become too long, the todos around the gap get new, shorter ranks: as few todos as
suffice, each with an event of its own.
"""

from sqlalchemy import ColumnElement, bindparam, func, select

from shared.actor import Actor
from shared.contract.events import TodoEdited
from shared.errors import Invalid
from shared.ids import ListId, TodoId, list_stream
from shared.languages.texts import message
from shared.lists.ranks import MAX_LENGTH, ranks_between
from shared.tables.todos import TodoRow
from shared.todos.persistence import rows
from shared.todos.queries import shapes
from shared.todos.rules.todo_edits import Placement
from shared.todos.rules.todo_rules import MAX_TODOS_PER_LIST, new_version
from shared.unit_of_work import UnitOfWork

# Todos on each side of the gap that get new ranks first; the list's length bounds later attempts.
NEIGHBOURS = 16
# Leaves room for some 600 insertions in the same gap before ranks are spaced out again.
MAX_LENGTH_AFTER_RESPACING = 60


# Every new todo runs these. They are built once: building them took a quarter of the request.
_IN_LIST = TodoRow.list_id == bindparam("in_list")
_COUNT = select(func.count()).select_from(TodoRow).where(_IN_LIST)
_LAST_RANK = select(func.max(TodoRow.rank)).where(_IN_LIST)


async def require_capacity(work: UnitOfWork, list_id: ListId, arriving: int) -> None:
    """Raise Invalid when the list has no room for `arriving` more todos."""
    if arriving > await read_room(work, list_id):
        raise Invalid(
            message(
                "A list holds at most {limit} todos, those in its trash included.",
                limit=MAX_TODOS_PER_LIST,
            ),
            code="list_full",
        )


async def read_room(work: UnitOfWork, list_id: ListId) -> int:
    """Return how many more todos the list can take."""
    count = await work.connection.scalar(_COUNT, {"in_list": list_id})
    return MAX_TODOS_PER_LIST - (count or 0)


async def find_ranks(
    work: UnitOfWork,
    actor: Actor,
    list_id: ListId,
    placement: Placement,
    *,
    moving: TodoId | None,
    count: int = 1,
) -> list[str]:
    """Return `count` ranks at the placement. `moving`, if given, is not its own neighbour."""
    low, high = await read_neighbour_ranks(work, list_id, placement, moving)
    ranks = ranks_between(low, high, count)
    if max(map(len, ranks)) <= MAX_LENGTH:
        return ranks
    await _respace(work, actor, list_id, low or "", moving)
    return ranks_between(*await read_neighbour_ranks(work, list_id, placement, moving), count)


async def read_neighbour_ranks(
    work: UnitOfWork, list_id: ListId, placement: Placement, moving: TodoId | None
) -> tuple[str | None, str | None]:
    """Return the ranks below and above the placement; None is the list's end. Raise Invalid."""
    is_at_end = placement.before_id is None and placement.after_id is None
    if is_at_end and moving is None:
        return await work.connection.scalar(_LAST_RANK, {"in_list": list_id}), None
    others: list[ColumnElement[bool]] = [TodoRow.list_id == list_id]
    if moving is not None:
        others.append(TodoRow.id != moving)
    if is_at_end:
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


async def find_free_rank(
    work: UnitOfWork, actor: Actor, list_id: ListId, rank: str, moving: TodoId
) -> str:
    """Return `rank` for a todo that had it before, or the next one if another todo has it now.

    One in the trash may have it too: if it is restored, their ids decide.
    """
    others = TodoRow.list_id == list_id, TodoRow.id != moving
    is_taken = select(TodoRow.id).where(*others, TodoRow.rank == rank, TodoRow.deleted_at.is_(None))
    if await work.connection.scalar(is_taken.limit(1)) is None:
        return rank
    above = await work.connection.scalar(
        select(func.min(TodoRow.rank)).where(*others, TodoRow.rank > rank)
    )
    [free] = ranks_between(rank, above)
    if len(free) <= MAX_LENGTH:
        return free
    return (await find_ranks(work, actor, list_id, Placement(), moving=moving))[0]


async def _respace(
    work: UnitOfWork, actor: Actor, list_id: ListId, low: str, moving: TodoId | None
) -> None:
    """Give shorter ranks to the todos around the gap above `low`, in the same order."""
    in_list = shapes.select_shapes().where(TodoRow.list_id == list_id)
    if moving is not None:
        in_list = in_list.where(TodoRow.id != moving)
    distance = NEIGHBOURS
    while True:
        # One more on each side than is respaced: these two stay and bound the new ranks.
        below = in_list.where(TodoRow.rank <= low).order_by(TodoRow.rank.desc())
        above = in_list.where(TodoRow.rank > low).order_by(TodoRow.rank)
        before = (await work.connection.execute(below.limit(distance + 1))).all()
        after = (await work.connection.execute(above.limit(distance + 1))).all()
        lowest = before[distance].rank if len(before) > distance else None
        highest = after[distance].rank if len(after) > distance else None
        todos = [shapes.shape_of(row) for row in [*before[:distance][::-1], *after[:distance]]]
        ranks = ranks_between(lowest, highest, len(todos))
        is_whole_list = lowest is None and highest is None
        if is_whole_list or max(map(len, ranks)) <= MAX_LENGTH_AFTER_RESPACING:
            break
        distance *= 4
    respaced = [
        new_version(todo, work.now, rank=rank) for todo, rank in zip(todos, ranks, strict=True)
    ]
    rows.update_todos(work, respaced, ["rank"])
    for todo in respaced:
        if todo.deleted_at is None:
            work.record(list_stream(list_id), TodoEdited(todo=todo, changed=("rank",)), actor)
