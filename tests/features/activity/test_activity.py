"""The activity of a list and of a todo: who did what, when, from what to what."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from shared.actor import Actor, Grant
from shared.contract.api_tokens import TokenScope
from shared.ids import ListId
from shared.tables.streams import EventRow, StreamRow
from shared.todos.commands.create import create_todo
from shared.todos.rules.todo_edits import NewTodo, Placement
from tests.support.features.list_builder import EDITOR, OWNER, VIEWER, ListBuilder
from tests.support.world_builder import World


@pytest.fixture
async def ana(world: World) -> Actor:
    return await world.user("Ana")


@pytest.fixture
async def ben(world: World) -> Actor:
    return await world.user("Ben")


@pytest.fixture
async def home(builder: ListBuilder, ana: Actor, ben: Actor) -> ListId:
    return await builder.make_list({ana: OWNER, ben: EDITOR})


async def page_of(builder: ListBuilder, actor: Actor, list_id: ListId, query: str = "") -> Any:
    answer = await builder.request(actor, "GET", f"/lists/{list_id}/activity{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_an_edit_says_who_changed_what_from_what_to_what(
    builder: ListBuilder, ana: Actor, ben: Actor, home: ListId
) -> None:
    todo = await builder.add_todo(ana, home, "Milk")
    body = {"title": "Oat milk", "assignees": [ben.user_id]}
    await builder.request(ben, "PATCH", f"/todos/{todo['id']}", body)

    page = await page_of(builder, ana, home)

    newest, oldest = page["items"][:2]
    assert (newest["actor"]["name"], newest["event"]) == ("Ben", "todo.edited")
    assert newest["title"] == "Oat milk"
    assert {
        change["field"]: (change["before"], change["after"]) for change in newest["changes"]
    } == {
        "title": ("Milk", "Oat milk"),
        "assignees": ([], [ben.user_id]),
    }
    assert {"id": ben.user_id, "name": "Ben"} in page["people"]
    assert (newest["is_undoable"], newest["refusal"]) == (False, "not_own")
    assert (oldest["event"], oldest["is_undoable"]) == ("todo.created", True)


async def test_the_activity_of_a_todo_has_its_own_entries_alone(
    builder: ListBuilder, ana: Actor, home: ListId
) -> None:
    todo = await builder.add_todo(ana, home)
    subtask = await builder.add_todo(ana, home, "Oat", parent_id=todo["id"])
    await builder.add_todo(ana, home, "Tea")
    await builder.request(ana, "POST", f"/todos/{todo['id']}/comments", {"body": "Now"})
    await builder.request(ana, "DELETE", f"/todos/{subtask['id']}")

    page = await page_of(builder, ana, home, f"?todo_id={todo['id']}")

    assert [each["event"] for each in page["items"]] == ["comment.added", "todo.created"]
    assert page["items"][0]["title"] == "Milk"
    assert page["next_before"] is None


async def test_pages_follow_each_other_without_gaps(
    builder: ListBuilder, ana: Actor, home: ListId
) -> None:
    for number in range(5):
        await builder.add_todo(ana, home, f"Number {number}")

    first = await page_of(builder, ana, home, "?limit=3")
    second = await page_of(builder, ana, home, f"?limit=3&before={first['next_before']}")

    titles = [each["title"] for each in first["items"] + second["items"] if each["title"]]
    assert titles == [f"Number {number}" for number in reversed(range(5))]
    assert second["next_before"] is None


async def test_a_search_for_an_old_todo_goes_on_from_window_to_window(
    builder: ListBuilder, ana: Actor, home: ListId
) -> None:
    todo = await builder.add_todo(ana, home)
    head = len(await builder.events(home))
    async with builder.resources.begin() as work:
        # As if 19,000 events of other todos had come after it.
        moved = update(EventRow).where(EventRow.stream_id == home)
        await work.connection.execute(moved.where(EventRow.seq == head).values(seq=head + 1_000))
        await work.connection.execute(
            update(StreamRow).where(StreamRow.id == home).values(head=head + 20_000)
        )

    first = await page_of(builder, ana, home, f"?todo_id={todo['id']}")
    second = await page_of(
        builder, ana, home, f"?todo_id={todo['id']}&before={first['next_before']}"
    )

    assert first["items"] == []
    assert [each["event"] for each in second["items"]] == ["todo.created"]


async def test_what_a_move_tells_depends_on_who_may_read_the_other_list(
    builder: ListBuilder, ana: Actor, ben: Actor, home: ListId
) -> None:
    private = await builder.make_list({ana: OWNER}, name="Private")
    todo = await builder.add_todo(ana, home)
    await builder.request(ana, "POST", f"/todos/{todo['id']}/move", {"list_id": private})
    await builder.request(ana, "PATCH", f"/todos/{todo['id']}", {"title": "Secret"})

    of_ana = (await page_of(builder, ana, home))["items"][0]
    of_ben = await page_of(builder, ben, home)

    assert (of_ana["event"], of_ana["title"], of_ana["list_id"]) == (
        "todo.moved_out", "Milk", private,
    )  # fmt: skip
    assert of_ben["items"][0]["list_id"] is None
    assert "Secret" not in str(of_ben)


async def test_an_api_token_is_named_as_the_way_a_change_came(
    builder: ListBuilder, ana: Actor, home: ListId, world: World
) -> None:
    program = replace(ana, grant=Grant(TokenScope.WRITE))
    async with world.resources.begin() as work:
        await create_todo(work, program, home, NewTodo(title="Milk"), Placement())

    assert (await page_of(builder, ana, home))["items"][0]["via"] == "api_token"


async def test_strangers_find_no_activity_and_viewers_do(
    builder: ListBuilder, ana: Actor, ben: Actor, world: World
) -> None:
    cleo = await world.user("Cleo")
    list_id = await builder.make_list({ana: OWNER, ben: VIEWER})

    of_stranger = await builder.request(cleo, "GET", f"/lists/{list_id}/activity")
    undo = await builder.request(cleo, "POST", f"/lists/{list_id}/activity/undo", {"seqs": [1]})

    assert (of_stranger.status_code, undo.status_code) == (404, 404)
    await page_of(builder, ben, list_id)


async def test_long_texts_are_cut(builder: ListBuilder, ana: Actor, home: ListId) -> None:
    todo = await builder.add_todo(ana, home, description="a" * 5_000)
    await builder.request(ana, "PATCH", f"/todos/{todo['id']}", {"description": "b" * 5_000})

    entry = (await page_of(builder, ana, home))["items"][0]

    assert len(entry["changes"][0]["before"]) == len(entry["changes"][0]["after"]) == 300
