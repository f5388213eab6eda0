"""Authorization: the only module that decides whether an actor may do something.

A caller who is not a member gets NotFound, the same answer as for an id that does not exist; a
member without the right gets Forbidden. Writes are authorized under the lock of the list's stream. So
a removal and an edit at the same time have an order, and an edit after the removal is refused.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    String,
    Subquery,
    and_,
    bindparam,
    or_,
    select,
    true,
)

from shared.access.policy import (
    ALLOWED,
    ALLOWED_ON_SITE,
    GUEST_ACTIONS,
    READ_ACTIONS,
    SESSION_ACTIONS,
    SESSION_SITE_ACTIONS,
    Action,
    SiteAction,
)
from shared.actor import Actor
from shared.contract.api_tokens import TokenScope
from shared.contract.shapes import (
    Role,
)
from shared.errors import Conflict, Forbidden, NotFound, Unauthenticated
from shared.event_log import with_lock
from shared.ids import ListId, StreamId, UserId, list_stream
from shared.languages.texts import message
from shared.tables.accounts import ApiTokenRow, SessionRow
from shared.tables.lists import ListRow
from shared.tables.members import MemberRow
from shared.tables.todos import TodoRow
from shared.unit_of_work import ReadTransaction, UnitOfWork

# As sentences name them: "Your role here is viewer".
ROLE_NAMES = {
    Role.OWNER: message("owner"),
    Role.EDITOR: message("editor"),
    Role.COMMENTER: message("commenter"),
    Role.VIEWER: message("viewer"),
}
# A list in the trash is visible to its owners alone, and all they can do is restore it.
_ALLOWED_IN_TRASH = frozenset({Action.RESTORE_LIST})


_ONLY_LISTS = bindparam("only_lists", type_=String)
# The memberships of the caller; for an API token of some lists those alone. Every statement that
# decides on access has this condition, and its values from `reader`. Ids have one length and no
# wildcard, so that containing one is to name it.
IS_READER: ColumnElement[bool] = and_(
    MemberRow.user_id == bindparam("reader"),
    or_(_ONLY_LISTS == "", _ONLY_LISTS.like("%" + MemberRow.list_id + "%")),
)

# Every command and every socket runs these. They are built once: building them took longer than
# sending them.
_ROLES_OF_READER = (
    select(ListRow.id, ListRow.inbox_of, ListRow.deleted_at, MemberRow.role)
    .join(MemberRow, MemberRow.list_id == ListRow.id)
    .where(IS_READER)
)
_ROLES = _ROLES_OF_READER.where(ListRow.id.in_(bindparam("list_ids", expanding=True)))
# For one list, because Postgres plans a statement with a list of values anew for each execution.
_ROLE = _ROLES_OF_READER.where(ListRow.id == bindparam("list_id"))
_ROLE_WITH_LOCK = with_lock(_ROLE, ListRow.id)
_MAY_READ = MemberRow.role.in_([role.value for role in ALLOWED[Action.READ_LIST]])
_READABLE = (
    select(MemberRow.list_id)
    .join(ListRow, ListRow.id == MemberRow.list_id)
    .where(_MAY_READ, ListRow.deleted_at.is_(None))
)
TODO_ID = bindparam("todo_id", type_=TodoRow.id.type)
_READABLE_OF = _READABLE.where(
    MemberRow.list_id.in_(bindparam("list_ids", expanding=True)), IS_READER
)


@dataclass(frozen=True)
class Authorization:
    """The actor's role in a list. After `authorize_write` it cannot change until the transaction ends."""

    list_id: ListId
    role: Role
    inbox_of: UserId | None

    def may(self, action: Action) -> bool:
        """Return True if the actor's role also allows `action`."""
        return self.role in ALLOWED[action]


def reader(actor: Actor, action: Action = Action.READ_LIST) -> dict[str, Any]:
    """Return the values of IS_READER for a statement that authorizes `action`.

    Raise Forbidden if the actor is a guest, or an API token, that may not do `action` in any list.
    """
    grant = actor.grant
    if actor.is_guest and action not in GUEST_ACTIONS:
        raise account_required()
    if grant is None:
        return {"reader": actor.user_id, "only_lists": ""}
    if action in SESSION_ACTIONS:
        raise session_required()
    if action not in READ_ACTIONS and not actor.may_write:
        raise insufficient_scope()
    # A space names no list: "" would mean all.
    only = "" if grant.list_ids is None else " ".join(sorted(grant.list_ids)) or " "
    return {"reader": actor.user_id, "only_lists": only}


def authorize_new_list(actor: Actor) -> None:
    """Authorize the creation of a list, which an API token of some lists could not see."""
    if actor.is_guest:
        raise account_required()
    if not actor.may_write or actor.is_restricted:
        raise insufficient_scope()


def insufficient_scope() -> Forbidden:
    return Forbidden("This API token does not allow it.", code="insufficient_scope")


def account_required() -> Forbidden:
    return Forbidden("Guests cannot do this: it takes an account.", code="account_required")


def session_required() -> Forbidden:
    return Forbidden("No API token allows this: sign in.", code="session_required")


def in_trash() -> Conflict:
    """Return the refusal of a write to a todo in the trash: a deletion wins over an edit.

    Reads do not find it. A write is told more, so that a client can offer to restore it.
    """
    return Conflict("It is in the trash. Restore it first.", code="in_trash")


async def authorize_write(
    work: UnitOfWork,
    actor: Actor,
    list_id: ListId,
    action: Action,
    *,
    also_lock: Iterable[StreamId] = (),
) -> Authorization:
    """Lock the list's stream and the streams `also_lock`, then authorize `action`.

    Raise NotFound or Forbidden.
    """
    if work.has_locks:
        authorizations = await authorize_writes(work, actor, [list_id], action, also_lock=also_lock)
        return authorizations[list_id]
    values = reader(actor, action) | {"list_id": list_id}
    row = await work.lock_with(_ROLE_WITH_LOCK, values)
    if row is not None and not row.is_current:
        row = (await work.connection.execute(_ROLE, values)).one_or_none()
    if row is None:
        raise NotFound
    await work.lock_streams(also_lock)
    return _authorization(row, action)


async def authorize_writes(
    work: UnitOfWork,
    actor: Actor,
    list_ids: Iterable[ListId],
    action: Action,
    *,
    also_lock: Iterable[StreamId] = (),
) -> dict[ListId, Authorization]:
    """Authorize `action` in several lists at once, as `authorize_write` does: in all or in none."""
    wanted = list(dict.fromkeys(list_ids))
    await work.lock_streams([*map(list_stream, wanted), *also_lock])
    # Read the role only after the lock is granted: in Postgres a statement that waits for a lock keeps
    # the snapshot from its start, and would return the old role.
    return await authorize_locked(work, actor, wanted, action)


async def authorize_locked(
    work: UnitOfWork, actor: Actor, list_ids: Iterable[ListId], action: Action
) -> dict[ListId, Authorization]:
    """Authorize `action` in lists whose streams the caller has locked: in all or in none."""
    return await _decide(work, actor, list(list_ids), action)


async def authorize_read(
    read: ReadTransaction, actor: Actor, list_id: ListId, action: Action
) -> Authorization:
    """Authorize `action`, which only reads, as of this transaction's moment. Locks nothing."""
    return (await _decide(read, actor, [list_id], action))[list_id]


def select_membership(list_id: SQLColumnExpression[str]) -> Select[str, str, bool]:
    """Return a statement for `id`, `role` and `in_trash` of a list with its member `reader`.

    A read joins it with what it reads, in one statement, and gives the row to `authorize_row`.
    """
    return (
        select(ListRow.id, MemberRow.role, ListRow.deleted_at.is_not(None).label("in_trash"))
        .join(MemberRow, MemberRow.list_id == ListRow.id)
        .where(ListRow.id == list_id, IS_READER)
    )


def select_for_member(
    rows: Subquery, list_id: ColumnElement[str], *also: ColumnElement[Any]
) -> Select[*tuple[Any, ...]]:
    """Return a statement for `rows`, with the columns `also`, for the member `reader` of a list.

    It has `my_role` and `list_in_trash` for `authorize_rows`. A member without `rows` gets one row, in
    which their columns are NULL; others get none.
    """
    return _left_join(select_membership(list_id), rows, also)


def select_for_member_of_todo(
    rows: Subquery, *also: ColumnElement[Any]
) -> Select[*tuple[Any, ...]]:
    """Return the same for a member of the list that the todo TODO_ID is in, unless it is in the trash."""
    is_todo = TodoRow.id == TODO_ID, TodoRow.deleted_at.is_(None)
    member = select_membership(TodoRow.list_id).where(*is_todo)
    return _left_join(member, rows, also)


def _left_join(
    membership: Select[str, str, bool], rows: Subquery, also: Sequence[ColumnElement[Any]]
) -> Select[*tuple[Any, ...]]:
    member = membership.subquery("member")
    role, in_trash = member.c.role.label("my_role"), member.c.in_trash.label("list_in_trash")
    return select(role, in_trash, *also, rows).select_from(member.outerjoin(rows, true()))


def authorize_rows(rows: Sequence[Any], action: Action) -> None:
    """Authorize `action` on the rows of `select_for_member`. Raise NotFound or Forbidden."""
    if not rows:
        raise NotFound
    authorize_row(rows[0].my_role, bool(rows[0].list_in_trash), action)


def authorize_row(role: str | None, in_trash: bool, action: Action) -> Role:
    """Authorize `action` on a row of `select_membership`; None: there is no row. Return the role.

    Raise NotFound or Forbidden.
    """
    if role is None or not _is_visible(Role(role), in_trash, action):
        raise NotFound
    if role not in ALLOWED[action]:
        name = ROLE_NAMES[Role(role)]
        raise Forbidden(message("Your role here is {role}, which does not allow this.", role=name))
    return Role(role)


def role_allows(role: str | None, action: Action) -> bool:
    """Return True if a member of this role may do `action`; False for None, who is no member."""
    return role in ALLOWED[action]


def grant_allows(actor: Actor, action: Action) -> bool:
    """Return True unless the actor is an API token that may not do `action` in any list."""
    if actor.grant is None:
        return True
    return action not in SESSION_ACTIONS and (actor.may_write or action in READ_ACTIONS)


def may_read(role: str, in_trash: bool) -> bool:
    """Return True if a member of this role may read the list."""
    action = Action.READ_LIST
    return role in ALLOWED[action] and _is_visible(Role(role), in_trash, action)


def readable_lists() -> Select[str]:
    """Return a statement for the ids of all lists that the user `reader` may read.

    Leave out those in the trash.
    """
    return _READABLE.where(IS_READER)


def is_reader(user_id: SQLColumnExpression[str]) -> ColumnElement[bool]:
    """Return the condition that a row of `members` lets a user, named by a column, read its list.

    For a credential whose user the same statement finds. The caller leaves out lists in the trash.
    """
    return is_member_who_may(user_id, Action.READ_LIST)


def is_member_who_may(user_id: SQLColumnExpression[str], action: Action) -> ColumnElement[bool]:
    """Return the same for another `action`."""
    roles = [role.value for role in ALLOWED[action]]
    return and_(MemberRow.user_id == user_id, MemberRow.role.in_(roles))


async def filter_readable(
    read: ReadTransaction, actor: Actor, list_ids: Iterable[str]
) -> set[ListId]:
    """Return the `list_ids` that the actor may read, without those in the trash."""
    wanted = reader(actor) | {"list_ids": list(list_ids)}
    return set(map(ListId, await read.connection.scalars(_READABLE_OF, wanted)))


async def authorize_site(actor: Actor, action: SiteAction) -> None:
    """Authorize `action` on the whole site. Raise Forbidden."""
    if actor.is_guest:
        raise account_required()
    if actor.grant is not None:
        if action in SESSION_SITE_ACTIONS:
            raise session_required()
        if actor.grant.scope is not TokenScope.ADMIN:
            raise insufficient_scope()
    if actor.site_role not in ALLOWED_ON_SITE[action]:
        raise Forbidden("This needs another role on this site.")


async def require_live_session(read: ReadTransaction, actor: Actor) -> None:
    """Raise Unauthenticated if the actor's session was revoked since the request began.

    Called under a lock that the request may have waited for, before what goes on after the session. API
    tokens, guests and users of trusted issuers have no session.
    """
    if actor.grant is not None or actor.is_external or actor.is_guest:
        return
    is_live = select(SessionRow.id).where(
        SessionRow.id == actor.session_id,
        SessionRow.user_id == actor.user_id,
        SessionRow.revoked_at.is_(None),
    )
    if await read.connection.scalar(is_live) is None:
        raise Unauthenticated


async def require_live_credential(read: ReadTransaction, actor: Actor) -> None:
    """Raise Unauthenticated if the actor's session or API token was revoked since the request began.

    Called while a long answer is sent.
    """
    if actor.grant is None:
        await require_live_session(read, actor)
        return
    # Revoking a token deletes its row.
    is_live = select(ApiTokenRow.id).where(
        ApiTokenRow.id == actor.session_id, ApiTokenRow.user_id == actor.user_id
    )
    if await read.connection.scalar(is_live) is None:
        raise Unauthenticated


async def _decide(
    read: ReadTransaction, actor: Actor, list_ids: list[ListId], action: Action
) -> dict[ListId, Authorization]:
    wanted = reader(actor, action) | {"list_ids": list_ids}
    rows = await read.connection.execute(_ROLES, wanted)
    by_id = {row.id: row for row in rows}
    authorizations = {}
    for list_id in list_ids:
        row = by_id.get(list_id)
        if row is None:
            raise NotFound
        authorizations[list_id] = _authorization(row, action)
    return authorizations


def _authorization(row: Any, action: Action) -> Authorization:
    """Authorize `action` on a row of `_ROLES_OF_READER`. Raise NotFound or Forbidden."""
    role = authorize_row(row.role, row.deleted_at is not None, action)
    return Authorization(ListId(row.id), role, UserId(row.inbox_of) if row.inbox_of else None)


def _is_visible(role: Role, in_trash: bool, action: Action) -> bool:
    return not in_trash or (role is Role.OWNER and action in _ALLOWED_IN_TRASH)
