"""Read lists as collections, with the positions of their streams. One statement each."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, select

from shared.access import gate
from shared.access.gate import Authorization
from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.shapes import Colour, Role
from shared.errors import NotFound
from shared.ids import Epoch, ListId, UserId, is_id, user_stream
from shared.languages.choice import language_of_account
from shared.languages.texts import translator
from shared.lists.list_names import shown_name
from shared.tables.accounts import UserRow
from shared.tables.interop.calendar_objects import MAX_NAME_LENGTH
from shared.tables.interop.calendar_preferences import CalendarPreferencesRow
from shared.tables.lists import ListRow
from shared.tables.members import MemberRow
from shared.tables.streams import StreamRow
from shared.unit_of_work import ReadTransaction


@dataclass(frozen=True)
class SyncPosition:
    """A position of a list's stream, and of the user's own, which has the events of reminders."""

    epoch: Epoch
    seq: int
    user_epoch: Epoch
    user_seq: int


@dataclass(frozen=True)
class Collection:
    """A list as one member's calendar apps see it."""

    authorization: Authorization
    # The last segment of its address.
    segment: str
    name: str
    colour: Colour
    own_colour: str | None
    own_position: int | None
    created_at: datetime
    position: SyncPosition

    @property
    def list_id(self) -> ListId:
        return self.authorization.list_id

    @property
    def is_inbox(self) -> bool:
        return self.authorization.inbox_of is not None

    def may(self, action: Action) -> bool:
        return self.authorization.may(action)


def _collections() -> Select[*tuple[Any, ...]]:
    own = StreamRow.__table__.alias("own")
    of_reader = and_(
        CalendarPreferencesRow.list_id == ListRow.id,
        CalendarPreferencesRow.user_id == MemberRow.user_id,
    )
    return (
        select(
            ListRow.id,
            ListRow.name,
            ListRow.colour,
            ListRow.inbox_of,
            ListRow.created_at,
            MemberRow.role,
            StreamRow.epoch,
            StreamRow.head,
            own.c.epoch.label("user_epoch"),
            own.c.head.label("user_head"),
            CalendarPreferencesRow.colour.label("own_colour"),
            CalendarPreferencesRow.position.label("own_position"),
            CalendarPreferencesRow.name.label("own_name"),
            UserRow.language,
            UserRow.locale,
        )
        .join(MemberRow, MemberRow.list_id == ListRow.id)
        .join(StreamRow, StreamRow.id == ListRow.id)
        .join(own, own.c.id == bindparam("own_stream"))
        .join(UserRow, UserRow.id == MemberRow.user_id)
        .outerjoin(CalendarPreferencesRow, of_reader)
        .where(gate.IS_READER, ListRow.deleted_at.is_(None))
    )


_ALL = _collections().where(ListRow.archived_at.is_(None)).order_by(ListRow.id)
_BY_ID = _collections().where(ListRow.id == bindparam("segment"))
_BY_NAME = _collections().where(CalendarPreferencesRow.name == bindparam("segment"))


async def read_collections(read: ReadTransaction, actor: Actor) -> list[Collection]:
    """Return the lists of the actor that are neither archived nor in the trash, the Inbox first."""
    return [_of_row(row) for row in await read.connection.execute(_ALL, _values(actor))]


async def read_collection(read: ReadTransaction, actor: Actor, segment: str) -> Collection:
    """Return a list that the actor may read, archived or not. Raise NotFound.

    `segment` is its id, or the name that an app of the actor gave it.
    """
    statement = _BY_ID if is_id(segment) else _BY_NAME
    if len(segment) > MAX_NAME_LENGTH:
        raise NotFound
    values = _values(actor) | {"segment": segment}
    row = (await read.connection.execute(statement, values)).one_or_none()
    if row is None:
        raise NotFound
    return _of_row(row)


def _values(actor: Actor) -> dict[str, Any]:
    return gate.reader(actor) | {"own_stream": user_stream(actor.user_id)}


def _of_row(row: Any) -> Collection:
    inbox_of = UserId(row.inbox_of) if row.inbox_of else None
    t = translator(language_of_account(row.language, row.locale))
    position = SyncPosition(Epoch(row.epoch), row.head, Epoch(row.user_epoch), row.user_head)
    return Collection(
        authorization=Authorization(ListId(row.id), Role(row.role), inbox_of),
        segment=row.own_name or row.id,
        name=shown_name(t, row.name, is_inbox=inbox_of is not None),
        colour=Colour(row.colour),
        own_colour=row.own_colour,
        own_position=row.own_position,
        created_at=row.created_at,
        position=position,
    )
