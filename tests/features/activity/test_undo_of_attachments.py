"""Undo of attached and removed files, under the rights and rules of the moment."""

from datetime import timedelta
from typing import Any

from sqlalchemy import update

from shared.actor import Actor
from shared.tables.details.attachments import AttachmentRow
from tests.support.attachments import TEXT, attach
from tests.support.features.list_builder import EDITOR, OWNER, ListBuilder
from tests.support.world_builder import World


async def _newest(builder: ListBuilder, actor: Actor, todo: Any) -> Any:
    answer = await builder.request(actor, "GET", f"/lists/{todo['list_id']}/activity")
    return answer.json()["items"][0]


async def _undo(builder: ListBuilder, actor: Actor, todo: Any, seq: int) -> Any:
    path = f"/lists/{todo['list_id']}/activity/undo"
    return await builder.request(actor, "POST", path, {"seqs": [seq]})


async def _files(builder: ListBuilder, actor: Actor, todo: Any) -> list[str]:
    answer = await builder.request(actor, "GET", f"/todos/{todo['id']}/attachments")
    return [item["id"] for item in answer.json()["items"]]


async def test_a_removed_file_is_restored_and_an_attached_one_removed(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    todo = await builder.add_todo(ana, await builder.make_list({ana: OWNER, ben: EDITOR}))
    file = await attach(builder, ana, todo["id"], TEXT, "a.txt")
    added = await _newest(builder, ana, todo)
    await builder.request(ben, "DELETE", f"/attachments/{file['id']}")
    removed = await _newest(builder, ben, todo)

    assert added["subject"] == removed["subject"] == {"id": file["id"], "name": "a.txt"}
    # Of others' changes none, and what is as before counts as undone.
    assert (await _newest(builder, ana, todo))["refusal"] == "not_own"
    assert (removed["event"], removed["is_undoable"]) == ("attachment.removed", True)
    assert (await _undo(builder, ben, todo, removed["seq"])).status_code == 200
    assert await _files(builder, ana, todo) == [file["id"]]
    assert (await _undo(builder, ana, todo, added["seq"])).status_code == 200
    assert await _files(builder, ana, todo) == []


async def test_a_removed_file_cannot_come_back_once_its_time_is_over_or_its_todo_in_the_trash(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    todo = await builder.add_todo(ana, await builder.make_list({ana: OWNER}))
    file = await attach(builder, ana, todo["id"], TEXT, "a.txt")
    await builder.request(ana, "DELETE", f"/attachments/{file['id']}")
    seq = (await _newest(builder, ana, todo))["seq"]

    await builder.request(ana, "DELETE", f"/todos/{todo['id']}")
    refused = await _undo(builder, ana, todo, seq)
    assert (refused.status_code, refused.json()["detail"]) == (
        409,
        "The todo is in the trash. Restore it first.",
    )
    await builder.request(ana, "POST", f"/todos/{todo['id']}/restore")
    async with builder.resources.begin() as work:
        await work.connection.execute(
            update(AttachmentRow).values(delete_at=work.now - timedelta(seconds=1))
        )
    refused = await _undo(builder, ana, todo, seq)
    assert (refused.status_code, refused.json()["detail"]) == (
        409,
        "It was deleted for good since.",
    )
