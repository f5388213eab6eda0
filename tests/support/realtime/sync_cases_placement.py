"""Cases of the sync law for where a user keeps lists, and how they look at them.

Registers them when imported.
"""

from shared.contract.own_lists.views import PLAIN, ViewGroup
from shared.ids import FolderId, ListId
from shared.lists.ordering import Neighbour
from shared.lists.placement import (
    PlacementEdit,
    create_folder,
    delete_folder,
    edit_folder,
    place_list,
)
from shared.lists.views import set_view
from tests.support.realtime.sync_cases import SyncFixture, records


async def make_folder(given: SyncFixture, name: str, *lists: ListId) -> FolderId:
    folder_id = FolderId((await given.do(create_folder, given.ana, name)).id)
    for list_id in lists:
        into = PlacementEdit(changes_folder=True, folder_id=folder_id)
        await given.do(place_list, given.ana, list_id, into)
    return folder_id


@records("list.placed")
async def ana_puts_a_list_first_as_a_favourite(given: SyncFixture) -> None:
    first = Neighbour(given.groceries, "before_list_id", is_after=False)
    edit = PlacementEdit(favourite=True, neighbour=first)
    await given.do(place_list, given.ana, given.work, edit)


@records("list.placed")
@records("folder.set")
async def ana_puts_lists_into_a_folder(given: SyncFixture) -> None:
    await make_folder(given, "Home", given.groceries, given.work)


@records("folder.set")
async def ana_renames_a_folder_and_puts_it_first(given: SyncFixture) -> None:
    first = await make_folder(given, "First")
    second = await make_folder(given, "Second")
    neighbour = Neighbour(first, "before_folder_id", is_after=False)
    await given.do(edit_folder, given.ana, second, name="Now first", neighbour=neighbour)


@records("folder.removed")
async def ana_deletes_a_folder_with_lists(given: SyncFixture) -> None:
    folder_id = await make_folder(given, "Home", given.groceries)
    await given.do(delete_folder, given.ana, folder_id)


@records("list.view_set")
async def ana_groups_a_list_by_label(given: SyncFixture) -> None:
    view = PLAIN.model_copy(update={"group": ViewGroup.LABEL})
    await given.do(set_view, given.ana, given.groceries, view)
