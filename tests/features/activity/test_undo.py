"""Undo of one's own changes: what it writes, and the sentence where it cannot be."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from shared.actor import Actor
from shared.ids import ListId
from shared.members.commands import change_role
from shared.tables.streams import EventRow
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


class Undo:
    """Undo and read the newest entries of a list."""

    def __init__(self, builder: ListBuilder, list_id: ListId) -> None:
        self._builder = builder
        self._path = f"/lists/{list_id}/activity"
        self._list_id = list_id

    async def entries(self, actor: Actor) -> list[dict[str, Any]]:
        answer = await self._builder.request(actor, "GET", self._path)
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def newest(self, actor: Actor) -> dict[str, Any]:
        return (await self.entries(actor))[0]

    async def undo(self, actor: Actor, *seqs: int, **headers: str) -> httpx.Response:
        body = {"seqs": seqs or [(await self.newest(actor))["seq"]]}
        return await self._builder.request(actor, "POST", f"{self._path}/undo", body, **headers)

    async def todo(self, actor: Actor, todo: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = (
            await self._builder.request(actor, "GET", f"/todos/{todo['id']}")
        ).json()
        return found


@pytest.fixture
def undo(builder: ListBuilder, home: ListId) -> Undo:
    return Undo(builder, home)


async def edit(builder: ListBuilder, actor: Actor, todo: dict[str, Any], **fields: Any) -> None:
    answer = await builder.request(actor, "PATCH", f"/todos/{todo['id']}", fields)
    assert answer.status_code == 200, answer.text


async def test_an_undo_is_a_change_that_can_be_undone(
    builder: ListBuilder, undo: Undo, ana: Actor, home: ListId
) -> None:
    todo = await builder.add_todo(ana, home, "Milk")
    await edit(builder, ana, todo, title="Oat milk")
    changed = await undo.newest(ana)

    assert (await undo.undo(ana)).json() == {"undone": [changed["seq"]]}
    undone, original = (await undo.entries(ana))[:2]
    assert (await undo.todo(ana, todo))["title"] == "Milk"
    assert (undone["undoes"], original["is_undone"]) == (changed["seq"], True)
    assert (original["is_undoable"], original["refusal"]) == (False, "undone")

    await undo.undo(ana)
    assert (await undo.todo(ana, todo))["title"] == "Oat milk"


async def test_a_field_that_another_member_changed_again_is_not_touched(
    builder: ListBuilder, undo: Undo, ana: Actor, ben: Actor, home: ListId
) -> None:
    todo = await builder.add_todo(ana, home, "Milk")
    await edit(builder, ana, todo, title="Oat milk", priority=3)
    changed = await undo.newest(ana)
    await edit(builder, ben, todo, title="Soy milk")

    refused = await undo.undo(ana, changed["seq"])

    assert (refused.status_code, refused.json()["code"]) == (409, "cannot_undo")
    assert refused.json()["detail"] == "The title was changed again since, by Ben."
    entry = next(each for each in await undo.entries(ana) if each["seq"] == changed["seq"])
    assert (entry["refusal"], entry["refused_fields"]) == ("changed_since", ["title"])
    assert (await undo.todo(ana, todo))["priority"] == 3


async def test_fields_that_others_changed_stay_when_another_field_is_undone(
    builder: ListBuilder, undo: Undo, ana: Actor, ben: Actor, home: ListId
) -> None:
    todo = await builder.add_todo(ana, home, "Milk")
    await edit(builder, ana, todo, assignees=[ana.user_id])
    changed = await undo.newest(ana)
    await edit(builder, ben, todo, assignees=[ana.user_id, ben.user_id], priority=2)

    assert (await undo.undo(ana, changed["seq"])).status_code == 200

    now = await undo.todo(ana, todo)
    assert (now["assignees"], now["priority"]) == ([ben.user_id], 2)


async def test_changes_of_others_cannot_be_undone(
    builder: ListBuilder, undo: Undo, ana: Actor, ben: Actor, home: ListId
) -> None:
    await builder.add_todo(ben, home)

    refused = await undo.undo(ana)

    assert (refused.status_code, refused.json()["code"]) == (409, "cannot_undo")
    assert refused.json()["detail"] == "Only your own changes can be undone."


async def test_a_change_can_be_undone_for_seven_days(
    builder: ListBuilder, undo: Undo, ana: Actor, home: ListId
) -> None:
    todo = await builder.add_todo(ana, home)
    await edit(builder, ana, todo, priority=1)
    created, edited = [entry["seq"] for entry in (await undo.entries(ana))[1::-1]]
    async with builder.resources.begin() as work:
        for seq, age in ((created, timedelta(days=7, minutes=1)), (edited, timedelta(days=6.9))):
            await work.connection.execute(
                update(EventRow)
                .where(EventRow.stream_id == home, EventRow.seq == seq)
                .values(at=work.now - age)
            )

    too_old, in_time = await undo.undo(ana, created), await undo.undo(ana, edited)

    assert (too_old.status_code, in_time.status_code) == (409, 200)
    assert "7 days" in too_old.json()["detail"]


async def test_the_rights_of_today_count(
    builder: ListBuilder, undo: Undo, ana: Actor, ben: Actor, home: ListId
) -> None:
    await builder.add_todo(ben, home)
    created = await undo.newest(ben)
    async with builder.resources.begin() as work:
        await change_role(work, ana, home, ben.user_id, VIEWER)

    refused = await undo.undo(ben, created["seq"])

    assert refused.status_code == 403
    entry = next(each for each in await undo.entries(ben) if each["seq"] == created["seq"])
    assert (entry["is_undoable"], entry["refusal"]) == (False, "role")


async def test_a_bulk_change_is_undone_at_once_or_not_at_all(
    builder: ListBuilder, undo: Undo, ana: Actor, ben: Actor, home: ListId
) -> None:
    todos = [await builder.add_todo(ana, home, f"Number {number}") for number in range(3)]
    body = {"ids": [todo["id"] for todo in todos], "changes": {"priority": 4}}
    await builder.request(ana, "PATCH", "/todos/bulk", body)
    seqs = [entry["seq"] for entry in (await undo.entries(ana))[:3]]
    await edit(builder, ben, todos[1], priority=1)

    refused = await undo.undo(ana, *seqs)
    priorities = [(await undo.todo(ana, todo))["priority"] for todo in todos]
    await edit(builder, ben, todos[1], priority=4)
    undone = await undo.undo(ana, *seqs)

    assert (refused.status_code, priorities) == (409, [4, 1, 4])
    assert undone.json() == {"undone": seqs}
    assert [(await undo.todo(ana, todo))["priority"] for todo in todos] == [0, 0, 0]


async def test_a_deleted_todo_comes_back_with_its_subtasks_by_one_undo_of_all_entries(
    builder: ListBuilder, undo: Undo, ana: Actor, home: ListId
) -> None:
    todo = await builder.add_todo(ana, home)
    subtask = await builder.add_todo(ana, home, "Oat", parent_id=todo["id"])
    await builder.request(ana, "DELETE", f"/todos/{todo['id']}")

    undone = await undo.undo(ana, *[entry["seq"] for entry in (await undo.entries(ana))[:2]])

    assert undone.status_code == 200
    assert (await undo.todo(ana, subtask))["parent_id"] == todo["id"]


async def test_a_retry_undoes_once(
    builder: ListBuilder, undo: Undo, ana: Actor, home: ListId
) -> None:
    todo = await builder.add_todo(ana, home)
    await edit(builder, ana, todo, priority=1)
    seq = (await undo.newest(ana))["seq"]

    first = await undo.undo(ana, seq, Idempotency_Key="one")
    count = len(await builder.events(home))
    second = await undo.undo(ana, seq, Idempotency_Key="one")

    assert first.content == second.content
    assert second.headers["Idempotency-Replayed"] == "true"
    assert len(await builder.events(home)) == count


async def test_of_two_undos_at_once_one_is_refused(
    builder: ListBuilder, undo: Undo, ana: Actor, home: ListId
) -> None:
    await builder.add_todo(ana, home)
    seq = (await undo.newest(ana))["seq"]

    answers = await asyncio.gather(*(undo.undo(ana, seq) for _ in range(2)))

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert [event["event"] for event in await builder.events(home)].count("todo.deleted") == 1


async def test_of_an_undo_and_an_edit_at_once_none_is_lost(
    builder: ListBuilder, undo: Undo, ana: Actor, ben: Actor, home: ListId
) -> None:
    todo = await builder.add_todo(ana, home, "Milk")
    await edit(builder, ana, todo, title="Oat milk")
    seq = (await undo.newest(ana))["seq"]

    undone, _ = await asyncio.gather(
        undo.undo(ana, seq), edit(builder, ben, todo, title="Soy milk")
    )

    # Either the undo came first and Ben changed "Milk", or it was refused.
    assert undone.status_code in (200, 409)
    assert (await undo.todo(ana, todo))["title"] == "Soy milk"


async def test_a_moved_todo_comes_back_with_its_labels_and_place(
    builder: ListBuilder, undo: Undo, ana: Actor, home: ListId
) -> None:
    away = await builder.make_list({ana: OWNER})
    label = await builder.make_label(home, "Shop")
    todo = await builder.add_todo(ana, home, labels=[label])
    await builder.add_todo(ana, home, "Tea")
    await builder.request(ana, "POST", f"/todos/{todo['id']}/move", {"list_id": away})

    assert (await undo.undo(ana)).status_code == 200

    now = await undo.todo(ana, todo)
    assert {name: now[name] for name in ("list_id", "rank", "labels")} == {
        "list_id": home, "rank": todo["rank"], "labels": [label],
    }  # fmt: skip


async def test_a_deleted_label_comes_back_to_its_todos(
    builder: ListBuilder, undo: Undo, ana: Actor, home: ListId
) -> None:
    label = await builder.make_label(home, "Shop")
    todo = await builder.add_todo(ana, home, labels=[label])
    await builder.request(ana, "DELETE", f"/lists/{home}/labels/{label}")

    assert (await undo.undo(ana)).status_code == 200

    assert (await undo.todo(ana, todo))["labels"] == [label]


@pytest.mark.parametrize("verb", ["complete", "skip"])
async def test_an_occurrence_is_opened_and_ended_again(
    builder: ListBuilder, undo: Undo, ana: Actor, home: ListId, verb: str
) -> None:
    todo = await builder.add_todo(
        ana, home, due={"date": "2026-12-01"}, repeat={"rule": "FREQ=WEEKLY"}
    )
    await builder.request(ana, "POST", f"/todos/{todo['id']}/{verb}", {"occurrence": 1})
    after = await undo.todo(ana, todo)

    await undo.undo(ana)
    opened = await undo.todo(ana, todo)
    await undo.undo(ana)
    ended = await undo.todo(ana, todo)

    assert (opened["due"], ended["due"]) == (todo["due"], after["due"])
    assert after["due"] != todo["due"]


async def test_a_member_who_left_cannot_be_assigned_by_an_undo(
    builder: ListBuilder, undo: Undo, ana: Actor, ben: Actor, home: ListId
) -> None:
    todo = await builder.add_todo(ana, home, assignees=[ben.user_id])
    await edit(builder, ana, todo, assignees=[])
    seq = (await undo.newest(ana))["seq"]
    await builder.request(ben, "DELETE", f"/lists/{home}/members/{ben.user_id}")

    refused = await undo.undo(ana, seq)

    assert (refused.status_code, refused.json()["code"]) == (409, "cannot_undo")
    assert refused.json()["detail"] == "Only members of the list can be assigned."


async def test_an_entry_that_is_not_there_is_not_found(
    undo: Undo, ana: Actor, home: ListId
) -> None:
    assert (await undo.undo(ana, 999)).status_code == 404
