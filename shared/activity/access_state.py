"""Read the users whose access entries are about, as they are now."""

from collections.abc import Iterable, Sequence

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from shared.activity.access_rules import Person
from shared.activity.entries import COLUMNS, Entry, read_entry
from shared.actor import Actor
from shared.contract.events import MemberRemoved
from shared.contract.shapes import Role
from shared.ids import ListId
from shared.lists.list_members import IS_UNCLOSED
from shared.tables.accounts import UserRow
from shared.tables.members import InvitationRow, MemberRow
from shared.tables.streams import EventRow, StreamRow
from shared.unit_of_work import ReadTransaction

# What happened since is looked for in so many of the newest events, also while the list is locked: the search
# reads their frames, of 1.2 kB each.
SEARCHED_EVENTS = 1_000


async def read_people(
    read: ReadTransaction, actor: Actor, list_id: ListId, entries: Iterable[Entry]
) -> dict[str, Person]:
    """Return the users whose access the actor changed, also those who are no members."""
    changes = [
        entry
        for entry in entries
        if entry.member_id is not None
        and entry.actor is not None
        and entry.actor.id == actor.user_id
    ]
    if not changes:
        return {}
    removed_at, searched_from = await _read_removals(read, list_id, changes)
    membership = and_(MemberRow.user_id == UserRow.id, MemberRow.list_id == list_id)
    owners = select(func.count()).where(
        MemberRow.list_id == list_id, MemberRow.role == Role.OWNER.value
    )
    of_list = InvitationRow.list_id == list_id
    to_address = InvitationRow.email_key == UserRow.email_key
    other = aliased(UserRow)
    # An address that no account has can be a former one of this user.
    is_of_nobody = ~exists().where(other.email_key == InvitationRow.email_key)
    declined_at = select(func.max(InvitationRow.declined_at)).where(
        of_list, or_(to_address, is_of_nobody)
    )
    is_open = and_(*IS_UNCLOSED, InvitationRow.expires_at > read.now)
    rows = await read.connection.execute(
        select(
            UserRow.id,
            UserRow.status,
            MemberRow.role,
            MemberRow.joined_at,
            owners.scalar_subquery().label("owners"),
            declined_at.correlate(UserRow).scalar_subquery().label("declined_at"),
            exists().where(of_list, to_address, is_open).correlate(UserRow).label("is_invited"),
        )
        .outerjoin(MemberRow, membership)
        .where(UserRow.id.in_(sorted({str(entry.member_id) for entry in changes})))
    )
    return {
        row.id: Person(
            row.status,
            row.role and Role(row.role),
            row.joined_at,
            is_only_owner=row.role == Role.OWNER and row.owners == 1,
            removed_at=removed_at.get(row.id, 0),
            searched_from=searched_from,
            declined_at=row.declined_at,
            is_invited=row.is_invited,
        )
        for row in rows
    }


async def _read_removals(
    read: ReadTransaction, list_id: ListId, changes: Sequence[Entry]
) -> tuple[dict[str | None, int], int]:
    """Return the position of each user's newest removal, and the one after which it was looked for.

    Only the return of a removed member needs it: of a member the time of joining says as much.
    """
    removals = [entry.seq for entry in changes if entry.event == MemberRemoved.name]
    if not removals:
        return {}, 0
    head = await read.connection.scalar(select(StreamRow.head).where(StreamRow.id == list_id))
    searched_from = max(min(removals), (head or 0) - SEARCHED_EVENTS)
    rows = await read.connection.execute(
        select(*COLUMNS)
        .where(
            EventRow.stream_id == list_id,
            EventRow.seq > searched_from,
            EventRow.event == MemberRemoved.name,
        )
        .order_by(EventRow.seq)
    )
    return {entry.member_id: entry.seq for entry in map(read_entry, rows)}, searched_from
