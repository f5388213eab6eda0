"""Edit todos over HTTP: fields, versions, overwritten values and refusals."""

from typing import Any

import pytest

from tests.support.features.list_builder import EDITOR, FULL_TODO, OWNER, ListBuilder
from tests.support.world_builder import World


async def test_an_edit_leaves_absent_fields_and_clears_null_fields(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    todo = await builder.add_todo(
        ana, home, **{name: FULL_TODO[name] for name in FULL_TODO if name != "title"}
    )

    answer = await builder.request(
        ana, "PATCH", f"/todos/{todo['id']}", {"due": None, "description": None, "priority": 1}
    )

    edited = answer.json()
    expected = todo | {"due": None, "due_at": None, "description": "", "priority": 1, "version": 2}
    ignored = {"updated_at": edited["updated_at"], "overwrote": None}
    assert edited == expected | ignored
    event = (await builder.events(home))[-1]
    assert (event["event"], sorted(event["data"]["changed"])) == (
        "todo.edited",
        ["description", "due", "priority"],
    )
    assert event["data"]["todo"] | {"overwrote": None} == edited


async def test_each_field_can_be_edited_and_reads_back_the_same(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    label = await builder.make_label(home, "Shop")
    parent = await builder.add_todo(ana, home, "Groceries")
    todo = await builder.add_todo(ana, home)
    changes: list[dict[str, Any]] = [
        {"title": "Oat milk"},
        {"description": "two"},
        {"status": "cancelled"},
        {"priority": 5},
        {"due": {"date": "2026-12-24"}},
        {"due": {"at": "2026-12-24T09:00:00", "zone": None}},
        {"metadata": {"a": [1]}},
        {"assignees": [ana.user_id]},
        {"labels": [label]},
        {"parent_id": parent["id"]},
        {"parent_id": None},
    ]

    for version, change in enumerate(changes, 2):
        answer = await builder.request(ana, "PATCH", f"/todos/{todo['id']}", change)
        read = await builder.request(ana, "GET", f"/todos/{todo['id']}")
        assert answer.status_code == 200, answer.text
        assert read.json().items() >= change.items()
        assert read.json()["version"] == version
        assert answer.json() == read.json() | {"overwrote": None}


async def test_an_edit_that_changes_nothing_records_nothing(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    todo = await builder.add_todo(ana, home, description="two")

    answer = await builder.request(
        ana,
        "PATCH",
        f"/todos/{todo['id']}",
        {"title": "Milk", "description": "two", "assignees": []},
    )

    assert (answer.status_code, answer.json()["version"]) == (200, 1)
    assert "Livelist-Seq" not in answer.headers
    assert len(await builder.events(home)) == 1


async def test_a_stale_version_is_refused_with_the_current_todo(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    todo = await builder.add_todo(ana, home)
    path = f"/todos/{todo['id']}"
    edited = (
        await builder.request(ana, "PATCH", path, {"title": "Oat milk"}, If_Match='"1"')
    ).json()

    refused = await builder.request(ana, "PATCH", path, {"title": "Soy milk"}, If_Match='"1"')

    assert refused.status_code == 412
    assert refused.json()["current"] | {"overwrote": None} == edited
    assert (await builder.request(ana, "DELETE", path, If_Match='"1"')).status_code == 412
    assert (
        await builder.request(ana, "POST", f"{path}/move", {}, If_Match='"1"')
    ).status_code == 412


async def test_values_overwritten_unseen_are_returned_and_broadcast(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: EDITOR})
    todo = await builder.add_todo(ana, home)
    other = await builder.add_todo(ana, home, "Bread")
    path = f"/todos/{todo['id']}"
    await builder.request(ben, "PATCH", path, {"title": "Ben's", "priority": 2})
    await builder.request(ben, "PATCH", f"/todos/{other['id']}", {"description": "elsewhere"})

    answer = await builder.request(
        ana, "PATCH", path, {"title": "Ana's", "description": "mine", "base_seq": 2}
    )

    assert answer.json()["title"] == "Ana's"
    assert answer.json()["overwrote"] == {"title": "Ben's"}
    event = (await builder.events(home))[-1]
    assert event["data"]["overwrote"] == {"title": "Ben's"}


@pytest.mark.parametrize(("base_seq", "overwrote"), [(4, None), (3, None), (9, {"title": "Ben's"})])
async def test_a_value_that_the_editor_had_seen_does_not_count_as_overwritten(
    builder: ListBuilder, world: World, base_seq: int, overwrote: dict[str, str] | None
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: EDITOR})
    todo = await builder.add_todo(ana, home)
    path = f"/todos/{todo['id']}"
    await builder.request(ben, "PATCH", path, {"title": "Ben's again"})
    await builder.request(ben, "PATCH", path, {"title": "Ben's"})
    await builder.request(ben, "PATCH", path, {"description": "more"})

    answer = await builder.request(ana, "PATCH", path, {"title": "Ana's", "base_seq": base_seq})

    assert answer.json()["overwrote"] == overwrote


@pytest.mark.parametrize(
    "change",
    [{"title": ""}, {"title": "  "}, {"title": None}, {"title": "a\nb"}, {"title": "x" * 501},
     {"status": None}, {"status": "done"}, {"priority": 6}, {"priority": -1}, {"priority": "3"},
     {"priority": True}, {"due": {}}, {"due": {"date": "2026-12-24", "at": "2026-12-24T09:00"}},
     {"due": {"at": "2026-12-24T09:00", "zone": "Mars/Olympus"}}, {"due": {"date": "0206-12-24"}},
     {"due": "2026-12-24"}, {"metadata": []}, {"metadata": {"a": "x" * 16_400}},
     {"assignees": ["nobody"]}, {"labels": "none"}, {"unknown": 1}, {"version": 7},
     {"base_seq": -1}, {"description": "x" * 50_001}, {"description": "\x01"}],
)  # fmt: skip
async def test_an_invalid_todo_is_refused(
    builder: ListBuilder, world: World, change: dict[str, Any]
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    todo = await builder.add_todo(ana, home)

    answer = await builder.request(ana, "PATCH", f"/todos/{todo['id']}", change)

    assert answer.status_code == 422
    assert answer.json()["errors"]
    assert len(await builder.events(home)) == 1
