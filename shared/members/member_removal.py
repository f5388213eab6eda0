"""How a person goes out of a list: prepared first, for all locks are taken before anything is written.

prepare  under the list's lock: may they go, and which invitations end with it
(the caller locks the streams of all persons concerned, in one call)
depart   assignments, reminders, membership and invitations go; everyone hears of it
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import aliased

from shared import audit
from shared.actor import Actor
from shared.contract.events import ListRemoved, MemberRemoved
from shared.contract.notifications import NotificationKind
from shared.contract.shapes import Role
from shared.errors import Conflict, NotFound, Unavailable
from shared.ids import ListId, StreamId, UserId, list_stream, user_stream
from shared.lists import list_members
from shared.lists.list_members import UnclosedInvitation
from shared.notifications import commands as notifications
from shared.notifications.rules import NewNotification
from shared.reminders import commands as reminders
from shared.reminders.queries import read_other_reminded_users
from shared.tables.accounts import UserRow
from shared.tables.lists import ListRow
from shared.tables.members import InvitationRow, MemberRow
from shared.tables.streams import StreamRow
from shared.tables.todos import AssigneeRow, TodoRow
from shared.unit_of_work import UnitOfWork

Reason = Literal["removed", "left", "account_deleted"]


@dataclass(frozen=True)
class RemovalPlan:
    """Somebody who is about to be out of a list, and the invitations that end with it."""

    list_id: ListId
    user_id: UserId
    reason: Reason
    ending: list[UnclosedInvitation]

    @property
    def streams(self) -> list[StreamId]:
        """The persons' streams that must be held before `depart`."""
        return [user_stream(self.user_id), *invitee_streams(self.ending)]


async def plan_removal(
    work: UnitOfWork, list_id: ListId, user_id: UserId, reason: Reason
) -> RemovalPlan:
    """Returns what going means. Raises NotFound for no member, Conflict `last_owner`.

    An invitation lives only as long as whoever sent it may invite; and one to the address of
    somebody who was thrown out would let them in again.
    """
    await require_another_owner(work, list_id, await read_role(work, list_id, user_id))
    ends = InvitationRow.invited_by == user_id
    if reason == "removed":
        address = select(UserRow.email_key).where(UserRow.id == user_id).scalar_subquery()
        ends = or_(ends, InvitationRow.email_key == address)
    ending = await list_members.open_invitations(work, list_id, ends)
    return RemovalPlan(list_id, user_id, reason, ending)


async def apply_removal(work: UnitOfWork, actor: Actor, plan: RemovalPlan) -> None:
    """They are out. The caller holds the list's stream and `departure.streams`."""
    list_id, user_id = plan.list_id, plan.user_id
    in_list = select(TodoRow.id).where(TodoRow.list_id == list_id)
    # Versions of the todos stay: member.removed says to every client that they are unassigned.
    await work.connection.execute(
        delete(AssigneeRow).where(AssigneeRow.user_id == user_id, AssigneeRow.todo_id.in_(in_list))
    )
    await work.connection.execute(
        delete(MemberRow).where(MemberRow.list_id == list_id, MemberRow.user_id == user_id)
    )
    gone = MemberRemoved(user_id=user_id, reason=plan.reason)
    work.record(list_stream(list_id), gone, actor)
    await reminders.remove_reminders_of_member(work, actor, list_id, user_id)
    await notifications.remove_notifications_of_list(work, actor, list_id, user_id)
    reason: Literal["removed", "left"] = "removed" if plan.reason == "removed" else "left"
    work.record(user_stream(user_id), ListRemoved(list_id=list_id, reason=reason), actor)
    await list_members.close_invitations(work, actor, plan.ending, "withdrawn")
    if plan.reason == "removed":
        await _tell(work, actor, plan)
    action = f"member.{plan.reason}"
    await audit.record(work, actor, action, user_id=user_id, list_id=list_id)


async def _tell(work: UnitOfWork, actor: Actor, plan: RemovalPlan) -> None:
    # Its name, which they knew until now: without it they could not tell which list it was.
    name = await work.connection.scalar(select(ListRow.name).where(ListRow.id == plan.list_id))
    told = NewNotification(plan.user_id, NotificationKind.REMOVED, plan.list_id, list_name=name)
    await notifications.notify(work, actor, [told])


async def leave_all_lists(work: UnitOfWork, actor: Actor) -> None:
    """The actor is in no list any more; their Inbox, and lists left with nobody, are gone for good.

    For the deletion of an account. Holds the streams of all their lists, then their own, so the
    caller must hold no person's before. Raises Conflict `last_owner`, naming the lists that others
    would be left in without an owner.
    """
    lists = await _lists_of(work, actor.user_id)
    await work.lock_streams([list_stream(one) for one in lists])
    orphans = await _only_owned(work, actor.user_id)
    _refuse_orphans(orphans)
    gone = [one.list_id for one in orphans]
    plans = [
        await plan_removal(work, one, actor.user_id, "account_deleted")
        for one in lists
        if one not in gone
    ]
    ending = [one for list_id in gone for one in await list_members.open_invitations(work, list_id)]
    persons = [stream for plan in plans for stream in plan.streams]
    # A list in the trash may have been shared; reminders on its todos wait with it.
    reminded = map(user_stream, await read_other_reminded_users(work, actor.user_id, gone))
    await work.lock_streams(
        [user_stream(actor.user_id), *persons, *reminded, *invitee_streams(ending)]
    )
    if await _lists_of(work, actor.user_id) != lists:
        raise Unavailable("You joined a list at this very moment. Try again.", 1)
    for plan in plans:
        await apply_removal(work, actor, plan)
    await list_members.close_invitations(work, actor, ending, "withdrawn")
    await reminders.remove_reminders_of_others(work, actor, gone)
    # The list, its todos and all that hangs on them go with its stream.
    await work.connection.execute(delete(StreamRow).where(StreamRow.id.in_(gone)))


async def read_role(work: UnitOfWork, list_id: ListId, user_id: UserId) -> Role:
    """Returns a member's role. Raises NotFound for anyone else."""
    found = await work.connection.scalar(
        select(MemberRow.role).where(MemberRow.list_id == list_id, MemberRow.user_id == user_id)
    )
    if found is None:
        raise NotFound
    return Role(found)


async def require_another_owner(work: UnitOfWork, list_id: ListId, role: Role) -> None:
    """Raises Conflict `last_owner` when the only owner is the one to go."""
    if role is not Role.OWNER:
        return
    owners = select(func.count()).where(
        MemberRow.list_id == list_id, MemberRow.role == Role.OWNER.value
    )
    if (await work.connection.execute(owners)).scalar_one() < 2:
        raise Conflict(
            "A list needs an owner. Make somebody else one first, or delete the list.",
            code="last_owner",
        )


def invitee_streams(invitations: Sequence[UnclosedInvitation]) -> list[StreamId]:
    return [stream for one in invitations for stream in one.streams]


@dataclass(frozen=True)
class _Orphan:
    """A list that would have no owner; `others` are left in it unless it is in the trash."""

    list_id: ListId
    name: str
    others: int


async def _lists_of(work: UnitOfWork, user_id: UserId) -> list[ListId]:
    rows = await work.connection.execute(
        select(MemberRow.list_id).where(MemberRow.user_id == user_id).order_by(MemberRow.list_id)
    )
    return [ListId(list_id) for list_id in rows.scalars()]


async def _only_owned(work: UnitOfWork, user_id: UserId) -> list[_Orphan]:
    other = aliased(MemberRow)
    others = select(func.count()).where(other.list_id == ListRow.id, other.user_id != user_id)
    rows = await work.connection.execute(
        select(ListRow.id, ListRow.name, ListRow.deleted_at, others.scalar_subquery())
        .join(MemberRow, MemberRow.list_id == ListRow.id)
        .where(
            MemberRow.user_id == user_id,
            MemberRow.role == Role.OWNER.value,
            others.where(other.role == Role.OWNER.value).scalar_subquery() == 0,
        )
    )
    return [
        # Nobody but its owners knows of a list in the trash: nobody is left behind in it.
        _Orphan(ListId(list_id), name, 0 if deleted_at else count)
        for list_id, name, deleted_at, count in rows
    ]


def _refuse_orphans(orphans: Sequence[_Orphan]) -> None:
    names = [f"“{one.name}”" for one in orphans if one.others]
    if names:
        raise Conflict(
            f"Others share lists that only you own: {', '.join(names[:5])}. Make somebody an owner "
            "of each, or delete them.",
            code="last_owner",
        )
