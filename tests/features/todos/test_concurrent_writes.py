"""A write that waited for another one sees what that one committed: role, todo, list."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from shared.actor import Actor
from shared.ids import ListId, TodoId
from shared.members.commands import change_role, remove_member
from shared.todos.commands.edit import edit_todo
from shared.todos.commands.move import move_todo
from shared.todos.rules.todo_edits import Placement, TodoEdit
from shared.unit_of_work import UnitOfWork
from tests.support.database import wait_for_blocked_transaction
from tests.support.features.list_builder import EDITOR, OWNER, VIEWER, ListBuilder
from tests.support.world_builder import World

Write = Callable[[UnitOfWork], Awaitable[Any]]


@pytest.fixture
async def ana(world: World) -> Actor:
    return await world.user("Ana")


@pytest.fixture
async def ben(world: World) -> Actor:
    return await world.user("Ben")


@pytest.fixture
async def home(builder: ListBuilder, ana: Actor, ben: Actor) -> ListId:
    return await builder.make_list({ana: OWNER, ben: EDITOR})


async def answer_after(
    builder: ListBuilder, first: Write, request: Awaitable[httpx.Response]
) -> httpx.Response:
    """Return the answer to a request that waited until the write was committed."""
    async with builder.resources.begin() as work:
        await first(work)
        waiting = asyncio.ensure_future(request)
        await wait_for_blocked_transaction(builder.resources)
        assert not waiting.done()
    return await waiting


@pytest.mark.parametrize("method", ["PATCH", "POST"])
async def test_a_write_that_waited_has_the_new_role(
    builder: ListBuilder, ana: Actor, ben: Actor, home: ListId, method: str
) -> None:
    todo = await builder.add_todo(ana, home)
    path = "/todos" if method == "POST" else f"/todos/{todo['id']}"
    body = {"title": "Tea"} | ({"list_id": home} if method == "POST" else {})

    answer = await answer_after(
        builder,
        lambda work: change_role(work, ana, home, ben.user_id, VIEWER),
        builder.request(ben, method, path, body),
    )

    assert answer.status_code == 403


@pytest.mark.parametrize("method", ["PATCH", "POST"])
async def test_a_write_of_a_member_who_is_removed_meanwhile_is_not_found(
    builder: ListBuilder, ana: Actor, ben: Actor, home: ListId, method: str
) -> None:
    todo = await builder.add_todo(ana, home)
    path = "/todos" if method == "POST" else f"/todos/{todo['id']}"
    body = {"title": "Tea"} | ({"list_id": home} if method == "POST" else {})

    answer = await answer_after(
        builder,
        lambda work: remove_member(work, ana, home, ben.user_id),
        builder.request(ben, method, path, body),
    )

    assert answer.status_code == 404


async def test_an_edit_that_waited_begins_with_the_new_version(
    builder: ListBuilder, ana: Actor, ben: Actor, home: ListId
) -> None:
    todo = await builder.add_todo(ana, home)
    edit = TodoEdit(title="Tea", assignees=(ana.user_id,))

    answer = await answer_after(
        builder,
        lambda work: edit_todo(work, ana, TodoId(todo["id"]), edit),
        builder.request(ben, "PATCH", f"/todos/{todo['id']}", {"description": "Green"}),
    )

    edited = answer.json()
    assert (edited["title"], edited["description"], edited["version"]) == ("Tea", "Green", 3)
    assert edited["assignees"] == [ana.user_id]
    assert [event["seq"] for event in await builder.events(home, since=1)] == [2, 3]


async def test_an_edit_with_an_outdated_version_is_refused_after_the_wait(
    builder: ListBuilder, ana: Actor, ben: Actor, home: ListId
) -> None:
    todo = await builder.add_todo(ana, home)

    answer = await answer_after(
        builder,
        lambda work: edit_todo(work, ana, TodoId(todo["id"]), TodoEdit(title="Tea")),
        builder.request(
            ben, "PATCH", f"/todos/{todo['id']}", {"description": "Green"}, If_Match='"1"'
        ),
    )

    assert answer.status_code == 412


async def test_an_edit_of_a_todo_that_moves_meanwhile_follows_it(
    builder: ListBuilder, ana: Actor, home: ListId
) -> None:
    work_list = await builder.make_list({ana: OWNER})
    todo = await builder.add_todo(ana, home)

    answer = await answer_after(
        builder,
        lambda work: move_todo(work, ana, TodoId(todo["id"]), work_list, Placement()),
        builder.request(ana, "PATCH", f"/todos/{todo['id']}", {"title": "Tea"}),
    )

    assert (answer.status_code, answer.json()["list_id"]) == (200, work_list)
    assert (await builder.events(work_list))[-1]["event"] == "todo.edited"
