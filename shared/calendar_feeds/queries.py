"""Read calendar feeds: those of an account, and what one shows."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Select, and_, bindparam, func, literal, or_, select, tuple_
from sqlalchemy.orm import aliased

from shared.access import gate
from shared.actor import Actor
from shared.calendar_feeds.filters import conditions
from shared.contract.calendar_feeds import CalendarFeedShape, FeedContent, FeedFilter
from shared.contract.shapes import OPEN, AccountStatus, TodoShape
from shared.errors import NotFound
from shared.ids import CalendarFeedId, UserId, user_stream
from shared.tables.accounts import UserRow
from shared.tables.interop.calendar_feeds import CalendarFeedRow
from shared.tables.labels import LabelRow
from shared.tables.lists import ListRow
from shared.tables.members import MemberRow
from shared.tables.streams import StreamRow
from shared.tables.todos import TodoLabelRow, TodoRow
from shared.todos.queries.shapes import select_shapes, shape_of
from shared.unit_of_work import ReadTransaction
from shared.version import VERSION

COLUMNS = tuple(CalendarFeedRow.__table__.c[name] for name in CalendarFeedShape.model_fields)
# Of the largest todos, of 0.25 MB: 25 MB in memory. A list of 1,000 todos takes ten statements.
PAGE_TODOS = 100
# Its user looks whether an address is still in use; programs ask once an hour.
LAST_USE_INTERVAL = timedelta(hours=1)
# No label has a line break in its name.
_SEPARATOR = "\n"

# The stream of the user, whose events say which todos have which label of the user's own.
_OwnStream = aliased(StreamRow, name="own_stream")
_OWN_STREAM_ID = literal(user_stream(UserId("")), StreamRow.id.type) + CalendarFeedRow.user_id

_SOURCE = (
    select(
        CalendarFeedRow.id.label("feed_id"),
        CalendarFeedRow.user_id,
        CalendarFeedRow.hash,
        CalendarFeedRow.name,
        CalendarFeedRow.list_id.label("only_list"),
        CalendarFeedRow.content,
        CalendarFeedRow.include_completed,
        CalendarFeedRow.filter,
        CalendarFeedRow.last_used_at,
        ListRow.id.label("list_id"),
        StreamRow.epoch,
        StreamRow.head,
        _OwnStream.epoch.label("own_epoch"),
        _OwnStream.head.label("own_head"),
    )
    .select_from(CalendarFeedRow)
    .join(
        UserRow,
        and_(UserRow.id == CalendarFeedRow.user_id, UserRow.status == AccountStatus.ACTIVE.value),
    )
    .outerjoin(
        MemberRow,
        and_(
            gate.is_reader(CalendarFeedRow.user_id),
            or_(
                CalendarFeedRow.list_id.is_(None),
                MemberRow.list_id == CalendarFeedRow.list_id,
            ),
        ),
    )
    .outerjoin(
        ListRow,
        and_(
            ListRow.id == MemberRow.list_id,
            ListRow.deleted_at.is_(None),
            # All lists are those that the client shows: an archived one has to be named.
            or_(CalendarFeedRow.list_id.is_not(None), ListRow.archived_at.is_(None)),
        ),
    )
    .outerjoin(StreamRow, StreamRow.id == ListRow.id)
    .join(_OwnStream, _OwnStream.id == _OWN_STREAM_ID)
    .where(CalendarFeedRow.hash == bindparam("hash"))
    .order_by(ListRow.id)
)


@dataclass(frozen=True)
class FeedSource:
    """What a feed shows at the moment: its options, and the lists with the heads of their streams."""

    feed_id: str
    user_id: str
    hash: str
    name: str
    content: FeedContent
    include_completed: bool
    filter: FeedFilter | None
    last_used_at: datetime | None
    heads: tuple[tuple[str, str, int], ...]
    # Epoch and head of the user's own stream.
    own_head: tuple[str, int]

    def is_use_news(self, now: datetime) -> bool:
        """Return True if a read at this moment is to be saved as the last one."""
        return self.last_used_at is None or now - self.last_used_at > LAST_USE_INTERVAL

    @property
    def etag(self) -> str:
        """Return the tag of the document: whatever it shows changes with the head of a stream."""
        # Which todos have a label of the user's own is in no stream of a list.
        labels = () if self.filter is None else self.filter.labels
        facts = [
            self.hash,
            self.name,
            self.content,
            self.include_completed,
            self.filter and self.filter.model_dump(mode="json"),
            self.heads,
            self.own_head if labels else None,
            VERSION,
        ]
        return f'"{hashlib.sha256(orjson.dumps(facts)).hexdigest()[:32]}"'


@dataclass(frozen=True)
class FeedTodo:
    todo: TodoShape
    labels: tuple[str, ...]


async def read_feeds(read: ReadTransaction, actor: Actor) -> list[CalendarFeedShape]:
    """Return the actor's feeds, newest first."""
    rows = await read.connection.execute(
        select(*COLUMNS)
        .where(CalendarFeedRow.user_id == actor.user_id)
        .order_by(CalendarFeedRow.id.desc())
    )
    return [CalendarFeedShape.model_validate(row._asdict()) for row in rows]


async def read_feed(
    read: ReadTransaction, actor: Actor, feed_id: CalendarFeedId
) -> CalendarFeedShape:
    """Return one of the actor's feeds. Raise NotFound."""
    of_actor = (CalendarFeedRow.id == feed_id) & (CalendarFeedRow.user_id == actor.user_id)
    row = (await read.connection.execute(select(*COLUMNS).where(of_actor))).one_or_none()
    if row is None:
        raise NotFound
    return CalendarFeedShape.model_validate(row._asdict())


async def find_source(read: ReadTransaction, hash_: str) -> FeedSource:
    """Return what the feed with this hash shows, in one statement.

    Raise NotFound, always the same: for an unknown feed, an account that is not active, and a list that
    the user may not read or that is in the trash.
    """
    rows = (await read.connection.execute(_SOURCE, {"hash": hash_})).all()
    heads = tuple((row.list_id, row.epoch, row.head) for row in rows if row.list_id is not None)
    if not rows or (rows[0].only_list is not None and not heads):
        raise NotFound
    first = rows[0]
    return FeedSource(
        first.feed_id,
        first.user_id,
        first.hash,
        first.name,
        FeedContent(first.content),
        first.include_completed,
        None if first.filter is None else FeedFilter.model_validate(first.filter),
        first.last_used_at,
        heads,
        (first.own_epoch, first.own_head),
    )


async def read_page(
    read: ReadTransaction, source: FeedSource, after: TodoShape | None
) -> list[FeedTodo]:
    """Return the next todos of the feed, in the order of the lists, with the names of their labels."""
    rows = await read.connection.execute(_select_page(source, after))
    return [FeedTodo(shape_of(row), _names(row.label_names)) for row in rows]


def _select_page(source: FeedSource, after: TodoShape | None) -> Select[*tuple[Any, ...]]:
    names = (
        select(func.aggregate_strings(LabelRow.name, _SEPARATOR))
        .join(TodoLabelRow, TodoLabelRow.label_id == LabelRow.id)
        .where(TodoLabelRow.todo_id == TodoRow.id)
        .scalar_subquery()
    )
    lists = [list_id for list_id, _, _ in source.heads]
    order = (TodoRow.list_id, TodoRow.rank, TodoRow.id)
    page = (
        select_shapes()
        .add_columns(names.label("label_names"))
        .where(TodoRow.list_id.in_(lists), TodoRow.deleted_at.is_(None))
        .order_by(*order)
        .limit(PAGE_TODOS)
    )
    if not source.include_completed:
        page = page.where(TodoRow.status.in_([status.value for status in OPEN]))
    if source.content is FeedContent.EVENTS:
        page = page.where(TodoRow.due_kind.is_not(None))
    if source.filter is not None:
        page = page.where(*conditions(source.filter, source.user_id))
    if after is not None:
        page = page.where(tuple_(*order) > tuple_(after.list_id, after.rank, after.id))
    return page


def _names(gathered: str | None) -> tuple[str, ...]:
    return tuple(sorted(gathered.split(_SEPARATOR))) if gathered else ()
