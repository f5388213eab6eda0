"""The trash: delete, restore and purge todos."""

from datetime import timedelta
from typing import Any

from shared.todos.commands.trash import purge_expired_todos
from tests.support.features.list_builder import EDITOR, OWNER, VIEWER, ListBuilder
from tests.support.world_builder import World


async def _titles(builder: ListBuilder, actor: Any, query: str) -> list[str]:
    listed = await builder.request(actor, "GET", f"/todos?{query}")
    return [todo["title"] for todo in listed.json()["items"]]


async def test_subtasks_are_deleted_and_restored_with_their_parent(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: EDITOR})
    parent = await builder.add_todo(ana, home, "Parent")
    child = await builder.add_todo(ana, home, "Child", parent_id=parent["id"])
    earlier = await builder.add_todo(ana, home, "Earlier", parent_id=parent["id"])
    await builder.request(ben, "DELETE", f"/todos/{earlier['id']}")

    deleted = await builder.request(ben, "DELETE", f"/todos/{parent['id']}")
    gone = await _titles(builder, ana, f"list_id={home}")
    trash = await _titles(builder, ben, f"list_id={home}&trash=true")
    restored = await builder.request(ben, "POST", f"/todos/{parent['id']}/restore")

    assert (deleted.status_code, deleted.content) == (204, b"")
    assert (gone, trash) == ([], ["Parent", "Child", "Earlier"])
    assert restored.json()["deleted_at"] is None
    assert await _titles(builder, ana, f"list_id={home}") == ["Parent", "Child"]
    events = [
        (event["event"], event["data"].get("todo_id") or event["data"]["todo"]["id"])
        for event in (await builder.events(home))[-4:]
    ]
    assert events == [
        ("todo.deleted", child["id"]),
        ("todo.deleted", parent["id"]),
        ("todo.restored", parent["id"]),
        ("todo.restored", child["id"]),
    ]


async def test_a_subtask_whose_parent_is_in_the_trash_is_restored_at_the_top_level(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    parent = await builder.add_todo(ana, home, "Parent")
    child = await builder.add_todo(ana, home, "Child", parent_id=parent["id"])
    await builder.request(ana, "DELETE", f"/todos/{parent['id']}")

    restored = await builder.request(ana, "POST", f"/todos/{child['id']}/restore")
    await builder.request(ana, "POST", f"/todos/{parent['id']}/restore")

    assert restored.json()["parent_id"] is None
    assert await _titles(builder, ana, f"parent_id={parent['id']}") == []
    assert await _titles(builder, ana, f"list_id={home}") == ["Parent", "Child"]


async def test_a_subtask_is_not_restored_under_a_parent_that_became_a_subtask(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    top, parent = (
        await builder.add_todo(ana, home, "Top"),
        await builder.add_todo(ana, home, "Parent"),
    )
    child = await builder.add_todo(ana, home, "Child", parent_id=parent["id"])
    await builder.request(ana, "DELETE", f"/todos/{child['id']}")
    await builder.request(ana, "PATCH", f"/todos/{parent['id']}", {"parent_id": top["id"]})

    restored = await builder.request(ana, "POST", f"/todos/{child['id']}/restore")

    assert restored.json()["parent_id"] is None


async def test_a_deletion_wins_over_an_edit_and_repeating_it_changes_nothing(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    todo = await builder.add_todo(ana, home)
    path = f"/todos/{todo['id']}"
    await builder.request(ana, "DELETE", path)

    answers = [
        await builder.request(ana, "PATCH", path, {"title": "Tea"}),
        await builder.request(ana, "POST", f"{path}/complete"),
        await builder.request(ana, "POST", f"{path}/move", {}),
        await builder.request(ana, "POST", f"{path}/comments", {"body": "Hello"}),
        await builder.request(ana, "POST", f"{path}/reminders", {"minutes_before": 5}),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (409, "in_trash")
    ] * 5
    assert (await builder.request(ana, "DELETE", path)).status_code == 204
    assert (await builder.request(ana, "GET", f"{path}?deleted=true")).json()[
        "deleted_at"
    ] is not None
    assert [event["event"] for event in await builder.events(home)] == [
        "todo.created",
        "todo.deleted",
    ]


async def test_only_an_owner_purges_and_only_from_the_trash(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: EDITOR})
    todo = await builder.add_todo(ana, home)
    child = await builder.add_todo(ana, home, "Child", parent_id=todo["id"])
    path = f"/todos/{todo['id']}?forever=true"
    due = {"due": {"at": "2999-01-01T09:00:00", "zone": "UTC"}}
    await builder.request(ana, "PATCH", f"/todos/{todo['id']}", due)
    await builder.request(ben, "POST", f"/todos/{todo['id']}/reminders", {"minutes_before": 5})
    await builder.request(ben, "POST", f"/todos/{todo['id']}/comments", {"body": "Hello"})

    too_early = await builder.request(ana, "DELETE", path)
    await builder.request(ana, "DELETE", f"/todos/{todo['id']}")
    by_editor = await builder.request(ben, "DELETE", path)
    by_owner = await builder.request(ana, "DELETE", path)

    assert (too_early.status_code, by_editor.status_code) == (409, 403)
    assert by_owner.status_code == 204
    for gone in (todo, child):
        assert (await builder.request(ana, "GET", f"/todos/{gone['id']}")).status_code == 404
    assert [event["data"].get("todo_id") for event in (await builder.events(home))[-2:]] == [
        child["id"],
        todo["id"],
    ]
    mine = await builder.events(f"user:{ben.user_id}")
    assert [event["event"] for event in mine] == ["reminder.set", "reminder.removed"]


async def test_the_trash_is_visible_to_members_only(builder: ListBuilder, world: World) -> None:
    ana, dan, eve = [await world.user(name) for name in ("Ana", "Dan", "Eve")]
    home = await builder.make_list({ana: OWNER, dan: VIEWER})
    todo = await builder.add_todo(ana, home)
    await builder.request(ana, "DELETE", f"/todos/{todo['id']}")

    assert await _titles(builder, dan, "trash=true") == ["Milk"]
    assert await _titles(builder, eve, "trash=true") == []
    assert (await builder.request(dan, "POST", f"/todos/{todo['id']}/restore")).status_code == 403


async def test_the_cleanup_purges_the_oldest_todos_first_in_bounded_batches(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    now = builder.resources.clock.now()
    await builder.insert_todos(home, 3, deleted_at=now - timedelta(days=31))
    await builder.insert_todos(home, 1, deleted_at=now, rank="X", title="Recent")

    found = []
    for _ in range(3):
        async with builder.resources.begin() as work:
            found.append(await purge_expired_todos(work, home, now - timedelta(days=30), 2))

    assert found == [2, 1, 0]
    assert await _titles(builder, ana, "trash=true") == ["Recent"]
    assert [event["event"] for event in await builder.events(home)] == ["todo.purged"] * 3


async def test_a_purge_that_expects_another_version_is_refused(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    path = f"/todos/{(await builder.add_todo(ana, home))['id']}"
    await builder.request(ana, "DELETE", path)

    stale = await builder.request(ana, "DELETE", f"{path}?forever=true", If_Match='"1"')
    current = await builder.request(ana, "DELETE", f"{path}?forever=true", If_Match='"2"')

    assert (stale.status_code, current.status_code) == (412, 204)
