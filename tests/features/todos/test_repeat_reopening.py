"""Reopen an occurrence of a repeating todo, with its subtasks; the last occurrence of a series."""

from typing import Any

from tests.support.features.list_builder import ListBuilder
from tests.support.features.repeat_series import (
    make_repeating_todo,
    post,
    post_refused,
    read_history,
)
from tests.support.world_builder import World


async def test_subtasks_are_reopened_and_restored_with_the_occurrence(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    home, todo = await make_repeating_todo(builder, ana)
    steps = [await builder.add_todo(ana, home, title, parent_id=todo["id"]) for title in "ab"]
    ticked = await post(builder, ana, steps[0], "complete", None)

    async def statuses() -> list[Any]:
        found = [await builder.request(ana, "GET", f"/todos/{step['id']}") for step in steps]
        return [(answer.json()["status"], answer.json()["completed_at"]) for answer in found]

    await post(builder, ana, todo, "complete", 1)
    assert await statuses() == [("pending", None), ("pending", None)]
    back = await post(builder, ana, todo, "reopen", 1)

    assert (back["due"], back["repeat"]) == (todo["due"], todo["repeat"])
    assert await statuses() == [("completed", ticked["completed_at"]), ("pending", None)]
    assert (await read_history(builder, ana, todo))["items"] == []
    assert await post(builder, ana, todo, "reopen", 1) == back
    assert (await post(builder, ana, todo, "complete", 1))["repeat"]["occurrence"] == 2


async def test_a_todo_completed_in_bulk_with_its_subtasks_advances_and_reopens_them(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    home, todo = await make_repeating_todo(builder, ana)
    steps = [await builder.add_todo(ana, home, title, parent_id=todo["id"]) for title in "ab"]
    since = (await builder.events(home))[-1]["seq"]

    ids = [steps[0]["id"], todo["id"], steps[1]["id"]]
    bulk = {"ids": ids, "changes": {"status": "completed", "priority": 3}}
    answer = (await builder.request(ana, "PATCH", "/todos/bulk", bulk)).json()["items"]

    values = [(todo["id"], todo["status"], todo["priority"], todo["version"]) for todo in answer]
    assert values == [(todo_id, "pending", 3, 2) for todo_id in ids]
    assert answer[0]["completed_at"] is None
    events = [event["data"] for event in await builder.events(home, since)]
    assert {
        data["todo"]["id"]: data["changed"] for data in events if data["todo"]["parent_id"]
    } == {step["id"]: ["priority"] for step in steps}
    await post(builder, ana, todo, "reopen", 1)
    found = [(await builder.request(ana, "GET", f"/todos/{step['id']}")).json() for step in steps]
    assert [step["status"] for step in found] == ["completed"] * 2


async def test_only_the_last_occurrence_of_the_same_series_can_be_reopened(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    _, todo = await make_repeating_todo(builder, ana)
    await post(builder, ana, todo, "complete", 1)
    await post(builder, ana, todo, "complete", 2)

    assert (await post_refused(builder, ana, todo, "reopen", 1))["code"] == "superseded"
    edit = {"repeat": {"rule": "FREQ=DAILY"}}
    await builder.request(ana, "PATCH", f"/todos/{todo['id']}", edit)
    assert (await post_refused(builder, ana, todo, "reopen", 2))["code"] == "superseded"


async def test_the_last_occurrence_completes_the_todo_and_can_be_reopened(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    _, todo = await make_repeating_todo(builder, ana, repeat={"rule": "FREQ=DAILY;COUNT=2"})

    first = await post(builder, ana, todo, "complete", 1)
    last = await post(builder, ana, todo, "complete", 2)

    assert (todo["repeat"]["left"], first["repeat"]["left"]) == (2, 1)
    assert (last["status"], last["completed_by"]) == ("completed", ana.user_id)
    assert await post(builder, ana, todo, "complete", 2) == last
    assert (await read_history(builder, ana, todo))["upcoming"] == []
    back = await post(builder, ana, todo, "reopen", 2)
    assert (back["status"], back["repeat"], back["due"]) == (
        "pending", first["repeat"], first["due"],
    )  # fmt: skip
    assert (await post(builder, ana, todo, "skip", 2))["status"] == "cancelled"


async def test_reopening_the_last_occurrence_by_status_removes_it_from_the_history(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    _, todo = await make_repeating_todo(builder, ana, repeat={"rule": "FREQ=DAILY;COUNT=1"})
    await post(builder, ana, todo, "complete", 1)

    await builder.request(ana, "PATCH", f"/todos/{todo['id']}", {"status": "pending"})

    assert (await read_history(builder, ana, todo))["items"] == []
    assert (await post(builder, ana, todo, "complete", 1))["status"] == "completed"
