"""UIDs and names of calendar objects: which todo they mean, and how they are stored."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import delete, insert, select, union_all, update

from shared.caldav.objects import ENDING, CalendarObject
from shared.errors import Invalid
from shared.ids import ListId, TodoId, is_id
from shared.tables.interop.calendar_objects import MAX_NAME_LENGTH, CalendarObjectRow
from shared.tables.todos import TodoRow
from shared.todos.persistence import early_endings
from shared.todos.persistence.early_endings import EarlyEnding
from shared.todos.rules.todo_rules import MAX_SUBTASKS_PER_TODO
from shared.unit_of_work import ReadTransaction, UnitOfWork


async def find_by_uid(read: ReadTransaction, list_id: ListId, uid: str) -> TodoId | None:
    """Return the todo of the list that has this UID, unless it is in the trash."""
    if len(uid) > MAX_NAME_LENGTH:
        raise Invalid.field("UID", "too_long", f"UID: has more than {MAX_NAME_LENGTH} characters.")
    with_row = select(CalendarObjectRow.todo_id).where(CalendarObjectRow.uid == uid)
    # A todo without a row has its id as UID.
    candidates = union_all(with_row, _without_row(uid)) if is_id(uid) else with_row
    found = await read.connection.scalars(
        select(TodoRow.id)
        .where(TodoRow.id.in_(candidates), TodoRow.list_id == list_id, TodoRow.deleted_at.is_(None))
        .order_by(TodoRow.id)
        .limit(1)
    )
    return next((TodoId(todo_id) for todo_id in found), None)


def _without_row(uid: str):  # type: ignore[no-untyped-def]
    has_row = select(CalendarObjectRow.todo_id).where(CalendarObjectRow.todo_id == TodoRow.id)
    return select(TodoRow.id).where(TodoRow.id == uid, ~has_row.exists())


async def name_of(read: ReadTransaction, todo_id: TodoId) -> str:
    """Return the name of the object of a todo."""
    stored = select(CalendarObjectRow.name).where(CalendarObjectRow.todo_id == todo_id)
    return (await read.connection.scalar(stored)) or f"{todo_id}{ENDING}"


async def find_parent(
    read: ReadTransaction, list_id: ListId, found: CalendarObject | None, parent_uid: str | None
) -> TodoId | None:
    """Return the todo that becomes the parent; None if there is none that can.

    Subtasks are one level deep here: the parent of a todo below a subtask is the parent of that.
    """
    if parent_uid is None or len(parent_uid) > MAX_NAME_LENGTH:
        return None
    if found is not None and found.todo.parent_id and found.parent_uid == parent_uid:
        return TodoId(found.todo.parent_id)
    parent_id = await find_by_uid(read, list_id, parent_uid)
    if parent_id is None:
        return None
    above = await read.connection.scalar(select(TodoRow.parent_id).where(TodoRow.id == parent_id))
    parent_id = TodoId(above or parent_id)
    if found is not None and (parent_id == found.todo.id or await _has_subtasks(read, found)):
        return None
    return parent_id


async def _has_subtasks(read: ReadTransaction, found: CalendarObject) -> bool:
    below = select(TodoRow.id).where(
        TodoRow.parent_id == found.todo.id, TodoRow.deleted_at.is_(None)
    )
    return await read.connection.scalar(below.limit(1)) is not None


async def find_waiting_for(read: ReadTransaction, list_id: ListId, parent_uid: str) -> list[TodoId]:
    """Return the todos of the list that came before their parent and can become its subtasks."""
    below = TodoRow.__table__.alias("below")
    found = await read.connection.scalars(
        select(TodoRow.id)
        .join(CalendarObjectRow, CalendarObjectRow.todo_id == TodoRow.id)
        .where(
            CalendarObjectRow.parent_uid == parent_uid,
            TodoRow.list_id == list_id,
            TodoRow.parent_id.is_(None),
            TodoRow.deleted_at.is_(None),
            ~select(below.c.id).where(below.c.parent_id == TodoRow.id).exists(),
        )
        .order_by(TodoRow.id)
        .limit(MAX_SUBTASKS_PER_TODO)
    )
    return [TodoId(todo_id) for todo_id in found]


async def save(
    work: UnitOfWork,
    todo_id: TodoId,
    uid: str,
    name: str,
    parent_uid: str | None,
    kept: str,
    endings: Mapping[date, EarlyEnding],
) -> None:
    """Store what a calendar app calls a todo. The caller holds the lock of the list's stream."""
    if parent_uid is not None and len(parent_uid) > MAX_NAME_LENGTH:
        parent_uid = None
    await work.connection.execute(
        delete(CalendarObjectRow).where(CalendarObjectRow.todo_id == todo_id)
    )
    await work.connection.execute(
        insert(CalendarObjectRow).values(
            todo_id=todo_id,
            uid=uid,
            name=name,
            parent_uid=parent_uid,
            kept=kept,
            ended_in_advance=early_endings.to_json(endings),
        )
    )


async def clear_absent_parent(work: UnitOfWork, todo_id: TodoId) -> None:
    """Forget the UID that a todo waited for, which has become its parent."""
    await work.connection.execute(
        update(CalendarObjectRow)
        .where(CalendarObjectRow.todo_id == todo_id)
        .values(parent_uid=None)
    )
