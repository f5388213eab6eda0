"""Undo of changes of a list, of its labels, and of moves between lists."""

from dataclasses import fields
from typing import Any

import pytest

from shared.activity.sentences import FIELDS
from shared.actor import Actor
from shared.lists.commands import ListEdit
from tests.support.features.list_builder import EDITOR, OWNER, ListBuilder, recorded_statements
from tests.support.world_builder import World

# A new value of each field of a list, by its name in requests.
NEW_VALUES: dict[str, Any] = {"name": "Work", "colour": "red", "icon": "🏠", "archived": True}


async def undo_newest(builder: ListBuilder, actor: Actor, list_id: str) -> int:
    path = f"/lists/{list_id}/activity"
    newest = (await builder.request(actor, "GET", path)).json()["items"][0]
    answer = await builder.request(actor, "POST", f"{path}/undo", {"seqs": [newest["seq"]]})
    return answer.status_code


@pytest.mark.parametrize("field", [each.name for each in fields(ListEdit)])
async def test_each_field_of_a_list_can_be_taken_back(
    builder: ListBuilder, world: World, field: str
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    shown = {"archived": "archived_at"}.get(field, field)
    before = (await builder.request(ana, "GET", f"/lists/{home}")).json()[shown]
    edited = await builder.request(ana, "PATCH", f"/lists/{home}", {field: NEW_VALUES[field]})

    assert await undo_newest(builder, ana, home) == 200

    after = (await builder.request(ana, "GET", f"/lists/{home}")).json()[shown]
    assert after == before != edited.json()[shown]
    assert shown in FIELDS


async def test_what_others_changed_in_the_other_list_stays_when_a_move_is_undone(
    builder: ListBuilder, world: World
) -> None:
    ana, ben, cem, dan = [await world.user(name) for name in ("Ana", "Ben", "Cem", "Dan")]
    home = await builder.make_list({ana: OWNER, ben: EDITOR, cem: EDITOR, dan: EDITOR})
    away = await builder.make_list({ana: OWNER, ben: EDITOR, cem: EDITOR})
    shop, late, only_here = [
        await builder.make_label(home, name) for name in ("Shop", "Late", "Here")
    ]
    away_shop, away_late = [await builder.make_label(away, name) for name in ("Shop", "Late")]
    people = [ben.user_id, dan.user_id]
    todo = await builder.add_todo(ana, home, labels=[shop, only_here], assignees=people)
    path = f"/todos/{todo['id']}"
    moved = await builder.request(ana, "POST", f"{path}/move", {"list_id": away})
    assert moved.json()["labels"] == [away_shop]
    changes = {"labels": [away_late], "assignees": [cem.user_id]}
    await builder.request(cem, "PATCH", path, changes)
    [moved_out] = [
        event["seq"] for event in await builder.events(home) if event["event"] == "todo.moved_out"
    ]

    undone = await builder.request(
        ana, "POST", f"/lists/{home}/activity/undo", {"seqs": [moved_out]}
    )

    assert undone.status_code == 200, undone.text
    now = (await builder.request(ana, "GET", path)).json()
    assert now["labels"] == sorted([late, only_here])
    assert now["assignees"] == sorted([cem.user_id, dan.user_id])


@pytest.mark.parametrize("renamed", ["home", "away"])
async def test_a_label_that_was_renamed_since_comes_back_with_a_move(
    builder: ListBuilder, world: World, renamed: str
) -> None:
    ana = await world.user("Ana")
    home, away = [await builder.make_list({ana: OWNER}) for _ in range(2)]
    shop, late = [await builder.make_label(home, name) for name in ("Shop", "Late")]
    away_shop = await builder.make_label(away, "Shop")
    todo = await builder.add_todo(ana, home, labels=[shop, late])
    path = f"/todos/{todo['id']}"
    await builder.request(ana, "POST", f"{path}/move", {"list_id": away})
    of_list, label = (home, shop) if renamed == "home" else (away, away_shop)
    await builder.request(ana, "PATCH", f"/lists/{of_list}/labels/{label}", {"name": "Market"})
    [moved_out] = [
        event["seq"] for event in await builder.events(home) if event["event"] == "todo.moved_out"
    ]

    undone = await builder.request(
        ana, "POST", f"/lists/{home}/activity/undo", {"seqs": [moved_out]}
    )

    assert undone.status_code == 200, undone.text
    now = (await builder.request(ana, "GET", path)).json()
    assert now["labels"] == sorted([shop, late])


async def test_a_new_label_stays_while_a_todo_has_it(builder: ListBuilder, world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: EDITOR})
    path = f"/lists/{home}"
    label = (await builder.request(ana, "POST", f"{path}/labels", {"name": "Shop"})).json()["id"]
    activity = (await builder.request(ana, "GET", f"{path}/activity")).json()["items"]
    created = activity[0]["seq"]
    todo = await builder.add_todo(ben, home, labels=[label])

    used = await builder.request(ana, "POST", f"{path}/activity/undo", {"seqs": [created]})
    entry = (await builder.request(ana, "GET", f"{path}/activity")).json()["items"][1]
    await builder.request(ben, "PATCH", f"/todos/{todo['id']}", {"labels": []})
    unused = await builder.request(ana, "POST", f"{path}/activity/undo", {"seqs": [created]})

    assert (used.status_code, used.json()["code"]) == (409, "cannot_undo")
    assert used.json()["detail"] == "It was changed again since."
    assert (entry["seq"], entry["refusal"]) == (created, "changed_since")
    assert unused.status_code == 200


async def test_the_last_editor_is_looked_for_in_the_newest_events_alone(
    builder: ListBuilder, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.activity.undo.SEARCHED_EVENTS", 2)
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: EDITOR})
    todo = await builder.add_todo(ana, home)
    for actor, title in ((ana, "Oats"), (ben, "Rye")):
        await builder.request(actor, "PATCH", f"/todos/{todo['id']}", {"title": title})
    changed = [event["seq"] for event in await builder.events(home)][-2]
    details = []
    for _ in range(3):
        answer = await builder.request(
            ana, "POST", f"/lists/{home}/activity/undo", {"seqs": [changed]}
        )
        details.append(answer.json()["detail"])
        await builder.add_todo(ana, home)

    by_ben = "The title was changed again since, by Ben."
    assert details == [by_ben, by_ben, "The title was changed again since."]


async def test_the_log_is_not_read_for_a_stranger(builder: ListBuilder, world: World) -> None:
    ana, eve = await world.user("Ana"), await world.user("Eve")
    home = await builder.make_list({ana: OWNER})
    await builder.add_todo(ana, home)

    async with recorded_statements(builder.served) as statements:
        answer = await builder.request(eve, "POST", f"/lists/{home}/activity/undo", {"seqs": [1]})

    assert answer.status_code == 404
    assert not [statement for statement in statements if "FROM events" in statement]


async def test_a_restored_comment_has_its_text_alone(builder: ListBuilder, world: World) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    todo = await builder.add_todo(ana, home)
    comments = f"/todos/{todo['id']}/comments"
    comment = (await builder.request(ana, "POST", comments, {"body": "One"})).json()
    path = f"{comments}/{comment['id']}"
    await builder.request(ana, "PATCH", path, {"body": "Two"})
    await builder.request(ana, "PUT", f"{path}/reactions/👍")
    await builder.request(ana, "DELETE", path)

    assert await undo_newest(builder, ana, home) == 200

    [restored] = (await builder.request(ana, "GET", comments)).json()["items"]
    versions = (await builder.request(ana, "GET", f"{path}/versions")).json()["items"]
    assert (restored["body"], restored["reactions"], versions) == ("Two", [], [])
