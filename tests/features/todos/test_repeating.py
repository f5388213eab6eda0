"""Repeating todos: complete, skip and move an occurrence; concurrently; with reminders."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from shared.contract.shapes import TodoStatus
from shared.ids import TodoId, user_stream
from shared.tables.todos import OccurrenceRow
from shared.todos.commands.edit import edit_todo
from shared.todos.persistence import ended_occurrences
from shared.todos.rules.todo_edits import TodoEdit
from tests.support.features.list_builder import EDITOR, OWNER, VIEWER, ListBuilder
from tests.support.features.repeat_series import (
    BIWEEKLY,
    TUESDAY,
    due_day,
    make_repeating_todo,
    post,
    post_refused,
    read_history,
)
from tests.support.world_builder import World


async def test_completing_an_occurrence_makes_the_next_one_due(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    home, todo = await make_repeating_todo(builder, ana, status="in_progress")

    done = await post(builder, ana, todo, "complete", 1)

    assert (done["id"], done["status"], done["completed_at"]) == (todo["id"], "pending", None)
    assert done["due"] == TUESDAY | {"at": "2030-06-18T09:00:00"}
    assert done["due_at"] == "2030-06-18T07:00:00.000000Z"
    assert done["repeat"] == {
        "rule": BIWEEKLY["rule"], "counts_from": "schedule", "anchor": TUESDAY, "occurrence": 2,
        "day": "2030-06-18", "left": None,
    }  # fmt: skip
    assert done["version"] == todo["version"] + 1
    *_, event = await builder.events(home)
    assert (event["event"], event["data"]["todo"]) == ("todo.edited", done)
    assert set(event["data"]["changed"]) == {"due", "repeat", "status"}
    assert event["data"]["ended"] == {"occurrence": 1, "outcome": "completed"}
    history = await read_history(builder, ana, todo)
    assert [(ended["occurrence"], ended["outcome"], ended["by"]) for ended in history["items"]] == [
        (1, "completed", ana.user_id)
    ]
    assert history["items"][0]["due"] == TUESDAY
    assert [due_day(date) for date in history["upcoming"]] == [
        "2030-07-02", "2030-07-16", "2030-07-30", "2030-08-13", "2030-08-27",
    ]  # fmt: skip


async def test_a_series_begins_on_the_first_day_of_its_rule(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    saturday = {"date": "2030-06-01"}

    _, todo = await make_repeating_todo(builder, ana, due=saturday)

    assert todo["due"] == todo["repeat"]["anchor"] == {"date": "2030-06-04"}


async def test_a_double_click_advances_once(builder: ListBuilder, world: World) -> None:
    ana = await world.user("Ana")
    home, todo = await make_repeating_todo(builder, ana)

    once = await post(builder, ana, todo, "complete", 1)
    twice = await post(builder, ana, todo, "complete", 1)

    assert once == twice
    assert len(await builder.events(home)) == 2


async def test_users_who_complete_the_same_occurrence_at_once_complete_it_once(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: EDITOR})
    todo = await builder.add_todo(ana, home, due=TUESDAY, repeat=BIWEEKLY)

    answers = await asyncio.gather(
        *(post(builder, actor, todo, "complete", 1) for actor in (ana, ben) * 5)
    )

    assert {answer["repeat"]["occurrence"] for answer in answers} == {2}
    assert len(await builder.events(home)) == 2
    assert (await read_history(builder, ana, todo))["total"] == 1


async def test_a_skipped_or_future_occurrence_cannot_be_completed(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    _, todo = await make_repeating_todo(builder, ana)
    skipped = await post(builder, ana, todo, "skip", 1)

    for occurrence in (1, 3):
        refused = await post_refused(builder, ana, todo, "complete", occurrence)
        assert (refused["code"], refused["current"]) == ("superseded", skipped)
    assert await post(builder, ana, todo, "skip", 1) == skipped
    await post(builder, ana, todo, "complete", 2)
    assert (await post_refused(builder, ana, todo, "skip", 2))["code"] == "superseded"
    history = await read_history(builder, ana, todo)
    assert [ended["outcome"] for ended in history["items"]] == ["completed", "skipped"]


async def test_a_client_that_only_sets_the_status_completes_the_present_occurrence(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    home, todo = await make_repeating_todo(builder, ana)
    other = await builder.add_todo(ana, home, "Else")

    edit = {"status": "completed", "title": "Watered"}
    edited = await builder.request(ana, "PATCH", f"/todos/{todo['id']}", edit)
    bulk = {"ids": [todo["id"], other["id"]], "changes": {"status": "completed"}}
    both = (await builder.request(ana, "PATCH", "/todos/bulk", bulk)).json()["items"]

    assert (edited.json()["title"], edited.json()["repeat"]["occurrence"]) == ("Watered", 2)
    assert [todo["status"] for todo in both] == ["pending", "completed"]
    assert both[0]["repeat"]["occurrence"] == 3


async def test_an_edit_with_an_old_base_seq_completes_no_second_occurrence(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: EDITOR})
    todo = await builder.add_todo(ana, home, due=TUESDAY, repeat=BIWEEKLY)
    path = f"/todos/{todo['id']}"
    edit = {"status": "completed", "base_seq": (await builder.events(home))[-1]["seq"]}
    await builder.request(ben, "PATCH", path, {"title": "Water"})

    first = await builder.request(ana, "PATCH", path, edit)
    second = await builder.request(ben, "PATCH", path, edit | {"title": "Mine"})

    assert (first.status_code, first.json()["repeat"]["occurrence"]) == (200, 2)
    assert (second.status_code, second.json()["code"]) == (409, "superseded")
    assert second.json()["current"]["title"] == "Water"
    assert (await read_history(builder, ana, todo))["total"] == 1


async def test_moving_an_occurrence_leaves_the_series_and_a_new_rule_begins_there(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    _, todo = await make_repeating_todo(builder, ana)
    path = f"/todos/{todo['id']}"
    thursday = TUESDAY | {"at": "2030-06-06T18:00:00"}

    moved = (await builder.request(ana, "PATCH", path, {"due": thursday})).json()
    after = await post(builder, ana, todo, "complete", 1)
    edit = {"due": {"date": "2030-06-20"}, "repeat": {"rule": "FREQ=WEEKLY"}}
    series = (await builder.request(ana, "PATCH", path, edit)).json()

    assert (moved["due"], moved["repeat"]) == (thursday, todo["repeat"])
    assert after["due"] == TUESDAY | {"at": "2030-06-18T09:00:00"}
    assert (series["due"], series["repeat"]["anchor"]) == (edit["due"], edit["due"])
    # An occurrence number is never used twice.
    assert series["repeat"]["occurrence"] == 2


async def test_the_same_rule_again_changes_nothing_and_an_anchor_restores_a_series(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    monthly = {"rule": "FREQ=MONTHLY"}
    home, todo = await make_repeating_todo(builder, ana, due={"date": "2030-01-31"}, repeat=monthly)
    path = f"/todos/{todo['id']}"
    february = await post(builder, ana, todo, "complete", 1)

    again = (await builder.request(ana, "PATCH", path, {"repeat": monthly})).json()
    await builder.request(ana, "PATCH", path, {"repeat": None})
    before = {"repeat": monthly | {"anchor": {"date": "2030-01-31"}}}
    back = (await builder.request(ana, "PATCH", path, before)).json()

    assert (february["due"], again["version"]) == ({"date": "2030-02-28"}, february["version"])
    assert (back["due"], back["repeat"]["anchor"]) == (
        {"date": "2030-02-28"},
        {"date": "2030-01-31"},
    )
    assert back["repeat"]["occurrence"] == 3
    assert (await post(builder, ana, todo, "complete", 3))["due"] == {"date": "2030-03-31"}
    assert len(await builder.events(home)) == 5


async def test_a_due_date_is_not_cleared_while_it_repeats(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    _, todo = await make_repeating_todo(builder, ana)
    path = f"/todos/{todo['id']}"

    refused = await builder.request(ana, "PATCH", path, {"due": None})
    cleared = await builder.request(ana, "PATCH", path, {"due": None, "repeat": None})

    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "repeats")
    assert (cleared.json()["due"], cleared.json()["repeat"]) == (None, None)
    assert (
        await builder.request(ana, "POST", f"{path}/skip", {"occurrence": 1})
    ).status_code == 409


async def test_a_reminder_follows_each_occurrence(builder: ListBuilder, world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: VIEWER})
    todo = await builder.add_todo(ana, home, due=TUESDAY, repeat=BIWEEKLY)
    path = f"/todos/{todo['id']}/reminders"
    await builder.request(ben, "POST", path, {"minutes_before": 60})

    async def fires_at() -> str:
        return str((await builder.request(ben, "GET", path)).json()["items"][0]["fires_at"][:16])

    seen = [await fires_at()]
    await post(builder, ana, todo, "complete", 1)
    seen.append(await fires_at())
    await builder.request(
        ana, "PATCH", f"/todos/{todo['id']}", {"due": TUESDAY | {"at": "2030-06-20T12:00:00"}}
    )
    seen.append(await fires_at())
    await post(builder, ana, todo, "skip", 2)
    seen.append(await fires_at())
    await post(builder, ana, todo, "reopen", 2)
    seen.append(await fires_at())

    assert seen == [
        "2030-06-04T06:00", "2030-06-18T06:00", "2030-06-20T09:00", "2030-07-02T06:00",
        "2030-06-20T09:00",
    ]  # fmt: skip
    events = [event["event"] for event in await builder.events(user_stream(ben.user_id))]
    assert events == ["reminder.set"] * 5


async def test_the_history_is_paginated_and_keeps_the_newest_occurrences(
    builder: ListBuilder, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ended_occurrences, "MAX_OCCURRENCES_PER_TODO", 3)
    ana = await world.user("Ana")
    _, todo = await make_repeating_todo(builder, ana, repeat={"rule": "FREQ=DAILY"})
    completed = TodoEdit(status=TodoStatus.COMPLETED)
    for _ in range(5):
        await world.run(edit_todo, ana, TodoId(todo["id"]), completed)

    path = f"/todos/{todo['id']}/occurrences?limit=2"
    first = (await builder.request(ana, "GET", path)).json()
    second = (await builder.request(ana, "GET", f"{path}&cursor={first['next_cursor']}")).json()

    assert [ended["occurrence"] for ended in first["items"] + second["items"]] == [5, 4, 3]
    assert (first["total"], second["next_cursor"]) == (3, None)


async def test_a_series_moves_and_is_purged_with_its_todo(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    _, todo = await make_repeating_todo(builder, ana)
    await post(builder, ana, todo, "complete", 1)
    path = f"/todos/{todo['id']}"
    elsewhere = await builder.make_list({ana: OWNER})

    moved = (await builder.request(ana, "POST", f"{path}/move", {"list_id": elsewhere})).json()
    assert (moved["repeat"]["occurrence"], (await read_history(builder, ana, todo))["total"]) == (
        2,
        1,
    )
    await builder.request(ana, "DELETE", path)
    assert (await post_refused(builder, ana, todo, "complete", 2))["code"] == "in_trash"
    await builder.request(ana, "DELETE", f"{path}?forever=true")

    async with builder.resources.begin_read() as read:
        left = select(func.count()).select_from(OccurrenceRow)
        assert await read.connection.scalar(left) == 0


def test_the_date_called_tuesday_is_a_tuesday() -> None:
    assert datetime(2030, 6, 4, tzinfo=UTC).weekday() == 1
