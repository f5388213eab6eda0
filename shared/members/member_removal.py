"""Remove a member from one list, or from all lists, in two steps: all locks come before any write.

plan_removal    under the lock of the list's stream: check the last owner, find the invitations to withdraw
(the caller locks the streams of all users in the plan, in one call)
apply_removal   delete assignments, reminders, membership and invitations; record the events
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import aliased

from shared import audit
from shared.actor import Actor
from shared.contract.audit import AuditAction
from shared.contract.events import ListRemoved, MemberRemoved
from shared.contract.notifications import NotificationKind
from shared.contract.shapes import OPEN, Role
from shared.errors import Conflict, NotFound, Unavailable
from shared.ids import ListId, StreamId, UserId, list_stream, user_stream
from shared.languages.texts import message
from shared.lists import list_members
from shared.lists.list_members import UnclosedInvitation
from shared.members.handover import hand_over
from shared.members.rules import MAX_RESTORED_ASSIGNMENTS
from shared.notifications import commands as notifications
from shared.notifications.rules import NewNotification
from shared.personal_labels import following
from shared.reminders import rescheduling
from shared.reminders.queries import read_other_reminded_users
from shared.share_links import guests
from shared.share_links.guests import EndOfLinks
from shared.tables.accounts import UserRow
from shared.tables.lists import ListRow
from shared.tables.members import InvitationRow, MemberRow
from shared.tables.share_links import GuestRow
from shared.tables.streams import StreamRow
from shared.tables.todos import AssigneeRow, TodoRow
from shared.unit_of_work import UnitOfWork

Reason = Literal["removed", "left", "account_deleted"]
_ACTIONS: Mapping[Reason, AuditAction] = {
    "removed": "member.removed",
    "left": "member.left",
    "account_deleted": "member.account_deleted",
}


@dataclass(frozen=True)
class RemovalPlan:
    """A member to remove from a list, with the invitations and share links that end with them."""

    list_id: ListId
    user_id: UserId
    reason: Reason
    role: Role
    to_withdraw: list[UnclosedInvitation]
    links: EndOfLinks

    @property
    def streams(self) -> list[StreamId]:
        """Return the users' streams to lock before `apply_removal`."""
        invitees = invitee_streams(self.to_withdraw)
        return [user_stream(self.user_id), *invitees, *self.links.streams]


async def plan_removal(
    work: UnitOfWork, list_id: ListId, user_id: UserId, reason: Reason
) -> RemovalPlan:
    """Plan the removal of a member. Raise NotFound for another user, Conflict `last_owner`.

    Withdraw the invitations and share links of the member, who may no longer invite. After a removal by
    another member, also withdraw those to the member's address, which would let them in again.
    """
    role = await read_role(work, list_id, user_id)
    await require_another_owner(work, list_id, role)
    condition = InvitationRow.invited_by == user_id
    if reason == "removed":
        address = select(UserRow.email_key).where(UserRow.id == user_id).scalar_subquery()
        condition = or_(condition, InvitationRow.email_key == address)
    to_withdraw = await list_members.read_unclosed_invitations(work, list_id, condition)
    # Only its maker has the token of a link.
    links = await guests.plan_end_of_links(work, list_id, made_by=user_id)
    return RemovalPlan(list_id, user_id, reason, role, to_withdraw, links)


async def apply_removal(work: UnitOfWork, actor: Actor, plan: RemovalPlan) -> None:
    """Remove the planned member. The caller holds the locks of the list's stream and `plan.streams`."""
    list_id, user_id = plan.list_id, plan.user_id
    in_list = select(TodoRow.id).where(TodoRow.list_id == list_id)
    # The todos keep their versions: clients unassign the member themselves at `member.removed`.
    context = {
        "before": {"role": plan.role},
        "todo_ids": await _read_assigned(work, list_id, user_id),
    }
    await work.connection.execute(
        delete(AssigneeRow).where(AssigneeRow.user_id == user_id, AssigneeRow.todo_id.in_(in_list))
    )
    await work.connection.execute(
        delete(MemberRow).where(MemberRow.list_id == list_id, MemberRow.user_id == user_id)
    )
    removed = MemberRemoved(user_id=user_id, reason=plan.reason)
    work.record(list_stream(list_id), removed, actor, context=context)
    await rescheduling.remove_reminders_of_member(work, actor, list_id, user_id)
    await following.forget(work, actor, following.of_user(user_id), following.in_lists([list_id]))
    await notifications.remove_notifications_of_list(work, actor, list_id, user_id)
    reason: Literal["removed", "left"] = "removed" if plan.reason == "removed" else "left"
    work.record(user_stream(user_id), ListRemoved(list_id=list_id, reason=reason), actor)
    await list_members.close_invitations(work, actor, plan.to_withdraw, "withdrawn")
    await guests.end_links(work, actor, plan.links)
    if plan.reason == "removed":
        await _notify_removed_member(work, actor, plan)
    await audit.record(work, actor, _ACTIONS[plan.reason], user_id=user_id, list_id=list_id)


async def _read_assigned(work: UnitOfWork, list_id: ListId, user_id: UserId) -> list[str]:
    """Return the todos that an undo assigns again: the open ones first, the newest of them first."""
    is_open = TodoRow.status.in_([status.value for status in OPEN])
    rows = await work.connection.scalars(
        select(TodoRow.id)
        .join(AssigneeRow, AssigneeRow.todo_id == TodoRow.id)
        .where(TodoRow.list_id == list_id, AssigneeRow.user_id == user_id)
        .order_by(TodoRow.deleted_at.is_not(None), ~is_open, TodoRow.id.desc())
        .limit(MAX_RESTORED_ASSIGNMENTS)
    )
    return list(rows)


async def _notify_removed_member(work: UnitOfWork, actor: Actor, plan: RemovalPlan) -> None:
    # With the name of the list: the removed member can no longer read the list to learn it.
    name = await work.connection.scalar(select(ListRow.name).where(ListRow.id == plan.list_id))
    removed = NewNotification(plan.user_id, NotificationKind.REMOVED, plan.list_id, list_name=name)
    await notifications.notify(work, actor, [removed])


async def require_no_list_without_owner(read: UnitOfWork, user_id: UserId) -> None:
    """Raise Conflict `last_owner` if the user is the only owner of a list that has other members."""
    _require_no_other_members(await _read_sole_owned_lists(read, user_id))


async def leave_all_lists(work: UnitOfWork, actor: Actor, *, may_hand_over: bool = False) -> None:
    """Remove the actor from all lists, and delete their Inbox and the lists that only they own.

    For the deletion of an account. Lock the streams of all their lists, then those of users, so the
    caller must not hold the lock of any user's stream. Raise Conflict `last_owner`, naming the lists that
    other members would be left in without an owner; with `may_hand_over`, make one of them an owner.
    """
    list_ids = await _read_list_ids(work, actor.user_id)
    await work.lock_streams([list_stream(list_id) for list_id in list_ids])
    sole_owned = await _read_sole_owned_lists(work, actor.user_id)
    if may_hand_over:
        for shared in [sole for sole in sole_owned if sole.other_members]:
            await hand_over(work, actor, shared.list_id)
            sole_owned.remove(shared)
    _require_no_other_members(sole_owned)
    to_delete = [sole_owned_list.list_id for sole_owned_list in sole_owned]
    plans = [
        await plan_removal(work, list_id, actor.user_id, "account_deleted")
        for list_id in list_ids
        if list_id not in to_delete
    ]
    to_withdraw = [
        invitation
        for list_id in to_delete
        for invitation in await list_members.read_unclosed_invitations(work, list_id)
    ]
    # A deleted list in the trash may have been shared: other users can have reminders in it.
    links = [await guests.plan_end_of_links(work, list_id) for list_id in to_delete]
    reminded = await read_other_reminded_users(work, actor.user_id, to_delete)
    labelled = following.in_lists(to_delete), following.of_others_than([actor.user_id])
    labelling = await following.read_labelling_streams(work, *labelled)
    streams = [stream for plan in plans for stream in plan.streams]
    streams += [stream for ending in links for stream in ending.streams]
    streams += [user_stream(actor.user_id), *map(user_stream, reminded), *labelling]
    await work.lock_streams([*streams, *invitee_streams(to_withdraw)])
    if await _read_list_ids(work, actor.user_id) != list_ids:
        raise Unavailable("You joined a list at this very moment. Try again.", 1)
    for plan in plans:
        await apply_removal(work, actor, plan)
    for ending in links:
        await guests.end_guests_of_deleted_list(work, actor, ending)
    await list_members.close_invitations(work, actor, to_withdraw, "withdrawn")
    await rescheduling.remove_reminders_of_others(work, actor, to_delete)
    await following.forget(work, actor, *labelled)
    # Deleting the stream cascades to the list, its todos and everything that references them.
    await work.connection.execute(delete(StreamRow).where(StreamRow.id.in_(to_delete)))


async def read_role(work: UnitOfWork, list_id: ListId, user_id: UserId) -> Role:
    """Return a member's role. Raise NotFound for any other user."""
    found = await work.connection.scalar(
        select(MemberRow.role).where(MemberRow.list_id == list_id, MemberRow.user_id == user_id)
    )
    if found is None:
        raise NotFound
    return Role(found)


async def require_another_owner(work: UnitOfWork, list_id: ListId, role: Role) -> None:
    """Raise Conflict `last_owner` if a member with `role` is the only owner of the list."""
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
    """Return the streams of the users that these invitations are for."""
    return [stream for invitation in invitations for stream in invitation.streams]


@dataclass(frozen=True)
class _SoleOwnedList:
    """A list without another owner. `other_members` is 0 for a list in the trash."""

    list_id: ListId
    name: str
    other_members: int


async def _read_list_ids(work: UnitOfWork, user_id: UserId) -> list[ListId]:
    rows = await work.connection.execute(
        select(MemberRow.list_id).where(MemberRow.user_id == user_id).order_by(MemberRow.list_id)
    )
    return [ListId(list_id) for list_id in rows.scalars()]


async def _read_sole_owned_lists(work: UnitOfWork, user_id: UserId) -> list[_SoleOwnedList]:
    other = aliased(MemberRow)
    others = select(func.count()).where(
        other.list_id == ListRow.id,
        other.user_id != user_id,
        other.user_id.not_in(select(GuestRow.user_id)),
    )
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
        # A list in the trash is visible to its owners only, so no member needs a new owner.
        _SoleOwnedList(ListId(list_id), name, 0 if deleted_at else count)
        for list_id, name, deleted_at, count in rows
    ]


def _require_no_other_members(sole_owned: Sequence[_SoleOwnedList]) -> None:
    names = [f"“{sole.name}”" for sole in sole_owned if sole.other_members]
    if names:
        raise Conflict(
            message(
                "Others share lists that only you own: {lists}. Make somebody an owner of each, "
                "or delete them.",
                lists=", ".join(names[:5]),
            ),
            code="last_owner",
        )
