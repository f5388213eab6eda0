"""Commands on the members of a list: join, change a role, remove, leave.

An existing list always has an owner. This rule, and every race between a removal and another write
to the list, is decided under the lock of the list's stream.
"""

from sqlalchemy import insert, update

from shared import audit
from shared.access import gate
from shared.access.policy import ALLOWED, Action
from shared.actor import Actor
from shared.contract.events import ListAdded, MemberAdded, MemberEdited
from shared.contract.notifications import NotificationKind
from shared.contract.shapes import MemberShape, MyListShape, Role
from shared.errors import Conflict, NotFound
from shared.ids import ListId, UserId, list_stream, user_stream
from shared.languages.texts import message
from shared.lists import list_members
from shared.lists.commands import rank_of_new_list
from shared.lists.list_members import UnclosedInvitation
from shared.lists.queries import read_my_list
from shared.members import member_removal
from shared.members.rules import MAX_MEMBERS
from shared.notifications import commands as notifications
from shared.notifications.rules import NewNotification
from shared.share_links import guests
from shared.tables.members import InvitationRow, MemberRow
from shared.unit_of_work import UnitOfWork


async def join_list(work: UnitOfWork, actor: Actor, list_id: ListId, role: Role) -> MyListShape:
    """Make the actor a member with this role, and return the list. The caller has authorized it.

    The caller holds the locks of the list's and the actor's streams. Raise Conflict `already_member`,
    `too_many_members`, `too_many_lists`.
    """
    member_ids = await list_members.read_member_ids(work, list_id)
    if actor.user_id in member_ids:
        raise Conflict("You are a member of this list already.", code="already_member")
    return await _insert(work, actor, list_id, actor.user_id, role)


async def restore_member(
    work: UnitOfWork, actor: Actor, list_id: ListId, user_id: UserId, role: Role
) -> None:
    """Make a user a member again whom the actor removed, with this role, without an invitation.

    The caller has checked that the user has an active account and did not leave on their own since, and
    holds the locks of the list's and the user's streams. Notify the user. Raise Conflict
    `too_many_members`, `too_many_lists`.
    """
    await gate.authorize_write(work, actor, list_id, Action.INVITE_MEMBER)
    await _insert(work, actor, list_id, user_id, role)
    # Of the removal.
    await notifications.remove_notifications_of_list(work, actor, list_id, user_id)
    returned = NewNotification(user_id, NotificationKind.INVITED, list_id)
    await notifications.notify(work, actor, [returned])
    facts = {"role": role.value}
    await audit.record(
        work, actor, "member.restored", user_id=user_id, list_id=list_id, facts=facts
    )


async def _insert(
    work: UnitOfWork, actor: Actor, list_id: ListId, user_id: UserId, role: Role
) -> MyListShape:
    if await list_members.count_members(work, list_id) >= MAX_MEMBERS:
        raise Conflict(
            message("A list can have at most {limit} members.", limit=MAX_MEMBERS),
            code="too_many_members",
        )
    rank = await rank_of_new_list(work, user_id)
    await work.connection.execute(
        insert(MemberRow).values(
            list_id=list_id,
            user_id=user_id,
            role=role.value,
            joined_at=work.now,
            rank=rank,
        )
    )
    event = MemberAdded(member=await _member(work, list_id, user_id))
    position = work.record(list_stream(list_id), event, actor).position()
    shape = await read_my_list(work, user_id, list_id)
    shape = shape.model_copy(update={"stream": position})
    work.record(user_stream(user_id), ListAdded(list=shape), actor)
    return shape


async def change_role(
    work: UnitOfWork, actor: Actor, list_id: ListId, user_id: UserId, role: Role
) -> MemberShape:
    """Give a member another role and return the member. Their next request already has it.

    Withdraw the invitations they sent, and the share links they made, if the new role may not do so.
    Raise NotFound, Conflict `last_owner` or `guest`.
    """
    await gate.authorize_write(work, actor, list_id, Action.CHANGE_ROLE)
    before = await _member(work, list_id, user_id)
    if before.link_id is not None:
        raise Conflict("A guest has the role of the link. Change the link.", code="guest")
    if before.role is role:
        return before
    await member_removal.require_another_owner(work, list_id, before.role)
    to_withdraw: list[UnclosedInvitation] = []
    to_end = guests.EndOfLinks(list_id)
    if role not in ALLOWED[Action.INVITE_MEMBER]:
        sent_by_member = InvitationRow.invited_by == user_id
        to_withdraw = await list_members.read_unclosed_invitations(work, list_id, sent_by_member)
        to_end = await guests.plan_end_of_links(work, list_id, made_by=user_id)
    await work.lock_streams([*member_removal.invitee_streams(to_withdraw), *to_end.streams])
    await work.connection.execute(
        update(MemberRow)
        .where(MemberRow.list_id == list_id, MemberRow.user_id == user_id)
        .values(role=role.value)
    )
    after = before.model_copy(update={"role": role})
    previous = {"before": {"role": before.role}}
    work.record(list_stream(list_id), MemberEdited(member=after), actor, context=previous)
    await list_members.close_invitations(work, actor, to_withdraw, "withdrawn")
    await guests.end_links(work, actor, to_end)
    facts = {"before": before.role.value, "after": role.value}
    await audit.record(
        work, actor, "member.role_changed", user_id=user_id, list_id=list_id, facts=facts
    )
    return after


async def remove_member(work: UnitOfWork, actor: Actor, list_id: ListId, user_id: UserId) -> None:
    """Remove the member `user_id` from the list; if that is the actor, the actor leaves the list.

    `member.removed` is the last event of the list that the member receives. Also remove the member's
    assignments, reminders on the list's todos, sent invitations and share links; the session of a guest
    ends. After a removal by another member, also withdraw invitations to the member's address. Raise
    NotFound, Conflict `last_owner`.
    """
    is_leaving = user_id == actor.user_id
    action = Action.LEAVE_LIST if is_leaving else Action.REMOVE_MEMBER
    await gate.authorize_write(work, actor, list_id, action)
    if await guests.is_guest(work, user_id):
        await member_removal.read_role(work, list_id, user_id)
        await guests.remove_guest(
            work, actor, list_id, user_id, "left" if is_leaving else "removed"
        )
        return
    plan = await member_removal.plan_removal(
        work, list_id, user_id, "left" if is_leaving else "removed"
    )
    await work.lock_streams(plan.streams)
    await member_removal.apply_removal(work, actor, plan)


async def _member(work: UnitOfWork, list_id: ListId, user_id: UserId) -> MemberShape:
    found = await list_members.read_member(work, list_id, user_id)
    if found is None:
        raise NotFound
    return found
