"""Where a user keeps lists: order, favourites and folders, each for the user alone."""

import httpx
import pytest

from shared.actor import Actor
from shared.contract.shapes import Role
from shared.errors import Conflict, Invalid, NotFound
from shared.ids import FolderId, ListId, list_stream, user_stream
from shared.lists import placement
from shared.lists.commands import create_inbox, delete_list
from shared.lists.ordering import Neighbour
from shared.lists.placement import (
    PlacementEdit,
    create_folder,
    delete_folder,
    edit_folder,
    place_list,
    read_folders,
)
from shared.members.commands import remove_member
from shared.resources import Resources
from tests.support.api_tokens import insert_api_token
from tests.support.features.list_builder import API, ListBuilder, recorded_statements
from tests.support.realtime.snapshots import account_snapshot
from tests.support.world_builder import World


def before(list_id: str) -> PlacementEdit:
    return PlacementEdit(neighbour=Neighbour(list_id, "before_list_id", is_after=False))


def after(list_id: str) -> PlacementEdit:
    return PlacementEdit(neighbour=Neighbour(list_id, "after_list_id", is_after=True))


async def order_of(world: World, user: Actor) -> list[str]:
    lists = (await world.query(account_snapshot, user)).lists
    return [each.id for each in sorted(lists, key=lambda each: (each.placement.rank, each.id))]


async def test_new_lists_come_last_and_go_where_they_are_put(world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    one, two, three = [await world.list(ana) for _ in range(3)]
    await world.run(place_list, ana, three, before(one))
    joined = await world.list(ben, (ana, Role.VIEWER))

    assert await order_of(world, ana) == [three, one, two, joined]
    await world.run(place_list, ana, joined, after(three))
    await world.run(place_list, ana, one, after(two))

    assert await order_of(world, ana) == [three, joined, two, one]


async def test_a_place_is_of_one_member_and_nobody_else_learns_of_it(world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    shared = await world.list(ana, (ben, Role.VIEWER))
    own = await world.list(ben)
    seen_by_ana = await world.query(account_snapshot, ana)
    of_list = await world.events(list_stream(shared))
    folder = await world.run(create_folder, ben, "Home")

    edit = PlacementEdit(favourite=True, changes_folder=True, folder_id=FolderId(folder.id))
    placed = await world.run(place_list, ben, shared, edit)

    assert placed.placement.favourite
    assert placed.placement.folder_id == folder.id
    assert await order_of(world, ben) == [own, shared]
    assert await world.query(account_snapshot, ana) == seen_by_ana
    assert await world.events(list_stream(shared)) == of_list
    (*_, event) = await world.events(user_stream(ben.user_id))
    assert event["event"] == "list.placed"
    assert event["data"]["lists"] == [
        {"list_id": shared, "placement": placed.placement.model_dump(mode="json")}
    ]


async def test_an_edit_that_changes_nothing_records_nothing(world: World) -> None:
    ana = await world.user()
    list_id = await world.list(ana)
    events = await world.events(user_stream(ana.user_id))

    await world.run(place_list, ana, list_id, PlacementEdit(favourite=False, changes_folder=True))

    assert await world.events(user_stream(ana.user_id)) == events


async def test_lists_of_others_and_the_trash_are_unknown(world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    mine, trashed, left = [await world.list(ana, (ben, Role.VIEWER)) for _ in range(3)]
    foreign = await world.list(ben)
    of_ben = FolderId((await world.run(create_folder, ben, "Ben's")).id)
    await world.run(delete_list, ana, trashed)
    await world.run(remove_member, ana, left, ben.user_id)

    for user, list_id in ((ana, foreign), (ana, trashed), (ben, left)):
        with pytest.raises(NotFound):
            await world.run(place_list, user, list_id, PlacementEdit(favourite=True))
    for unknown in (foreign, trashed, mine):
        with pytest.raises(Invalid):
            await world.run(place_list, ana, mine, before(unknown))
    with pytest.raises(Invalid):
        edit = PlacementEdit(changes_folder=True, folder_id=of_ben)
        await world.run(place_list, ana, mine, edit)
    with pytest.raises(NotFound):
        await world.run(edit_folder, ana, of_ben, name="Mine", neighbour=None)
    with pytest.raises(NotFound):
        await world.run(delete_folder, ana, of_ben)


async def test_the_inbox_stays_first(world: World) -> None:
    ana = await world.user()
    inbox = await world.run(create_inbox, ana.user_id)

    with pytest.raises(Conflict) as refused:
        await world.run(place_list, ana, ListId(inbox.id), PlacementEdit(favourite=True))

    assert refused.value.reason == "inbox"


async def test_deleting_a_folder_leaves_its_lists_outside(world: World) -> None:
    ana = await world.user()
    list_id = await world.list(ana)
    folder_id = FolderId((await world.run(create_folder, ana, "Home")).id)
    edit = PlacementEdit(changes_folder=True, folder_id=folder_id)
    await world.run(place_list, ana, list_id, edit)

    await world.run(delete_folder, ana, folder_id)

    snapshot = await world.query(account_snapshot, ana)
    assert snapshot.folders == ()
    assert [each.placement.folder_id for each in snapshot.lists] == [None]
    (*_, event) = await world.events(user_stream(ana.user_id))
    assert (event["event"], event["data"]) == ("folder.removed", {"folder_id": folder_id})


async def test_folders_have_an_order_and_a_limit(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placement, "MAX_FOLDERS_PER_USER", 3)
    ana = await world.user()
    one, two, three = [
        FolderId((await world.run(create_folder, ana, name)).id) for name in ("1", "2", "3")
    ]

    first = Neighbour(one, "before_folder_id", is_after=False)
    await world.run(edit_folder, ana, three, name="0", neighbour=first)
    with pytest.raises(Conflict) as refused:
        await world.run(create_folder, ana, "4")

    assert refused.value.reason == "too_many_folders"
    folders = await world.query(read_folders, ana)
    assert [(folder.id, folder.name) for folder in folders] == [
        (three, "0"), (one, "1"), (two, "2"),
    ]  # fmt: skip
    assert sorted(folders, key=lambda folder: folder.id) == list(
        (await world.query(account_snapshot, ana)).folders
    )


async def test_ranks_that_grow_too_long_are_renewed_in_one_event(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.lists.ordering.MAX_LENGTH", 8)
    ana = await world.user()
    lists = [await world.list(ana) for _ in range(4)]
    last, expected = lists[-1], lists[:-1]

    for turn in range(40):
        moved = expected[turn % 3]
        expected.remove(moved)
        await world.run(place_list, ana, moved, before(last))
        expected.append(moved)

    assert await order_of(world, ana) == [*expected, last]
    sizes = [
        len(event["data"]["lists"])
        for event in await world.events(user_stream(ana.user_id))
        if event["event"] == "list.placed"
    ]
    assert set(sizes) == {1, 4}


async def test_a_place_takes_as_many_statements_for_many_lists(
    world: World, resources: Resources
) -> None:
    ana = await world.user()
    one, two = await world.list(ana), await world.list(ana)
    async with recorded_statements(resources) as few:
        await world.run(place_list, ana, two, before(one))
    for _ in range(20):
        await world.list(ana)

    async with recorded_statements(resources) as many:
        await world.run(place_list, ana, one, before(two))

    assert len(few) == len(many)


async def test_the_routes_place_lists_and_refuse_two_neighbours(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user()
    one, two = await world.list(ana), await world.list(ana)

    folder = (await builder.request(ana, "POST", "/folders", {"name": " Home "})).json()
    body = {"favourite": True, "folder_id": folder["id"], "before_list_id": one}
    placed = (await builder.request(ana, "PATCH", f"/lists/{two}/placement", body)).json()
    out = {"folder_id": None}
    kept = (await builder.request(ana, "PATCH", f"/lists/{two}/placement", out)).json()
    both = {"before_list_id": one, "after_list_id": one}
    refused = await builder.request(ana, "PATCH", f"/lists/{two}/placement", both)

    assert folder["name"] == "Home"
    assert placed["placement"]["folder_id"] == folder["id"]
    assert (kept["placement"]["favourite"], kept["placement"]["folder_id"]) == (True, None)
    assert refused.status_code == 422
    assert (await builder.request(ana, "GET", "/folders")).json() == {"items": [folder]}


async def test_a_token_of_some_lists_reaches_no_folder_and_no_other_list(
    world: World, resources: Resources, client: httpx.AsyncClient
) -> None:
    ana = await world.user()
    mine, other = await world.list(ana), await world.list(ana)
    token = await insert_api_token(resources, ana, lists=(mine,))
    path = f"{API}/lists/{mine}/placement"

    favourite = await client.patch(path, json={"favourite": True}, headers=token.headers)
    beside = await client.patch(path, json={"after_list_id": other}, headers=token.headers)
    folder = await client.post(f"{API}/folders", json={"name": "Home"}, headers=token.headers)

    assert [favourite.status_code, beside.status_code, folder.status_code] == [200, 422, 403]
