"""Hand a list over to another member when its only owner is deleted, without anybody being asked."""

from sqlalchemy import case, select, update

from shared import audit
from shared.actor import Actor
from shared.contract.events import MemberEdited
from shared.contract.shapes import Role
from shared.ids import ListId, UserId, list_stream
from shared.lists.list_members import read_member
from shared.tables.accounts import UserRow
from shared.tables.members import MemberRow
from shared.tables.share_links import GUEST
from shared.unit_of_work import UnitOfWork

_RANK = case({role.value: rank for rank, role in enumerate(Role)}, value=MemberRow.role)


async def hand_over(work: UnitOfWork, actor: Actor, list_id: ListId) -> None:
    """Make another member an owner of the list that only the actor owns, and which has other members.

    It is the one with the most rights, of these the one who joined first; a member who can sign in
    before one who cannot. The caller has locked the list's stream.
    """
    heir = await _find_heir(work, actor, list_id)
    before = await read_member(work, list_id, heir)
    if before is None:
        raise RuntimeError("the list has no other member")
    await work.connection.execute(
        update(MemberRow)
        .where(MemberRow.list_id == list_id, MemberRow.user_id == heir)
        .values(role=Role.OWNER.value)
    )
    after = before.model_copy(update={"role": Role.OWNER})
    previous = {"before": {"role": before.role}}
    work.record(list_stream(list_id), MemberEdited(member=after), actor, context=previous)
    facts = {"before": before.role.value, "after": Role.OWNER.value}
    await audit.record(
        work, actor, "member.role_changed", user_id=heir, list_id=list_id, facts=facts
    )


async def _find_heir(work: UnitOfWork, actor: Actor, list_id: ListId) -> UserId:
    found = await work.connection.scalar(
        select(MemberRow.user_id)
        .join(UserRow, UserRow.id == MemberRow.user_id)
        .where(
            MemberRow.list_id == list_id,
            MemberRow.user_id != actor.user_id,
            UserRow.status != GUEST,
        )
        .order_by(
            case((UserRow.status == "active", 0), else_=1),
            _RANK,
            MemberRow.joined_at,
            MemberRow.user_id,
        )
        .limit(1)
    )
    return UserId(str(found))
