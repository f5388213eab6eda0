"""Uploads over real connections: one that breaks off, one that stalls, and a process that dies."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select, update

from api.routes.todos import attachments
from shared import failpoints
from shared.resources import Resources
from shared.tables.details.attachments import AttachmentRow
from tests.support.api_server import InProcessNode
from tests.support.attachments import upload
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.features.list_builder import OWNER, ListBuilder
from tests.support.world_builder import World
from worker.cleanup import attachments as cleanup


async def _begin(builder: ListBuilder, server: InProcessNode, actor: Any, todo_id: str) -> Any:
    """Send the head of an upload of 100,000 bytes and the first 20,000 of them."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    head = (
        f"POST /api/v1/todos/{todo_id}/attachments?name=a.bin HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: {builder.headers(actor)['Authorization']}\r\n"
        "Content-Type: application/octet-stream\r\nContent-Length: 100000\r\n\r\n"
    )
    writer.write(head.encode() + b"a" * 20_000)
    await writer.drain()
    return reader, writer


async def _states(resources: Resources) -> list[str]:
    async with resources.single_read() as read:
        return list(await read.connection.scalars(select(AttachmentRow.state)))


async def _wait_for(resources: Resources, states: list[str]) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while await _states(resources) != states:
            await asyncio.sleep(0.02)


async def test_an_upload_that_breaks_off_leaves_nothing_and_can_be_repeated(
    builder: ListBuilder, world: World, server: InProcessNode
) -> None:
    ana = await world.user("Ana")
    todo = await builder.add_todo(ana, await builder.make_list({ana: OWNER}))
    _, writer = await _begin(builder, server, ana, todo["id"])
    await _wait_for(builder.resources, ["uploading"])

    writer.close()

    await _wait_for(builder.resources, ["removed"])
    folder = builder.settings.attachments.folder
    assert not [path for path in folder.rglob("*") if path.is_file()]
    assert (await upload(builder, ana, todo["id"])).status_code == 201


async def test_an_upload_that_stalls_is_ended(
    builder: ListBuilder, world: World, server: InProcessNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attachments, "IDLE_SECONDS", 0.2)
    ana = await world.user("Ana")
    todo = await builder.add_todo(ana, await builder.make_list({ana: OWNER}))

    reader, writer = await _begin(builder, server, ana, todo["id"])

    assert (await reader.readline()).startswith(b"HTTP/1.1 408 ")
    writer.close()
    assert await _states(builder.resources) == ["removed"]


async def test_a_process_that_dies_after_the_bytes_leaves_a_row_for_the_clean_up(
    builder: ListBuilder, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await world.user("Ana")
    todo = await builder.add_todo(ana, await builder.make_list({ana: OWNER}))

    async def dead(*arguments: object) -> None:
        """Do nothing: a process that was killed discards nothing."""

    monkeypatch.setattr(attachments, "_discard", dead)
    failpoints.arm("attachment_stored:raise")
    try:
        broken = await upload(builder, ana, todo["id"], Idempotency_Key="one")
    finally:
        failpoints.arm("")
    again = await upload(builder, ana, todo["id"], Idempotency_Key="one")

    assert (broken.status_code, again.status_code) == (500, 201)
    listed = (await builder.request(ana, "GET", f"/todos/{todo['id']}/attachments")).json()
    assert [item["id"] for item in listed["items"]] == [again.json()["id"]]
    async with builder.resources.begin() as work:
        await work.connection.execute(
            update(AttachmentRow)
            .where(AttachmentRow.state == "uploading")
            .values(delete_at=work.now - cleanup.MARGIN)
        )
    await cleanup.delete_batch(builder.resources)
    folder = builder.settings.attachments.folder
    stored = [path.name for path in folder.rglob("*") if path.is_file()]
    assert stored == [again.json()["id"]]
