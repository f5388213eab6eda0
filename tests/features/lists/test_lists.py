"""Lists: create, edit, trash, restore, the Inbox, and the events of each."""

import pytest
from sqlalchemy import insert

from shared.actor import Actor
from shared.contract.shapes import Colour, Role
from shared.errors import Conflict, Forbidden, NotFound, Stale
from shared.ids import ListId, list_stream, new_id, user_stream
from shared.lists import commands
from shared.lists.commands import (
    ListEdit,
    create_inbox,
    create_list,
    delete_list,
    edit_list,
    restore_list,
)
from shared.lists.queries import ListState, read_my_list, read_page_of_my_lists
from shared.resources import Resources
from shared.tables.todos import TodoRow
from tests.support.features.invitations import invite
from tests.support.features.list_builder import ListBuilder, recorded_statements
from tests.support.realtime.snapshots import account_snapshot, read_lists_of_user
from tests.support.world_builder import World

EDITOR, VIEWER = (Role.EDITOR, Role.VIEWER)


async def test_an_edited_list_is_returned_as_it_is_read(world: World) -> None:
    ana = await world.user()
    made = await world.run(create_list, ana, "Groceries", Colour.GREEN)

    edited = await world.run(edit_list, ana, ListId(made.id), ListEdit(name="Market"))

    assert edited.name == "Market"
    assert edited == await world.query(read_my_list, ana.user_id, ListId(made.id))


async def test_owners_give_lists_an_icon_and_the_inbox_has_one_too(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user()
    inbox = await world.run(create_inbox, ana.user_id)
    made = (await builder.request(ana, "POST", "/lists", {"name": "House", "icon": "🏠"})).json()

    path = f"/lists/{made['id']}"
    edited = (await builder.request(ana, "PATCH", path, {"icon": "👩🏽‍🚀"})).json()
    kept = (await builder.request(ana, "PATCH", path, {"name": "Home"})).json()
    cleared = (await builder.request(ana, "PATCH", path, {"icon": ""})).json()
    refused = await builder.request(ana, "PATCH", path, {"icon": "home"})
    of_inbox = await world.run(edit_list, ana, ListId(inbox.id), ListEdit(icon="📥"))

    assert [each["icon"] for each in (made, edited, kept, cleared)] == [
        "🏠",
        "👩🏽‍🚀",
        "👩🏽‍🚀",
        "",
    ]
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "icon")
    assert of_inbox.icon == "📥"
    (*_, event) = await world.events(list_stream(ListId(inbox.id)))
    assert (event["data"]["changed"], event["data"]["list"]["icon"]) == (["icon"], "📥")


async def test_a_new_list_is_owned_by_its_creator(world: World) -> None:
    ana = await world.user()

    made = await world.run(create_list, ana, "Groceries", Colour.GREEN)

    assert (made.name, made.colour, made.role, made.open_count) == (
        "Groceries", Colour.GREEN, Role.OWNER, 0,
    )  # fmt: skip
    assert made == await world.query(read_my_list, ana.user_id, ListId(made.id))
    assert names(await world.events(list_stream(ListId(made.id)))) == [
        "list.created", "member.added",
    ]  # fmt: skip
    (added,) = await world.events(user_stream(ana.user_id))
    assert added["event"] == "list.added"
    assert added["data"]["list"] == made.model_dump(mode="json")


async def test_an_edit_raises_the_version_and_says_what_changed(world: World) -> None:
    ana = await world.user()
    list_id = await world.list(ana)

    edited = await world.run(edit_list, ana, list_id, ListEdit(name="Food", archived=True))

    assert (edited.name, edited.version) == ("Food", 2)
    assert edited.archived_at is not None
    assert edited == await world.query(read_my_list, ana.user_id, list_id)
    last = (await world.events(list_stream(list_id)))[-1]
    assert last["event"] == "list.edited"
    assert last["data"]["changed"] == ["name", "archived_at"]
    assert "role" not in last["data"]["list"]


async def test_an_edit_that_changes_nothing_is_no_event(world: World) -> None:
    ana = await world.user()
    list_id = await world.list(ana)
    before = await world.query(read_my_list, ana.user_id, list_id)

    after = await world.run(
        edit_list, ana, list_id, ListEdit(before.name, before.colour, archived=False)
    )

    assert after == before


async def test_archiving_twice_keeps_the_first_date(world: World) -> None:
    ana = await world.user()
    list_id = await world.list(ana)

    first = await world.run(edit_list, ana, list_id, ListEdit(archived=True))
    second = await world.run(edit_list, ana, list_id, ListEdit(archived=True))
    back = await world.run(edit_list, ana, list_id, ListEdit(archived=False))

    assert second == first
    assert back.archived_at is None


async def test_an_edit_of_an_older_version_is_refused_with_the_current_one(world: World) -> None:
    ana = await world.user()
    list_id = await world.list(ana)
    current = await world.run(edit_list, ana, list_id, ListEdit(name="Second"))

    with pytest.raises(Stale) as refused:
        await world.run(
            edit_list, ana, list_id, ListEdit(name="Third"), expected_versions=frozenset({1})
        )

    assert refused.value.current == current


async def test_trashing_and_restoring_a_list_applies_to_all_members(world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await world.list(ana, (ben, EDITOR))
    since = len(await world.events(user_stream(ben.user_id)))

    await world.run(delete_list, ana, list_id)
    trashed = await world.query(read_page_of_my_lists, ana, ListState.TRASH, None, 10)
    bens_trash = await world.query(read_page_of_my_lists, ben, ListState.TRASH, None, 10)
    gone_for_ben = await world.query(read_lists_of_user, ben.user_id)
    restored = await world.run(restore_list, ana, list_id)

    assert [shape.id for shape in trashed.items] == [list_id]
    assert trashed.items[0].deleted_at is not None
    assert bens_trash.items == []
    assert gone_for_ben == ()
    assert restored == await world.query(read_my_list, ana.user_id, list_id)
    removed, added = await world.events(user_stream(ben.user_id), since)
    assert (removed["event"], removed["data"]["reason"]) == ("list.removed", "deleted")
    assert added["event"] == "list.added"
    bens_list = await world.query(read_my_list, ben.user_id, list_id)
    assert added["data"]["list"] == bens_list.model_dump(mode="json")
    assert names(await world.events(list_stream(list_id)))[-2:] == ["list.deleted", "list.restored"]


async def test_a_trashed_list_can_only_be_restored(world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await world.list(ana, (ben, EDITOR))
    await world.run(delete_list, ana, list_id)

    with pytest.raises(NotFound):
        await world.run(edit_list, ana, list_id, ListEdit(name="Other"))
    with pytest.raises(NotFound):
        await world.run(delete_list, ana, list_id)
    with pytest.raises(NotFound):
        await world.run(restore_list, ben, list_id)


async def test_restoring_what_is_not_in_the_trash_changes_nothing(world: World) -> None:
    ana = await world.user()
    list_id = await world.list(ana)
    before = await world.query(read_my_list, ana.user_id, list_id)

    assert await world.run(restore_list, ana, list_id) == before


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OWNER])
async def test_only_owners_change_a_list(world: World, role: Role) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await world.list(ana, (ben, role))

    with pytest.raises(Forbidden):
        await world.run(edit_list, ben, list_id, ListEdit(name="Mine"))
    with pytest.raises(Forbidden):
        await world.run(delete_list, ben, list_id)
    with pytest.raises(Forbidden):
        await world.run(restore_list, ben, list_id)


async def test_the_inbox_can_only_change_its_colour(world: World) -> None:
    ana = await world.user()
    inbox = await world.run(create_inbox, ana.user_id)
    inbox_id = ListId(inbox.id)

    edited = await world.run(edit_list, ana, inbox_id, ListEdit("Inbox", Colour.PINK))

    assert inbox.is_inbox
    assert edited.colour is Colour.PINK
    for edit in (ListEdit(name="Mine"), ListEdit(archived=True), ListEdit("Mine", Colour.RED)):
        with pytest.raises(Conflict) as refused:
            await world.run(edit_list, ana, inbox_id, edit)
        assert refused.value.reason == "inbox"
    with pytest.raises(Conflict) as refused:
        await world.run(delete_list, ana, inbox_id)
    assert refused.value.reason == "inbox"


async def test_pages_continue_at_the_cursor_and_count_all_lists(world: World) -> None:
    ana = await world.user()
    made = [await world.list(ana, name=str(number)) for number in range(5)]

    first = await world.query(read_page_of_my_lists, ana, ListState.ACTIVE, None, 3)
    second = await world.query(read_page_of_my_lists, ana, ListState.ACTIVE, first.next_cursor, 3)

    assert [shape.id for shape in [*first.items, *second.items]] == made
    assert (first.total, second.total, second.next_cursor) == (5, 5, None)


async def test_the_open_count_leaves_out_completed_and_trashed_todos(world: World) -> None:
    ana = await world.user()
    list_id = await world.list(ana)
    async with world.resources.begin() as work:
        for rank, (status, deleted) in enumerate(
            [("pending", False), ("in_progress", False), ("cancelled", False), ("pending", True)]
        ):
            await work.connection.execute(
                insert(TodoRow).values(
                    id=new_id(), list_id=list_id, title="x", status=status, rank=f"V{rank}",
                    deleted_at=work.now if deleted else None,
                    created_at=work.now, updated_at=work.now,
                )
            )  # fmt: skip

    (shape,) = await world.query(read_lists_of_user, ana.user_id)

    assert shape.open_count == 2


async def test_reading_many_lists_takes_as_many_statements_as_reading_few(
    resources: Resources, world: World
) -> None:
    ana = await world.user()
    for number in range(10):
        await world.list(ana, name=str(number))

    few = await _statements_of_a_page(resources, world, ana, 10)
    for number in range(190):
        await world.list(ana, name=str(number))
    many = await _statements_of_a_page(resources, world, ana, 200)

    assert few == many <= 3


async def test_the_number_of_lists_of_a_user_is_bounded(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "MAX_LISTS_PER_USER", 2)
    ana = await world.user()
    for _ in range(2):
        await world.list(ana)

    with pytest.raises(Conflict) as refused:
        await world.list(ana)

    assert refused.value.reason == "too_many_lists"


async def _statements_of_a_page(
    resources: Resources, world: World, actor: Actor, expected: int
) -> int:
    async with recorded_statements(resources) as statements:
        page = await world.query(read_page_of_my_lists, actor, ListState.ACTIVE, None, 500)
    assert len(page.items) == expected
    return len(statements)


def names(events: object) -> list[str]:
    assert isinstance(events, list)
    return [event["event"] for event in events]


async def test_an_invitee_receives_the_new_name_of_the_list(world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await world.list(ana)
    await invite(world, ana, home, ben)
    since = (await world.query(account_snapshot, ben)).stream.seq

    await world.run(edit_list, ana, home, ListEdit(colour=Colour.RED))
    await world.run(edit_list, ana, home, ListEdit(name="Garden"))

    (event,) = await world.events(user_stream(ben.user_id), since)
    (fresh,) = (await world.query(account_snapshot, ben)).invitations
    assert event["event"] == "invitation.received"
    assert event["data"]["invitation"] == fresh.model_dump(mode="json")
    assert fresh.list_name == "Garden"
