"""How a user looks at a list: the user's own, in the user's row of `members` and on the own stream."""

from sqlalchemy import update

from shared.access import gate
from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.own_lists.events import ListViewSet
from shared.contract.own_lists.views import PLAIN, ListView
from shared.contract.shapes import MyListShape
from shared.ids import ListId, user_stream
from shared.lists.queries import read_my_list
from shared.tables.members import MemberRow
from shared.unit_of_work import UnitOfWork


async def set_view(work: UnitOfWork, actor: Actor, list_id: ListId, view: ListView) -> MyListShape:
    """Remember how the actor looks at a list, and return the list. Raise NotFound, Forbidden.

    The lock of the actor's own stream orders these commands, and the end of the membership.
    """
    await work.lock_streams([user_stream(actor.user_id)])
    await gate.authorize_locked(work, actor, [list_id], Action.SET_VIEW)
    before = await read_my_list(work, actor.user_id, list_id)
    after = None if view == PLAIN else view
    if after == before.view:
        return before
    await work.connection.execute(
        update(MemberRow)
        .where(MemberRow.list_id == list_id, MemberRow.user_id == actor.user_id)
        .values(view=after and after.model_dump(mode="json"))
    )
    work.record(user_stream(actor.user_id), ListViewSet(list_id=list_id, view=after), actor)
    return before.model_copy(update={"view": after})
