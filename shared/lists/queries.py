"""Reads of lists. The number of statements does not grow with the number of lists."""

from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, Select, bindparam, func, select, true

from shared.access import gate
from shared.access.policy import ALLOWED, Action
from shared.actor import Actor
from shared.contract.own_lists.placement import ListPlacement
from shared.contract.own_lists.views import ListView
from shared.contract.shapes import (
    OPEN,
    Colour,
    ListShape,
    MyListShape,
    Page,
    Position,
    Role,
)
from shared.errors import Invalid, NotFound
from shared.ids import ListId, UserId, is_id
from shared.lists.placement_columns import PLACEMENT
from shared.tables.lists import ListRow
from shared.tables.members import MemberRow
from shared.tables.streams import StreamRow
from shared.tables.todos import TodoRow
from shared.unit_of_work import ReadTransaction


class ListState(StrEnum):
    """State of a list. A list in the trash, archived or not, is shown to its owners only."""

    ACTIVE = "active"
    ARCHIVED = "archived"
    TRASH = "trash"


_IN_STATE: dict[ListState, tuple[ColumnElement[bool], ...]] = {
    ListState.ACTIVE: (ListRow.deleted_at.is_(None), ListRow.archived_at.is_(None)),
    ListState.ARCHIVED: (ListRow.deleted_at.is_(None), ListRow.archived_at.is_not(None)),
    # In the trash a list exists only for members who may restore it, as when reading one list.
    ListState.TRASH: (
        ListRow.deleted_at.is_not(None),
        MemberRow.role.in_(sorted(ALLOWED[Action.RESTORE_LIST])),
    ),
}


async def read_my_list(read: ReadTransaction, user_id: UserId, list_id: ListId) -> MyListShape:
    """Return a list in any state as its member sees it. Raise NotFound for any other user."""
    return (await read_list_for_members(read, list_id, [user_id]))[user_id]


async def read_list(read: ReadTransaction, actor: Actor, list_id: ListId) -> MyListShape:
    """Return a list that the actor may read. Raise NotFound."""
    values = gate.reader(actor) | {"list_id": list_id}
    row = (await read.connection.execute(_MY_LIST, values)).one_or_none()
    if row is None:
        raise NotFound
    gate.authorize_row(row.role, row.deleted_at is not None, Action.READ_LIST)
    return _my_list_from_row(row)


async def read_list_for_members(
    read: ReadTransaction, list_id: ListId, user_ids: list[UserId]
) -> dict[UserId, MyListShape]:
    """Return a list as each of these members sees it. Raise NotFound if one is not a member."""
    rows = await read.connection.execute(
        _select_my_lists().where(ListRow.id == list_id, MemberRow.user_id.in_(user_ids))
    )
    shapes = {UserId(row.user_id): _my_list_from_row(row) for row in rows}
    if len(shapes) < len(set(user_ids)):
        raise NotFound
    return shapes


async def read_page_of_my_lists(
    read: ReadTransaction, actor: Actor, state: ListState, cursor: str | None, limit: int
) -> Page[MyListShape]:
    """Return a page of the actor's lists in the order of their creation, the Inbox first.

    In one statement.
    """
    if cursor is not None and not is_id(cursor):
        raise Invalid.field("cursor", "cursor", "This is not a cursor of ours.")
    values = gate.reader(actor) | {"after": cursor or "", "limit": limit + 1}
    rows = (await read.connection.execute(page_of_my_lists(state), values)).all()
    found = [_my_list_from_row(row) for row in rows if row.id is not None]
    items = found[:limit]
    following = items[-1].id if len(found) > limit else None
    return Page(items=items, next_cursor=following, total=rows[0].total)


@cache
def page_of_my_lists(state: ListState) -> Select[*tuple[Any, ...]]:
    """Return the statement for a page of lists; each row has the number of all lists of the state.

    Without a list on the page there is one row, in which only `total` is not NULL.
    """
    # Two parts read it, so both databases compute it once. Postgres expects few lists, and without that
    # compared each of a thousand with all lists of the site, in the order of their ids: 36 ms.
    mine = (
        select(ListRow.id, MemberRow.user_id)
        .join(MemberRow, MemberRow.list_id == ListRow.id)
        .where(gate.IS_READER, *_IN_STATE[state])
        .cte("mine")
    )
    total = select(func.count().label("total")).select_from(mine).subquery("counted")
    chosen = (
        select(mine)
        .where(mine.c.id > bindparam("after"))
        .order_by(mine.c.id)
        .limit(bindparam("limit", type_=Integer))
        .subquery("chosen")
    )
    is_mine = (chosen.c.id == ListRow.id) & (chosen.c.user_id == MemberRow.user_id)
    page = _select_my_lists().join(chosen, is_mine).subquery("page")
    return (
        select(total.c.total, page).select_from(total.outerjoin(page, true())).order_by(page.c.id)
    )


def shared_list_shape(my_list: MyListShape) -> ListShape:
    """Return the part of a list that is the same for all members, as its stream's events carry it."""
    return ListShape.model_validate(my_list.model_dump(include=set(ListShape.model_fields)))


def _select_my_lists() -> Select[*tuple[Any, ...]]:
    open_count = (
        select(func.count())
        .select_from(TodoRow)
        .where(
            TodoRow.list_id == ListRow.id,
            TodoRow.deleted_at.is_(None),
            TodoRow.status.in_(OPEN),
        )
        .scalar_subquery()
    )
    return (
        select(
            *ListRow.__table__.c,
            MemberRow.user_id,
            MemberRow.role,
            *PLACEMENT,
            MemberRow.view,
            StreamRow.epoch,
            StreamRow.head,
            open_count.label("open_count"),
        )
        .select_from(ListRow)
        .join(MemberRow, MemberRow.list_id == ListRow.id)
        .join(StreamRow, StreamRow.id == ListRow.id)
    )


_MY_LIST = _select_my_lists().where(ListRow.id == bindparam("list_id"), gate.IS_READER)


def _my_list_from_row(row: Row[*tuple[Any, ...]]) -> MyListShape:
    return MyListShape(
        id=row.id,
        name=row.name,
        colour=Colour(row.colour),
        icon=row.icon,
        is_inbox=row.inbox_of is not None,
        archived_at=row.archived_at,
        deleted_at=row.deleted_at,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        role=Role(row.role),
        placement=ListPlacement(
            rank=row.rank, favourite=bool(row.favourite), folder_id=row.folder_id
        ),
        view=ListView.model_validate(row.view) if row.view else None,
        open_count=row.open_count,
        stream=Position(list_id=row.id, epoch=row.epoch, seq=row.head),
    )
