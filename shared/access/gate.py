"""The only place that decides. Every command enters through it; nothing else reads a role to refuse.

A stranger gets NotFound, the same as for an id that does not exist; a member without the right
gets Forbidden. Writes decide under the lock of the list's head, so a removal and an edit that race
have an order, and the edit after the removal is refused.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Select, bindparam, select

from shared.access.policy import ALLOWED, ALLOWED_ON_SITE, Action, SiteAction
from shared.actor import Actor
from shared.contract.shapes import Role
from shared.errors import Forbidden, NotFound
from shared.ids import ListId, StreamId, UserId, list_stream
from shared.tables.lists import ListRow
from shared.tables.members import MemberRow
from shared.unit_of_work import ReadTransaction, UnitOfWork

# Only its owners know that a list is in the trash, and all they can do is take it out.
_POSSIBLE_IN_TRASH = frozenset({Action.RESTORE_LIST})


# Built once: every command and every socket asks them, and to build them took longer than to send.
_STANDINGS = (
    select(ListRow.id, ListRow.inbox_of, ListRow.deleted_at, MemberRow.role)
    .join(MemberRow, MemberRow.list_id == ListRow.id)
    .where(
        ListRow.id.in_(bindparam("list_ids", expanding=True)),
        MemberRow.user_id == bindparam("reader"),
    )
)
_READABLE = (
    select(MemberRow.list_id)
    .join(ListRow, ListRow.id == MemberRow.list_id)
    .where(
        MemberRow.role.in_([role.value for role in ALLOWED[Action.READ_LIST]]),
        ListRow.deleted_at.is_(None),
    )
)
_READABLE_AMONG = _READABLE.where(
    MemberRow.list_id.in_(bindparam("list_ids", expanding=True)),
    MemberRow.user_id == bindparam("reader"),
)


@dataclass(frozen=True)
class Authorization:
    """The actor's standing in a list, true until the transaction ends when entered for writing."""

    list_id: ListId
    role: Role
    inbox_of: UserId | None

    def may(self, action: Action) -> bool:
        return self.role in ALLOWED[action]


async def authorize_write(
    work: UnitOfWork,
    actor: Actor,
    list_id: ListId,
    action: Action,
    *,
    also_lock: Iterable[StreamId] = (),
) -> Authorization:
    """Holds the list's head, and `also_lock`; the actor may do `action`. Else NotFound or Forbidden."""
    entries = await authorize_writes(work, actor, [list_id], action, also_lock=also_lock)
    return entries[list_id]


async def authorize_writes(
    work: UnitOfWork,
    actor: Actor,
    list_ids: Iterable[ListId],
    action: Action,
    *,
    also_lock: Iterable[StreamId] = (),
) -> dict[ListId, Authorization]:
    """As `enter`, for several lists at once: all or none."""
    wanted = list(dict.fromkeys(list_ids))
    await work.lock_streams([*map(list_stream, wanted), *also_lock])
    # Read after the lock was granted: a statement that waits for a lock still sees the role that
    # its own snapshot began with.
    return await _decide(work, actor, wanted, action)


async def authorize_read(
    read: ReadTransaction, actor: Actor, list_id: ListId, action: Action
) -> Authorization:
    """The actor may do the reading `action`, as of this transaction's moment. Locks nothing."""
    return (await _decide(read, actor, [list_id], action))[list_id]


def readable_lists(actor: Actor) -> Select[str]:
    """Returns a statement for the ids of all lists that the actor may read, the trash left out."""
    return _READABLE.where(MemberRow.user_id == actor.user_id)


async def readable_among(
    read: ReadTransaction, actor: Actor, list_ids: Iterable[str]
) -> set[ListId]:
    """Returns those of `list_ids` that the actor may read, the trash left out."""
    wanted = {"list_ids": list(list_ids), "reader": actor.user_id}
    return set(map(ListId, await read.connection.scalars(_READABLE_AMONG, wanted)))


async def authorize_site(actor: Actor, action: SiteAction) -> None:
    """The actor's site role allows `action`. Raises Forbidden."""
    if actor.site_role not in ALLOWED_ON_SITE[action]:
        raise Forbidden("This needs another role on this site.")


async def _decide(
    read: ReadTransaction, actor: Actor, list_ids: list[ListId], action: Action
) -> dict[ListId, Authorization]:
    wanted = {"list_ids": list_ids, "reader": actor.user_id}
    rows = await read.connection.execute(_STANDINGS, wanted)
    found = {row.id: row for row in rows}
    entries = {}
    for list_id in list_ids:
        row = found.get(list_id)
        if row is None or not _is_visible(Role(row.role), row.deleted_at is not None, action):
            raise NotFound
        if Role(row.role) not in ALLOWED[action]:
            raise Forbidden(f"Your role here is {row.role}, which does not allow this.")
        owner = UserId(row.inbox_of) if row.inbox_of else None
        entries[list_id] = Authorization(list_id, Role(row.role), owner)
    return entries


def _is_visible(role: Role, in_trash: bool, action: Action) -> bool:
    return not in_trash or (role is Role.OWNER and action in _POSSIBLE_IN_TRASH)
