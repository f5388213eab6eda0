"""Keep the names of calendar objects unique in each list, where todos arrive from another or the trash.

Calendar apps choose a UID and a name for each todo (RFC 4791, 4.1 and 5.3.2.1: unique in a list). A todo
that arrives where another one has the UID or the name gets new ones. Its old name is then known by none.
"""

from collections.abc import Sequence

from sqlalchemy import insert, or_, select, update

from shared.ids import ListId, TodoId, is_id, new_id
from shared.tables.interop.calendar_objects import CalendarObjectRow
from shared.tables.todos import TodoRow
from shared.unit_of_work import UnitOfWork

# What stands between the id of a todo and the rest of a name that was given here.
_MARK = "~"


def default_name(todo_id: str) -> str:
    """Return the name of a todo that no calendar app wrote."""
    return f"{todo_id}.ics"


def is_renamed(todo_id: str, name: str) -> bool:
    """Return True if the todo had another name before, which is not known any more."""
    return name.startswith(f"{todo_id}{_MARK}")


async def rename_duplicates(work: UnitOfWork, list_id: ListId, arriving: Sequence[TodoId]) -> None:
    """Give a new UID and name to each todo that arrives with one that the list has already.

    The caller holds the lock of the list's stream, and has stored that the todos are there.
    """
    row = CalendarObjectRow
    found = await work.connection.execute(
        select(TodoRow.id, row.uid, row.name)
        .outerjoin(row, row.todo_id == TodoRow.id)
        .where(TodoRow.id.in_(arriving))
    )
    arrivals = found.all()
    with_row = {each.id for each in arrivals if each.uid is not None}
    names = [
        (each.id, each.uid or each.id, each.name or default_name(each.id)) for each in arrivals
    ]
    uids, taken = await _taken(work, list_id, names)
    for todo_id, uid, name in sorted(names):
        if uid in uids or name in taken:
            await _rename(work, TodoId(todo_id), has_row=todo_id in with_row)
        uids.add(uid)
        taken.add(name)


async def _taken(
    work: UnitOfWork, list_id: ListId, names: Sequence[tuple[str, str, str]]
) -> tuple[set[str], set[str]]:
    """Return the UIDs and names that other live todos of the list have, of those that may be the same."""
    row = CalendarObjectRow
    ids = [todo_id for todo_id, _, _ in names]
    possible_ids = {uid for _, uid, _ in names} | {name.removesuffix(".ics") for *_, name in names}
    is_other = (
        TodoRow.list_id == list_id, TodoRow.deleted_at.is_(None), TodoRow.id.not_in(ids)
    )  # fmt: skip
    same = or_(
        row.uid.in_([uid for _, uid, _ in names]), row.name.in_([name for *_, name in names])
    )
    written = await work.connection.execute(
        select(row.uid, row.name).join(TodoRow, TodoRow.id == row.todo_id).where(same, *is_other)
    )
    uids, taken = set(), set()
    for each in written:
        uids.add(each.uid)
        taken.add(each.name)
    others = [each for each in possible_ids if is_id(each) and each not in ids]
    if others:
        has_row = select(row.todo_id).where(row.todo_id == TodoRow.id)
        plain = select(TodoRow.id).where(TodoRow.id.in_(others), *is_other, ~has_row.exists())
        for todo_id in await work.connection.scalars(plain):
            uids.add(todo_id)
            taken.add(default_name(todo_id))
    return uids, taken


async def _rename(work: UnitOfWork, todo_id: TodoId, *, has_row: bool) -> None:
    row = CalendarObjectRow
    # Random: an app cannot have chosen it before.
    uid = f"{todo_id}{_MARK}{new_id()}"
    names = {"uid": uid, "name": f"{uid}.ics"}
    if has_row:
        await work.connection.execute(update(row).where(row.todo_id == todo_id).values(names))
    else:
        await work.connection.execute(insert(row).values(todo_id=todo_id, kept="", **names))
