"""Commands on lists: create, edit, trash, restore, and the Inbox that every account has.

The Inbox takes todos that belong to no other list. It always exists, is always private and always
called Inbox (clients translate the name), so it cannot be renamed, archived, trashed or shared; its
colour and icon can change.

The list's own stream carries every change of the list. A user's own stream only says that a list
came or went (list.added, list.removed). A client subscribes to each list at `MyListShape.stream`.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import insert, update

from shared.access import gate
from shared.access.gate import Authorization
from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.events import (
    ListAdded,
    ListCreated,
    ListDeleted,
    ListEdited,
    ListRemoved,
    ListRestored,
    MemberAdded,
)
from shared.contract.shapes import Colour, MyListShape, Role
from shared.errors import Conflict, Stale
from shared.ids import ListId, UserId, list_stream, new_id, user_stream
from shared.languages.texts import message
from shared.lists import list_members
from shared.lists.queries import read_list_for_members, read_my_list, shared_list_shape
from shared.lists.ranks import ranks_between
from shared.tables.lists import ListRow
from shared.tables.members import InvitationRow, MemberRow
from shared.unit_of_work import UnitOfWork

# The account snapshot carries all lists of a user at once: about 400 kB at this limit.
MAX_LISTS_PER_USER = 1000
INBOX_NAME = "Inbox"


@dataclass(frozen=True)
class ListEdit:
    """The fields to change; None leaves a field as it is."""

    name: str | None = None
    colour: Colour | None = None
    icon: str | None = None
    archived: bool | None = None


async def create_list(
    work: UnitOfWork,
    actor: Actor,
    name: str,
    colour: Colour = Colour.BLUE,
    icon: str = "",
    *,
    fill: Callable[[ListId], Awaitable[None]] | None = None,
) -> MyListShape:
    """Create a list owned by the actor. Every user may, but not every API token.

    `fill` puts something into it before anybody is told of it. Raise Forbidden, Conflict
    `too_many_lists`.
    """
    gate.authorize_new_list(actor)
    await work.lock_streams([user_stream(actor.user_id)])
    rank = await rank_of_new_list(work, actor.user_id)
    return await _insert_list(work, actor, actor.user_id, name, colour, rank, icon, fill)


async def create_inbox(work: UnitOfWork, user_id: UserId) -> MyListShape:
    """Create the Inbox of an account. Called once, when the account is activated.

    Locks the user's own stream, which must exist. Raise UniqueViolation if there is an Inbox already.
    """
    await work.lock_streams([user_stream(user_id)])
    return await _insert_list(work, None, user_id, INBOX_NAME, Colour.GREY, rank=None)


async def edit_list(
    work: UnitOfWork,
    actor: Actor,
    list_id: ListId,
    edit: ListEdit,
    *,
    expected_versions: frozenset[int] | None = None,
) -> MyListShape:
    """Apply `edit` to a list and return it. Record `list.edited` if anything changed.

    A new name is also recorded for the users with an open invitation. Raise Stale, and Conflict
    `inbox` for renaming or archiving the Inbox.
    """
    authorization = await gate.authorize_write(work, actor, list_id, Action.EDIT_LIST)
    before = await read_my_list(work, actor.user_id, list_id)
    _check_version(before, expected_versions)
    after = _edited(work, before, edit)
    changed = tuple(
        field
        for field in ("name", "colour", "icon", "archived_at")
        if getattr(before, field) != getattr(after, field)
    )
    if not changed:
        return before
    if not {"colour", "icon"}.issuperset(changed):
        require_not_inbox(authorization)
    invitees: Mapping[str, UserId] = {}
    if "name" in changed:
        invitees = await list_members.read_invitees(work, InvitationRow.list_id == list_id)
        await work.lock_streams([*map(user_stream, invitees.values())])
    await _save(work, after)
    await list_members.record_invitation_changes(work, actor, invitees)
    stream = list_stream(list_id)
    event = ListEdited(list=shared_list_shape(after), changed=changed)
    previous = {field: getattr(before, field) for field in changed}
    position = work.record(stream, event, actor, context={"before": previous}).position()
    return after.model_copy(update={"stream": position})


async def delete_list(
    work: UnitOfWork,
    actor: Actor,
    list_id: ListId,
    *,
    expected_versions: frozenset[int] | None = None,
) -> None:
    """Put a list in the trash, where its owners can restore it for 30 days.

    Members lose the list, and its invitations are withdrawn for good. Raise Stale, and Conflict
    `inbox`.
    """
    require_not_inbox(await gate.authorize_write(work, actor, list_id, Action.DELETE_LIST))
    before = await read_my_list(work, actor.user_id, list_id)
    _check_version(before, expected_versions)
    member_ids = await list_members.read_member_ids(work, list_id)
    invitations = await list_members.read_unclosed_invitations(work, list_id)
    invitee_streams = [stream for invitation in invitations for stream in invitation.streams]
    await work.lock_streams([*map(user_stream, member_ids), *invitee_streams])
    await _save(work, _touched(work, before, {"deleted_at": work.now}))
    work.record(list_stream(list_id), ListDeleted(list_id=list_id, deleted_at=work.now), actor)
    for user_id in member_ids:
        removed = ListRemoved(list_id=list_id, reason="deleted")
        work.record(user_stream(user_id), removed, actor)
    await list_members.close_invitations(work, actor, invitations, "withdrawn")


async def restore_list(work: UnitOfWork, actor: Actor, list_id: ListId) -> MyListShape:
    """Take a list out of the trash, for all its members. Do nothing if it is not in the trash."""
    await gate.authorize_write(work, actor, list_id, Action.RESTORE_LIST)
    before = await read_my_list(work, actor.user_id, list_id)
    if before.deleted_at is None:
        return before
    member_ids = await list_members.read_member_ids(work, list_id)
    await work.lock_streams([*map(user_stream, member_ids)])
    after = _touched(work, before, {"deleted_at": None})
    await _save(work, after)
    restored = ListRestored(list=shared_list_shape(after))
    position = work.record(list_stream(list_id), restored, actor).position()
    shapes = await read_list_for_members(work, list_id, member_ids)
    for user_id, shape in shapes.items():
        added = ListAdded(list=shape.model_copy(update={"stream": position}))
        work.record(user_stream(user_id), added, actor)
    return after.model_copy(update={"stream": position})


def require_not_inbox(authorization: Authorization) -> None:
    """Raise Conflict `inbox` if the list is an Inbox."""
    if authorization.inbox_of is not None:
        raise Conflict("The Inbox stays private, in its place and under its name.", code="inbox")


async def rank_of_new_list(work: UnitOfWork, user_id: UserId) -> str:
    """Return the rank of one more list: after all lists of the user. Raise Conflict `too_many_lists`.

    The caller holds the lock of the user's stream.
    """
    count, last = await list_members.count_lists_of_user(work, user_id)
    if count >= MAX_LISTS_PER_USER:
        raise Conflict(
            message("Nobody can be in more than {limit} lists.", limit=MAX_LISTS_PER_USER),
            code="too_many_lists",
        )
    return ranks_between(last, None)[0]


async def _insert_list(
    work: UnitOfWork,
    actor: Actor | None,
    owner: UserId,
    name: str,
    colour: Colour,
    rank: str | None,
    icon: str = "",
    fill: Callable[[ListId], Awaitable[None]] | None = None,
) -> MyListShape:
    """Insert a list with its owner; without a rank it is their Inbox, which stands first."""
    list_id = ListId(new_id())
    stream = list_stream(list_id)
    await work.open_stream(stream)
    await work.connection.execute(
        insert(ListRow).values(
            id=list_id,
            name=name,
            colour=colour.value,
            icon=icon,
            inbox_of=owner if rank is None else None,
            created_by=owner,
            created_at=work.now,
            updated_at=work.now,
        )
    )
    await work.connection.execute(
        insert(MemberRow).values(
            list_id=list_id,
            user_id=owner,
            role=Role.OWNER.value,
            joined_at=work.now,
            rank=rank,
        )
    )
    if fill is not None:
        await fill(list_id)
    shape = await read_my_list(work, owner, list_id)
    member = await list_members.read_member(work, list_id, owner)
    assert member is not None
    work.record(stream, ListCreated(list=shared_list_shape(shape)), actor)
    position = work.record(stream, MemberAdded(member=member), actor).position()
    shape = shape.model_copy(update={"stream": position})
    work.record(user_stream(owner), ListAdded(list=shape), actor)
    return shape


def _check_version(current: MyListShape, expected: frozenset[int] | None) -> None:
    if expected is not None and current.version not in expected:
        raise Stale(current)


def _edited(work: UnitOfWork, before: MyListShape, edit: ListEdit) -> MyListShape:
    archived_at = before.archived_at
    if edit.archived is not None and edit.archived is not (archived_at is not None):
        archived_at = work.now if edit.archived else None
    changes = {
        "name": before.name if edit.name is None else edit.name,
        "colour": before.colour if edit.colour is None else edit.colour,
        "icon": before.icon if edit.icon is None else edit.icon,
        "archived_at": archived_at,
    }
    return _touched(work, before, changes)


def _touched(work: UnitOfWork, before: MyListShape, changes: Mapping[str, object]) -> MyListShape:
    touched = {"version": before.version + 1, "updated_at": work.now}
    return before.model_copy(update={**changes, **touched})


async def _save(work: UnitOfWork, shape: MyListShape) -> None:
    await work.connection.execute(
        update(ListRow)
        .where(ListRow.id == shape.id)
        .values(
            name=shape.name,
            colour=shape.colour.value,
            icon=shape.icon,
            archived_at=shape.archived_at,
            deleted_at=shape.deleted_at,
            version=shape.version,
            updated_at=shape.updated_at,
        )
    )
