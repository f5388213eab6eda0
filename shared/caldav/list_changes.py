"""Create lists by calendar apps, and change how they show them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, insert, select, update

from shared.access import gate
from shared.access.policy import Action
from shared.actor import Actor
from shared.caldav.colours import nearest
from shared.contract.shapes import Colour
from shared.errors import Conflict, Invalid
from shared.ids import ListId, is_id, user_stream
from shared.lists.commands import ListEdit, create_list, edit_list
from shared.tables.interop.calendar_objects import MAX_NAME_LENGTH
from shared.tables.interop.calendar_preferences import CalendarPreferencesRow
from shared.tables.lists import ListRow
from shared.tables.members import MemberRow
from shared.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class CollectionEdit:
    """The properties to change. `own` are columns of CalendarPreferencesRow with their values."""

    name: str | None
    own: dict[str, Any]

    @property
    def colour(self) -> Colour | None:
        """Return the colour of the list that the app's is shown as in the browser, if it sets one."""
        text = self.own.get("colour")
        return None if text is None else nearest(text)


class NameTaken(Conflict):
    """The app chose an address at which there is a list."""

    def __init__(self) -> None:
        super().__init__("There is a list at this address.")


async def create_collection(
    work: UnitOfWork, actor: Actor, segment: str, edit: CollectionEdit
) -> ListId:
    """Create a list of the actor at the address that the app chose. Raise NameTaken, Invalid."""
    if is_id(segment):
        # It would be the address of another list.
        raise NameTaken
    if len(segment) > MAX_NAME_LENGTH:
        raise Invalid.field("address", "too_long", "The name of the address is too long.")
    gate.authorize_new_list(actor)
    await work.lock_streams([user_stream(actor.user_id)])
    await _free_name(work, actor, segment)
    shape = await create_list(work, actor, edit.name or segment, edit.colour or Colour.BLUE)
    list_id = ListId(shape.id)
    await _save(work, actor, list_id, {"name": segment, **edit.own})
    return list_id


async def edit_collection(
    work: UnitOfWork, actor: Actor, list_id: ListId, edit: CollectionEdit
) -> None:
    """Rename a list, which owners may, and keep how the actor's apps show it. Raise Forbidden, …

    The colour of an owner becomes that of the list; all others choose it for their own apps.
    """
    authorization = await gate.authorize_write(work, actor, list_id, Action.READ_LIST)
    colour = edit.colour if authorization.may(Action.EDIT_LIST) else None
    if edit.name is not None or colour is not None:
        await edit_list(work, actor, list_id, ListEdit(name=edit.name, colour=colour))
    if edit.own:
        await _save(work, actor, list_id, edit.own)


async def _free_name(work: UnitOfWork, actor: Actor, segment: str) -> None:
    """Take the name from a list that is in the trash, or of which the actor is no member any more.

    Raise NameTaken for any other.
    """
    row = CalendarPreferencesRow
    is_named = row.user_id == actor.user_id, row.name == segment
    found = await work.connection.execute(
        select(ListRow.id)
        .join(row, row.list_id == ListRow.id)
        .join(MemberRow, and_(MemberRow.list_id == ListRow.id, MemberRow.user_id == row.user_id))
        .where(*is_named, ListRow.deleted_at.is_(None))
    )
    if found.all():
        raise NameTaken
    await work.connection.execute(update(row).where(*is_named).values(name=None))


async def _save(work: UnitOfWork, actor: Actor, list_id: ListId, values: dict[str, Any]) -> None:
    """Write the preferences. The caller holds the lock of the list's stream."""
    row = CalendarPreferencesRow
    key = {"user_id": actor.user_id, "list_id": list_id}
    changed = await work.connection.execute(
        update(row).where(row.user_id == actor.user_id, row.list_id == list_id).values(values)
    )
    if not changed.rowcount:
        await work.connection.execute(insert(row).values(key | values))
