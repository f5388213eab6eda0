"""Limits of attachments, on a site that takes files of 1 MB, and 1 MB of each account."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import update

from api.http.write_quota import WriteQuota
from shared import failpoints
from shared.actor import Actor
from shared.attachments.commands import begin_upload
from shared.attachments.queries import read_used_bytes
from shared.ids import TodoId
from shared.settings import Settings
from shared.tables.details.attachments import AttachmentRow
from tests.support.attachments import TEXT, attach, chunks, picture, upload
from tests.support.features.list_builder import EDITOR, OWNER, ListBuilder
from tests.support.settings import plain_settings
from tests.support.world_builder import World
from worker.cleanup import attachments as cleanup

QUOTA = 1024 * 1024


@pytest.fixture
def settings(tmp_path: Path, database_url: str, redis_url: str) -> Settings:
    return plain_settings(
        tmp_path,
        database_url=database_url,
        redis_url=redis_url,
        attachment_max_mebibytes=1,
        attachments_mebibytes_per_account=1,
        attachment_types="image/*,text/plain,application/octet-stream",
    )


async def _home(builder: ListBuilder, world: World) -> tuple[Actor, Actor, Any]:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: EDITOR})
    return ana, ben, await builder.add_todo(ana, home)


async def test_a_file_above_the_limit_is_refused_before_and_while_it_arrives(
    builder: ListBuilder, world: World
) -> None:
    ana, _, todo = await _home(builder, world)

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"a" * 100_000

    announced = await upload(builder, ana, todo["id"], b"a" * (QUOTA + 1))
    chunked = await upload(builder, ana, todo["id"], endless())

    for answer in (announced, chunked):
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
        assert answer.json()["detail"] == "A file may have at most 1 MB here."


async def test_the_quota_holds_for_two_uploads_at_once(builder: ListBuilder, world: World) -> None:
    ana, _, todo = await _home(builder, world)
    other = await builder.add_todo(ana, await builder.make_list({ana: OWNER}))
    half = b"a" * (QUOTA // 2 + 1)

    both = await asyncio.gather(*(upload(builder, ana, each["id"], half) for each in (todo, other)))

    assert sorted(answer.status_code for answer in both) == [201, 409]
    refused = next(answer.json() for answer in both if answer.status_code == 409)
    assert refused["code"] == "attachment_quota"
    assert refused["detail"] == (
        "This file has 513 kB, and 512 kB of the 1 MB of an account are free. "
        "Removed files count until they are deleted, about two hours later."
    )


async def test_a_removed_file_counts_until_its_bytes_are_deleted(
    builder: ListBuilder, world: World
) -> None:
    ana, _, todo = await _home(builder, world)
    most = b"a" * (QUOTA - 10)
    first = await attach(builder, ana, todo["id"], most)
    path = f"/attachments/{first['id']}"

    await builder.request(ana, "DELETE", path)
    refused = await upload(builder, ana, todo["id"], most)
    restored = await builder.request(ana, "POST", f"{path}/restore")
    await builder.request(ana, "DELETE", path)
    async with builder.resources.begin() as work:
        over = work.now - cleanup.MARGIN
        await work.connection.execute(update(AttachmentRow).values(delete_at=over))
    await cleanup.delete_batch(builder.resources)
    after = await upload(builder, ana, todo["id"], most)

    assert (refused.status_code, refused.json()["code"]) == (409, "attachment_quota")
    assert (restored.status_code, after.status_code) == (200, 201)


async def test_an_upload_that_fails_counts_with_what_was_stored(
    builder: ListBuilder, world: World
) -> None:
    ana, _, todo = await _home(builder, world)

    async def used() -> int:
        async with builder.resources.single_read() as read:
            return await read_used_bytes(read, ana.user_id)

    shorter = await upload(builder, ana, todo["id"], b"a", Content_Length=str(QUOTA))
    used_by_nothing = await used()
    failpoints.arm("attachment_stored:raise")
    try:
        stored = await upload(builder, ana, todo["id"], TEXT)
    finally:
        failpoints.arm("")

    assert (shorter.status_code, shorter.json()["code"]) == (422, "incomplete_file")
    assert used_by_nothing == 0
    assert not list(builder.settings.attachments.folder.rglob("*#*"))
    assert (stored.status_code, await used()) == (500, len(TEXT))


async def test_an_upload_of_unknown_length_counts_as_the_largest_in_the_quota_of_writes(
    builder: ListBuilder, world: World, app: FastAPI, tmp_path: Path
) -> None:
    ana, _, todo = await _home(builder, world)
    app.state.write_quota = WriteQuota(
        plain_settings(tmp_path, written_mebibytes_per_hour=1, rate_limits=True)
    )

    both = [await upload(builder, ana, todo["id"], chunks(TEXT)) for _ in range(2)]

    assert [answer.status_code for answer in both] == [201, 429]
    assert both[1].json()["code"] == "quota_exceeded"


async def test_a_type_that_the_site_does_not_take_is_refused(
    builder: ListBuilder, world: World
) -> None:
    ana, _, todo = await _home(builder, world)

    pdf = await upload(builder, ana, todo["id"], b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "a.png")
    png = await upload(builder, ana, todo["id"], picture(4, 4), "a.pdf")

    assert (pdf.status_code, pdf.json()["code"]) == (422, "attachment_type")
    assert (png.status_code, png.json()["media_type"]) == (201, "image/png")


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_an_upload_waits_for_another_that_may_take_the_last_room(
    builder: ListBuilder, world: World
) -> None:
    ana, _, todo = await _home(builder, world)
    other = await builder.add_todo(ana, await builder.make_list({ana: OWNER}))
    half = b"a" * (QUOTA // 2 + 1)

    async with builder.resources.begin() as work:
        settings = builder.settings.attachments
        await begin_upload(work, ana, TodoId(todo["id"]), "a.bin", len(half), settings)
        waiting = asyncio.create_task(upload(builder, ana, other["id"], half))
        # Longer than an upload takes that waits for nothing.
        await asyncio.wait([waiting], timeout=0.5)
    answer = await waiting

    assert (answer.status_code, answer.json()["code"]) == (409, "attachment_quota")
