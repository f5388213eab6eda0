"""The statement of a page of snapshots: lists with members and labels, and their todos, as JSON.

One statement is one consistent read. It returns a row for each list and a row for each todo:

    row       list_id  rank   todo_id  text                                    epoch … open_count
    a list    ·        null   null     {"stream":…,"list":…,"members":…, …}    ·
    a todo    ·        ·      ·        TodoShape; null: larger than max_bytes  null
"""

from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    CompoundSelect,
    FromClause,
    Integer,
    Select,
    Text,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    null,
    select,
    true,
    tuple_,
    union_all,
)

from shared.access import gate
from shared.contract.own_lists.placement import ListPlacement
from shared.contract.shapes import (
    OPEN,
    LabelShape,
    MemberShape,
    MyListShape,
    Position,
    UserShape,
)
from shared.database.json_text import (
    JsonText,
    as_json,
    as_text,
    by_code_point,
    json_array,
    json_boolean,
    json_object,
)
from shared.lists.placement_columns import PLACEMENT
from shared.tables.accounts import UserRow
from shared.tables.labels import LabelRow
from shared.tables.lists import ListRow
from shared.tables.members import MemberRow
from shared.tables.share_links import GuestRow
from shared.tables.streams import StreamRow
from shared.tables.todos import TodoRow
from shared.todos.queries.todo_json import PAGE_COLUMNS, bytes_of, select_json

_EMPTY: ColumnElement[Any] = literal_column("json('[]')", JsonText())
# The columns of the row of a list; NULL in the rows of todos.
_OF_LIST = ("epoch", "head", "floor", "role", "in_trash", "open_count")
_IS_OPEN = TodoRow.status.in_([literal_column(f"'{status}'") for status in OPEN])


@cache
def snapshot_page(
    lists: int, todos: int, *, is_first: bool, is_sqlite: bool
) -> CompoundSelect[Any]:
    """Return the statement for the lists `list_0` … with at most `todos` todos each, in order.

    Not the first page: one list, after the todo of `rank` and `todo_id`, at the position of `epoch`
    and `seq`, with the `open_count` of the first page; without members and labels. Lists without the
    member `reader` are left out.
    """
    ids = [bindparam(f"list_{number}", type_=ListRow.id.type) for number in range(lists)]
    heads = _heads(ids, is_first=is_first)
    page = _page(heads, ids, _live_todos(todos, is_first=is_first), is_sqlite=is_sqlite)
    todo, tables = select_json(page)
    fits = bytes_of(page) < bindparam("max_bytes", type_=BigInteger)
    of_todos = select(
        page.c.list_id.label("list_id"),
        page.c.rank.label("rank"),
        page.c.id.label("todo_id"),
        case((fits, todo)).label("text"),
        *(null().label(name) for name in _OF_LIST),
    ).select_from(tables)
    of_lists = select(
        heads.c.id,
        null(),
        null(),
        _head_json(heads, is_first=is_first),
        *(heads.c[name] for name in _OF_LIST),
    )
    rows = union_all(of_todos, of_lists)
    return rows.order_by("list_id", "rank", "todo_id")


def select_heads(open_count: ColumnElement[int]) -> Select[*tuple[Any, ...]]:
    """Return the statement for lists, each with the role and head that `my_list_json` needs."""
    return (
        select(
            *ListRow.__table__.c,
            MemberRow.role,
            *PLACEMENT,
            MemberRow.view,
            ListRow.deleted_at.is_not(None).label("in_trash"),
            StreamRow.epoch,
            StreamRow.head,
            StreamRow.floor,
            open_count.label("open_count"),
        )
        .join(MemberRow, MemberRow.list_id == ListRow.id)
        .join(StreamRow, StreamRow.id == ListRow.id)
    )


def count_open() -> ColumnElement[int]:
    """Return the number of open todos of each list of `select_heads`."""
    of_list = (TodoRow.list_id == ListRow.id, TodoRow.deleted_at.is_(None), _IS_OPEN)
    return select(func.count()).where(*of_list).correlate(ListRow).scalar_subquery()


def _heads(ids: list[Any], *, is_first: bool) -> CTE:
    of_first_page = bindparam("open_count", type_=Integer)
    lists = select_heads(count_open() if is_first else of_first_page)
    return lists.where(ListRow.id.in_(ids), gate.IS_READER).cte("heads")


def _live_todos(limit: int, *, is_first: bool) -> Select[Any]:
    """Return the statement for a page of todos in order, of a list still to be named."""
    todos = select(*PAGE_COLUMNS).where(TodoRow.deleted_at.is_(None))
    if not is_first:
        last = (
            bindparam("rank", type_=TodoRow.rank.type),
            bindparam("todo_id", type_=TodoRow.id.type),
        )
        todos = todos.where(tuple_(TodoRow.rank, TodoRow.id) > tuple_(*last))
    # One more than requested, to learn whether more follow.
    return todos.order_by(TodoRow.rank, TodoRow.id).limit(literal_column(str(limit + 1)))


def _page(heads: CTE, ids: list[Any], todos: Select[Any], *, is_sqlite: bool) -> CTE:
    """Return the todos of the lists of `heads`: nothing is read of a list without the member."""
    if not is_sqlite:
        of_list = todos.where(TodoRow.list_id == heads.c.id).correlate(heads).lateral()
        return select(of_list).select_from(heads.join(of_list, true())).cte("page")
    # SQLite has no LATERAL. Postgres plans such a statement of 20 lists for 16 ms.
    found = [select(heads.c.id).where(heads.c.id == list_id).scalar_subquery() for list_id in ids]
    branches = [todos.where(TodoRow.list_id == list_id).subquery() for list_id in found]
    return union_all(*map(select, branches)).cte("page")


def _head_json(heads: CTE, *, is_first: bool) -> ColumnElement[str]:
    position = position_json(heads.c)
    if not is_first:
        position = position_json(
            {
                "id": heads.c.id,
                "epoch": cast(bindparam("epoch"), Text),
                "head": cast(bindparam("seq"), BigInteger),
            }
        )
    return as_text(
        json_object(
            {
                "stream": position,
                "list": my_list_json(heads, position),
                "members": _members(heads) if is_first else _EMPTY,
                "labels": _labels(heads) if is_first else _EMPTY,
            }
        )
    )


def position_json(stream: Any) -> ColumnElement[Any]:
    """Return the JSON of the newest position of a stream, given its columns by name."""
    fields = {"list_id": stream["id"], "epoch": stream["epoch"], "seq": stream["head"]}
    return json_object({name: fields[name] for name in Position.model_fields})


def my_list_json(heads: FromClause, position: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the JSON of MyListShape from rows of `select_heads`."""
    of_member: dict[str, ColumnElement[Any]] = {
        name: heads.c[name] for name in ListPlacement.model_fields
    }
    of_member["favourite"] = json_boolean(heads.c.favourite.is_(True))
    computed = {
        "is_inbox": json_boolean(heads.c.inbox_of.is_not(None)),
        "placement": json_object(of_member),
        "stream": position,
    }
    return json_object(
        {
            name: computed[name] if name in computed else heads.c[name]
            for name in MyListShape.model_fields
        }
    )


def _members(heads: CTE) -> ColumnElement[Any]:
    user = json_object({name: UserRow.__table__.c[name] for name in UserShape.model_fields})
    fields = {
        "user": user,
        "role": MemberRow.role,
        "joined_at": MemberRow.joined_at,
        "link_id": GuestRow.link_id,
    }
    rows = (
        select(
            json_object({name: fields[name] for name in MemberShape.model_fields}).label("member"),
            MemberRow.joined_at,
            MemberRow.user_id,
        )
        .join(UserRow, UserRow.id == MemberRow.user_id)
        .outerjoin(GuestRow, GuestRow.user_id == MemberRow.user_id)
        .where(MemberRow.list_id == heads.c.id)
        .order_by(MemberRow.joined_at, MemberRow.user_id)
        .correlate(heads)
        .subquery()
    )
    gathered = json_array(as_json(rows.c.member), rows.c.joined_at, rows.c.user_id)
    return as_json(func.coalesce(select(gathered).scalar_subquery(), literal_column("'[]'")))


def _labels(heads: CTE) -> ColumnElement[Any]:
    name_key = by_code_point(LabelRow.name_key).label("name_key")
    rows = (
        select(
            json_object(
                {name: LabelRow.__table__.c[name] for name in LabelShape.model_fields}
            ).label("label"),
            name_key,
            LabelRow.id,
        )
        .where(LabelRow.list_id == heads.c.id)
        .order_by(name_key, LabelRow.id)
        .correlate(heads)
        .subquery()
    )
    gathered = json_array(as_json(rows.c.label), rows.c.name_key, rows.c.id)
    return as_json(func.coalesce(select(gathered).scalar_subquery(), literal_column("'[]'")))
