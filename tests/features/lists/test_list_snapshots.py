"""The snapshots of all lists of a user, several in one answer."""

from typing import Any

import pytest

from api.http.large_answers import MAX_PAGE_BYTES
from shared.actor import Actor
from shared.contract.shapes import ListSnapshots, Role
from shared.ids import list_stream
from shared.lists.commands import ListEdit, delete_list, edit_list
from shared.members.commands import remove_member
from shared.snapshots.lists import LISTS_PER_PAGE, TODOS_PER_LIST
from tests.support.features.list_builder import ListBuilder, recorded_statements
from tests.support.world_builder import World

PATH = "/users/me/list-snapshots"


async def all_pages(builder: ListBuilder, actor: Actor) -> list[Any]:
    pages, cursor = [], ""
    while True:
        answer = await builder.request(actor, "GET", f"{PATH}{cursor}")
        assert answer.status_code == 200, answer.text
        ListSnapshots.model_validate_json(answer.content)
        pages.append(answer.json() | {"size": len(answer.content)})
        if answer.json()["next_cursor"] is None:
            return pages
        cursor = f"?cursor={answer.json()['next_cursor']}"


async def test_each_list_is_in_one_page_and_equals_its_own_snapshot(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    lists = [await world.list(ana) for _ in range(LISTS_PER_PAGE)]
    lists.append(await world.list(ben, (ana, Role.VIEWER), name="Ben's"))
    await builder.insert_todos(lists[3], 3)
    await builder.insert_todos(
        lists[-1], 2, status="completed", completed_at=world.resources.clock.now()
    )

    pages = await all_pages(builder, ana)

    found = [snapshot for page in pages for snapshot in page["items"]]
    assert [len(page["items"]) for page in pages] == [LISTS_PER_PAGE, 1]
    assert [snapshot["list"]["id"] for snapshot in found] == lists
    for snapshot in found:
        alone = await builder.request(ana, "GET", f"/lists/{snapshot['list']['id']}/snapshot")
        assert snapshot == alone.json()


async def test_only_lists_in_use_of_the_caller_are_there(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    kept, archived, trashed, left = [await world.list(ben, (ana, Role.EDITOR)) for _ in range(4)]
    await world.list(ben)
    await world.run(edit_list, ben, archived, ListEdit(archived=True))
    await world.run(delete_list, ben, trashed)
    await world.run(remove_member, ben, left, ana.user_id)

    [page] = await all_pages(builder, ana)

    assert [snapshot["list"]["id"] for snapshot in page["items"]] == [kept]


async def test_a_long_list_continues_on_its_own(builder: ListBuilder, world: World) -> None:
    ana = await world.user()
    list_id = await world.list(ana)
    ids = await builder.insert_todos(list_id, TODOS_PER_LIST + 2)

    [page] = await all_pages(builder, ana)
    [snapshot] = page["items"]
    # Later edits do not move the position of the pages that follow.
    await world.run(edit_list, ana, list_id, ListEdit(name="Other"))
    path = f"/lists/{list_id}/snapshot?cursor={snapshot['next_cursor']}"
    rest = (await builder.request(ana, "GET", path)).json()

    assert [todo["id"] for todo in snapshot["todos"] + rest["todos"]] == ids
    assert rest["stream"] == snapshot["stream"]
    assert len(await world.events(list_stream(list_id), snapshot["stream"]["seq"])) == 1


async def test_answers_with_large_todos_have_fewer_lists(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user()
    expected = {}
    for _ in range(7):
        list_id = await world.list(ana)
        expected[list_id] = await builder.insert_todos(list_id, 8, description="🚲" * 12_000)

    pages = await all_pages(builder, ana)

    assert max(page["size"] for page in pages) < 1.2 * MAX_PAGE_BYTES
    found = [snapshot for page in pages for snapshot in page["items"]]
    assert [snapshot["list"]["id"] for snapshot in found] == list(expected)
    for snapshot in found:
        ids = [todo["id"] for todo in snapshot["todos"]]
        assert ids == expected[snapshot["list"]["id"]][: len(ids)]
        assert ids


async def test_an_answer_takes_two_round_trips_however_many_lists_it_has(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user()
    counts = []
    for _ in range(2):
        for _ in range(4):
            await builder.insert_todos(await world.list(ana), 3)
        await builder.request(ana, "GET", PATH)
        async with recorded_statements(builder.served, with_boundaries=True) as statements:
            await builder.request(ana, "GET", PATH)
        counts.append(len(statements))

    assert counts == [2, 2]


@pytest.mark.parametrize("cursor", ["x", "%00", "a" * 65])
async def test_a_malformed_cursor_is_refused(
    builder: ListBuilder, world: World, cursor: str
) -> None:
    ana = await world.user()

    answer = await builder.request(ana, "GET", f"{PATH}?cursor={cursor}")

    assert answer.status_code in (400, 422)
