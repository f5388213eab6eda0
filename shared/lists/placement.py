"""Commands on where a user keeps lists: their order, favourites, and the folders they are in.

All of it is the user's own: it is stored in the user's rows of `members` and in `list_folders`, and its
events are on the user's own stream. The lock of that stream orders these commands. A user is removed
from a list, and a list trashed, under the same lock.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select, update

from shared.access import gate
from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.own_lists.events import FolderRemoved, FolderSet, ListPlaced
from shared.contract.own_lists.placement import FolderShape, ListPlacement, PlacedList
from shared.contract.shapes import MyListShape
from shared.errors import Conflict, Invalid, NotFound
from shared.ids import FolderId, ListId, UserId, new_id, user_stream
from shared.languages.texts import message
from shared.lists import ordering
from shared.lists.commands import require_not_inbox
from shared.lists.ordering import Neighbour
from shared.lists.placement_columns import PLACEMENT
from shared.lists.queries import read_my_list
from shared.lists.ranks import ranks_between
from shared.tables.lists import ListFolderRow
from shared.tables.members import MemberRow
from shared.unit_of_work import ReadTransaction, UnitOfWork

# Each is a heading of a side bar. The snapshot of an account carries them all.
MAX_FOLDERS_PER_USER = 100


@dataclass(frozen=True)
class PlacementEdit:
    """What to change; `folder_id` counts if `changes_folder`. None leaves the rest as it is."""

    favourite: bool | None = None
    changes_folder: bool = False
    folder_id: FolderId | None = None
    neighbour: Neighbour | None = None


async def place_list(
    work: UnitOfWork, actor: Actor, list_id: ListId, edit: PlacementEdit
) -> MyListShape:
    """Put a list elsewhere among the actor's own lists, and return it.

    In another folder it comes last, unless the edit names a neighbour. Raise NotFound, Invalid for an
    unknown folder or neighbour, and Conflict `inbox`.
    """
    await work.lock_streams([user_stream(actor.user_id)])
    authorized = await gate.authorize_locked(work, actor, [list_id], Action.PLACE_LIST)
    require_not_inbox(authorized[list_id])
    before = await read_my_list(work, actor.user_id, list_id)
    folder_id = before.placement.folder_id
    if edit.changes_folder:
        folder_id = await _known_folder(work, actor.user_id, edit.folder_id)
    rank = before.placement.rank
    respaced: list[PlacedList] = []
    if edit.neighbour is not None or folder_id != before.placement.folder_id:
        rank, respaced = await _find_rank(work, actor, list_id, edit.neighbour)
    is_favourite = before.placement.favourite if edit.favourite is None else edit.favourite
    placement = ListPlacement(rank=rank, favourite=is_favourite, folder_id=folder_id)
    if placement == before.placement:
        return before
    placed = [*respaced, PlacedList(list_id=list_id, placement=placement)]
    for each in placed:
        of_row = (MemberRow.list_id == each.list_id, MemberRow.user_id == actor.user_id)
        values = each.placement.model_dump()
        await work.connection.execute(update(MemberRow).where(*of_row).values(values))
    work.record(user_stream(actor.user_id), ListPlaced(lists=placed), actor)
    return before.model_copy(update={"placement": placement})


async def create_folder(work: UnitOfWork, actor: Actor, name: str) -> FolderShape:
    """Create a folder, after the others. Raise Forbidden, Conflict `too_many_folders`."""
    gate.authorize_new_list(actor)
    await work.lock_streams([user_stream(actor.user_id)])
    counted = select(func.count(), func.max(ListFolderRow.rank))
    of_actor = counted.where(ListFolderRow.user_id == actor.user_id)
    count, last = (await work.connection.execute(of_actor)).one()
    if count >= MAX_FOLDERS_PER_USER:
        raise Conflict(
            message("An account can have at most {limit} folders.", limit=MAX_FOLDERS_PER_USER),
            code="too_many_folders",
        )
    folder = FolderShape(id=new_id(), name=name, rank=ranks_between(last, None)[0])
    values = folder.model_dump() | {"user_id": actor.user_id}
    await work.connection.execute(insert(ListFolderRow).values(values))
    _record_folders(work, actor, [folder])
    return folder


async def edit_folder(
    work: UnitOfWork,
    actor: Actor,
    folder_id: FolderId,
    *,
    name: str | None,
    neighbour: Neighbour | None,
) -> FolderShape:
    """Rename or move a folder; None leaves it as it is. Raise Forbidden, NotFound, Invalid."""
    gate.authorize_new_list(actor)
    await work.lock_streams([user_stream(actor.user_id)])
    folders = {folder.id: folder for folder in await read_folders(work, actor)}
    before = folders.pop(folder_id, None)
    if before is None:
        raise NotFound
    rank, respaced = before.rank, []
    if neighbour is not None:
        others = [(folder.id, folder.rank) for folder in folders.values()]
        rank, ranks = ordering.find_rank(others, neighbour)
        respaced = [folders[key].model_copy(update={"rank": ranks[key]}) for key in ranks]
    after = before.model_copy(update={"name": before.name if name is None else name, "rank": rank})
    changed = [*respaced, *([after] if after != before else [])]
    for folder in changed:
        values = folder.model_dump(include={"name", "rank"})
        of_folder = update(ListFolderRow).where(ListFolderRow.id == folder.id)
        await work.connection.execute(of_folder.values(values))
    _record_folders(work, actor, changed)
    return after


async def delete_folder(work: UnitOfWork, actor: Actor, folder_id: FolderId) -> None:
    """Delete a folder. Its lists stay, in no folder. Raise Forbidden, NotFound."""
    gate.authorize_new_list(actor)
    await work.lock_streams([user_stream(actor.user_id)])
    deleted = await work.connection.execute(
        delete(ListFolderRow)
        .where(ListFolderRow.id == folder_id, ListFolderRow.user_id == actor.user_id)
        .returning(ListFolderRow.id)
    )
    if deleted.one_or_none() is None:
        raise NotFound
    work.record(user_stream(actor.user_id), FolderRemoved(folder_id=folder_id), actor)


async def read_folders(read: ReadTransaction, actor: Actor) -> list[FolderShape]:
    """Return the actor's folders in their order, in one statement."""
    rows = await read.connection.execute(
        select(ListFolderRow.id, ListFolderRow.name, ListFolderRow.rank)
        .where(ListFolderRow.user_id == actor.user_id)
        .order_by(ListFolderRow.rank, ListFolderRow.id)
    )
    return [FolderShape(id=row.id, name=row.name, rank=row.rank) for row in rows]


async def _known_folder(
    work: UnitOfWork, user_id: UserId, folder_id: FolderId | None
) -> FolderId | None:
    if folder_id is None:
        return None
    found = select(ListFolderRow.id).where(
        ListFolderRow.id == folder_id, ListFolderRow.user_id == user_id
    )
    if await work.connection.scalar(found) is None:
        raise Invalid.field("folder_id", "unknown_folder", "It must be a folder of yours.")
    return folder_id


async def _find_rank(
    work: UnitOfWork, actor: Actor, list_id: ListId, neighbour: Neighbour | None
) -> tuple[str, list[PlacedList]]:
    """Return the rank beside the neighbour, else the last.

    And the other lists with new ranks, if it would be too long.
    """
    named = [] if neighbour is None else [neighbour.id]
    # An API token of some lists cannot name the others, which take part in the order all the same.
    readable = await gate.filter_readable(work, actor, named)
    if neighbour is not None and neighbour.id not in readable:
        raise ordering.unknown(neighbour)
    of_user = (MemberRow.user_id == actor.user_id, MemberRow.list_id != list_id)
    others = (
        await work.connection.execute(select(MemberRow.list_id, *PLACEMENT).where(*of_user))
    ).all()
    rank, ranks = ordering.find_rank([(row.list_id, row.rank) for row in others], neighbour)
    respaced = []
    for row in others:
        if row.list_id in ranks:
            placement = ListPlacement(
                rank=ranks[row.list_id], favourite=bool(row.favourite), folder_id=row.folder_id
            )
            respaced.append(PlacedList(list_id=row.list_id, placement=placement))
    return rank, respaced


def _record_folders(work: UnitOfWork, actor: Actor, folders: Iterable[FolderShape]) -> None:
    for folder in folders:
        work.record(user_stream(actor.user_id), FolderSet(folder=folder), actor)
