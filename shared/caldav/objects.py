"""Read todos as calendar objects: two statements for any number of them, authorized in the first.

todos ── calendar_objects      names and further properties, if a calendar app wrote the todo
  │          └─ of the parent  its UID
  ├── labels                   their names
  └── reminders                of the reading user alone
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any

from sqlalchemy import Integer, Select, bindparam, func, select, union_all

from shared.access import gate
from shared.actor import Actor
from shared.contract.shapes import TodoShape
from shared.database.json_text import octets
from shared.ids import ListId, TodoId, UserId, is_id
from shared.reminders.rules import ReminderTrigger
from shared.tables.interop.calendar_objects import MAX_NAME_LENGTH, CalendarObjectRow
from shared.tables.labels import LabelRow
from shared.tables.lists import ListRow
from shared.tables.members import MemberRow
from shared.tables.reminders import ReminderRow
from shared.tables.todos import TodoLabelRow, TodoRow
from shared.todos.queries import shapes
from shared.unit_of_work import ReadTransaction

ENDING = ".ics"
# Of descriptions and kept texts that are read at once: the first object above it is the last of a page.
MAX_PAGE_BYTES = 1024 * 1024
# Between the names of labels, which hold no control characters.
_SEPARATOR = "\x1f"


@dataclass(frozen=True)
class CalendarObject:
    """A todo with all that its iCalendar text shows to one user."""

    todo: TodoShape
    uid: str
    name: str
    parent_uid: str | None
    kept: str
    absent_parent_uid: str | None
    label_names: tuple[str, ...]
    reminders: tuple[ReminderTrigger, ...]
    has_row: bool

    @cached_property
    def etag(self) -> str:
        """Return the entity tag: it changes with the text of the object, for its reader.

        Names of labels and reminders change without a new version of the todo.
        """
        besides = (self.uid, self.parent_uid, self.kept, self.label_names, self.reminders)
        digest = blake2b(repr(besides).encode(), digest_size=6).hexdigest()
        return f'"{self.todo.version}-{digest}"'


def _label_names() -> Any:
    return (
        select(func.aggregate_strings(LabelRow.name, _SEPARATOR))
        .join(TodoLabelRow, TodoLabelRow.label_id == LabelRow.id)
        .where(TodoLabelRow.todo_id == TodoRow.id)
        .scalar_subquery()
    )


def _select_objects() -> Select[*tuple[Any, ...]]:
    parent = CalendarObjectRow.__table__.alias("parent_object")
    return (
        shapes.select_shapes()
        .add_columns(
            _label_names().label("label_names"),
            CalendarObjectRow.uid.label("object_uid"),
            CalendarObjectRow.name.label("object_name"),
            CalendarObjectRow.parent_uid.label("absent_parent_uid"),
            CalendarObjectRow.kept.label("object_kept"),
            parent.c.uid.label("parent_object_uid"),
        )
        .select_from(TodoRow)
        .join(ListRow, ListRow.id == TodoRow.list_id)
        .join(MemberRow, MemberRow.list_id == TodoRow.list_id)
        .outerjoin(CalendarObjectRow, CalendarObjectRow.todo_id == TodoRow.id)
        .outerjoin(parent, parent.c.todo_id == TodoRow.parent_id)
        .where(
            gate.IS_READER, ListRow.deleted_at.is_(None), TodoRow.list_id == bindparam("list_id")
        )
    )


def _page() -> Select[*tuple[Any, ...]]:
    """Return the statement for a page of live todos, bounded in number and in bytes."""
    kept = func.coalesce(octets(CalendarObjectRow.kept), 0)
    sizes = (
        select(TodoRow.id, (octets(TodoRow.description) + kept).label("size"))
        .outerjoin(CalendarObjectRow, CalendarObjectRow.todo_id == TodoRow.id)
        .where(
            TodoRow.list_id == bindparam("list_id"),
            TodoRow.deleted_at.is_(None),
            TodoRow.id > bindparam("after"),
        )
        .order_by(TodoRow.id)
        .limit(bindparam("limit", type_=Integer))
        .subquery()
    )
    through = func.sum(sizes.c.size).over(order_by=sizes.c.id)
    chosen = select(
        sizes.c.id,
        (through - sizes.c.size).label("before"),
        func.count().over().label("chosen_count"),
    ).subquery()
    return (
        _select_objects()
        .add_columns(chosen.c.chosen_count)
        .join(chosen, chosen.c.id == TodoRow.id)
        .where(chosen.c.before < MAX_PAGE_BYTES)
        .order_by(TodoRow.id)
    )


_PAGE = _page()
_BY_IDS = _select_objects().where(TodoRow.id.in_(bindparam("ids", expanding=True)))
# Each branch goes along an index.
_NAMED = _select_objects().where(
    TodoRow.id.in_(
        union_all(
            select(TodoRow.id).where(TodoRow.id.in_(bindparam("ids", expanding=True))),
            select(CalendarObjectRow.todo_id).where(
                CalendarObjectRow.name.in_(bindparam("names", expanding=True))
            ),
        )
    )
)
_REMINDERS = (
    select(ReminderRow.todo_id, ReminderRow.at, ReminderRow.minutes_before)
    .where(
        ReminderRow.user_id == bindparam("reader"),
        ReminderRow.todo_id.in_(bindparam("ids", expanding=True)),
    )
    .order_by(ReminderRow.id)
)


async def read_page(
    read: ReadTransaction, actor: Actor, list_id: ListId, after: str, limit: int
) -> tuple[list[CalendarObject], bool]:
    """Return objects of a list with ids of todos above `after`, and whether others follow.

    There are at most `limit`, and of long ones fewer.
    """
    # One more than is wanted, to learn whether others follow.
    values = {"list_id": list_id, "after": after, "limit": limit + 1}
    rows = (await read.connection.execute(_PAGE, gate.reader(actor) | values)).all()
    page = rows[:limit]
    return await _complete(read, actor, page), bool(rows) and len(page) < rows[0].chosen_count


async def read_by_ids(
    read: ReadTransaction, actor: Actor, list_id: ListId, todo_ids: Sequence[str]
) -> dict[str, CalendarObject]:
    """Return those of the todos that are in the list, in the trash or not."""
    found = await _read(read, actor, _BY_IDS, {"list_id": list_id, "ids": list(todo_ids)})
    return {each.todo.id: each for each in found}


async def read_named(
    read: ReadTransaction, actor: Actor, list_id: ListId, names: Collection[str]
) -> dict[str, CalendarObject]:
    """Return the objects of these names, in the trash or not; of two the one that is not."""
    possible = [name for name in names if len(name) <= MAX_NAME_LENGTH]
    stems = [name.removesuffix(ENDING) for name in possible]
    values = {"list_id": list_id, "names": possible, "ids": [stem for stem in stems if is_id(stem)]}
    wanted = set(possible)
    found: dict[str, CalendarObject] = {}
    for each in await _read(read, actor, _NAMED, values):
        other = found.get(each.name)
        if each.name in wanted and (other is None or _precedence(each) < _precedence(other)):
            found[each.name] = each
    return found


def _precedence(each: CalendarObject) -> tuple[bool, bool, str]:
    return (each.todo.deleted_at is not None, not each.has_row, each.todo.id)


async def _read(
    read: ReadTransaction, actor: Actor, statement: Any, values: dict[str, Any]
) -> list[CalendarObject]:
    rows = (await read.connection.execute(statement, gate.reader(actor) | values)).all()
    return await _complete(read, actor, rows)


async def _complete(
    read: ReadTransaction, actor: Actor, rows: Sequence[Any]
) -> list[CalendarObject]:
    ids = [row.id for row in rows]
    reminders = await _read_reminders(read, actor.user_id, ids) if ids else {}
    return [_of_row(row, reminders.get(row.id, [])) for row in rows]


async def _read_reminders(
    read: ReadTransaction, user_id: UserId, ids: Sequence[str]
) -> dict[str, list[ReminderTrigger]]:
    found: dict[str, list[ReminderTrigger]] = {}
    for row in await read.connection.execute(_REMINDERS, {"reader": user_id, "ids": list(ids)}):
        found.setdefault(row.todo_id, []).append(ReminderTrigger(row.at, row.minutes_before))
    return found


def _of_row(row: Any, reminders: Sequence[ReminderTrigger]) -> CalendarObject:
    todo = shapes.shape_of(row)
    parent_uid = row.absent_parent_uid
    if todo.parent_id is not None:
        parent_uid = row.parent_object_uid or default_uid(TodoId(todo.parent_id))
    return CalendarObject(
        todo=todo,
        uid=row.object_uid or default_uid(TodoId(todo.id)),
        name=row.object_name or f"{todo.id}{ENDING}",
        parent_uid=parent_uid,
        kept=row.object_kept or "",
        absent_parent_uid=row.absent_parent_uid,
        label_names=tuple(sorted(row.label_names.split(_SEPARATOR))) if row.label_names else (),
        reminders=tuple(reminders),
        has_row=row.object_uid is not None,
    )


def default_uid(todo_id: TodoId) -> str:
    """Return the UID of a todo that no calendar app wrote."""
    return todo_id
