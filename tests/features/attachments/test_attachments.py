"""Attachments over HTTP: who attaches and reads files, what is refused, and how they are served."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select

from shared.actor import Actor
from shared.tables.details.attachments import AttachmentRow
from tests.support.attachments import TEXT, attach, upload
from tests.support.features.list_builder import EDITOR, OWNER, ListBuilder
from tests.support.world_builder import World


async def _home(builder: ListBuilder, world: World) -> tuple[Actor, Actor, Any]:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: EDITOR})
    return ana, ben, await builder.add_todo(ana, home)


async def test_an_attached_file_is_listed_counted_and_downloaded(
    builder: ListBuilder, world: World
) -> None:
    ana, ben, todo = await _home(builder, world)

    shape = await attach(builder, ana, todo["id"], TEXT, "Größe & co.txt")

    assert (shape["name"], shape["media_type"], shape["size_bytes"]) == (
        "Größe & co.txt",
        "text/plain",
        len(TEXT),
    )
    assert shape["uploader"]["name"] == "Ana"
    event = (await builder.events(todo["list_id"]))[-1]
    assert (event["event"], event["data"]) == (
        "attachment.added",
        {"attachment": shape, "attachment_count": 1},
    )
    listed = (await builder.request(ben, "GET", f"/todos/{todo['id']}/attachments")).json()
    assert listed == {"items": [shape]}
    after = (await builder.request(ben, "GET", f"/todos/{todo['id']}")).json()
    assert after == todo | {"attachment_count": 1}
    answer = await builder.request(ben, "GET", f"/attachments/{shape['id']}/content")
    assert (answer.status_code, answer.content) == (200, TEXT)
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"Gr__e & co.txt\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%26%20co.txt"
    )


async def test_a_download_runs_nothing_and_is_private(builder: ListBuilder, world: World) -> None:
    ana, _, todo = await _home(builder, world)
    page = b"<!doctype html><script>alert(1)</script>"
    shape = await attach(builder, ana, todo["id"], page, "photo.png")

    answer = await builder.request(ana, "GET", f"/attachments/{shape['id']}/content")

    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["content-disposition"].startswith("attachment;")


async def test_parts_and_known_files_are_answered_shortly(
    builder: ListBuilder, world: World
) -> None:
    ana, _, todo = await _home(builder, world)
    content = bytes(range(256)) * 4096
    shape = await attach(builder, ana, todo["id"], content, "data.bin")
    path = f"/attachments/{shape['id']}/content"
    etag = f'"{shape["id"]}"'

    part = await builder.request(ana, "GET", path, Range="bytes=10-19")
    rest = await builder.request(ana, "GET", path, Range="bytes=1048570-")
    last = await builder.request(ana, "GET", path, Range="bytes=-6")
    beyond = await builder.request(ana, "GET", path, Range=f"bytes={len(content)}-")
    known = await builder.request(ana, "GET", path, If_None_Match=etag)
    other = await builder.request(ana, "GET", path, Range="bytes=0-0", If_Range='"another"')
    head = await builder.request(ana, "HEAD", path)

    assert (part.status_code, part.content) == (206, content[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(content)}"
    assert (rest.content, last.content) == (content[1048570:], content[-6:])
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(content)}")
    assert (known.status_code, known.content, known.headers["etag"]) == (304, b"", etag)
    assert (other.status_code, len(other.content)) == (200, len(content))
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(content)))


async def test_a_removed_file_is_gone_and_can_be_restored(
    builder: ListBuilder, world: World
) -> None:
    ana, ben, todo = await _home(builder, world)
    shape = await attach(builder, ana, todo["id"])
    path = f"/attachments/{shape['id']}"

    removed = await builder.request(ben, "DELETE", path)
    again = await builder.request(ben, "DELETE", path)
    missing = await builder.request(ana, "GET", f"{path}/content")
    restored = await builder.request(ana, "POST", f"{path}/restore")
    twice = await builder.request(ana, "POST", f"{path}/restore")

    assert (removed.status_code, again.status_code, missing.status_code) == (204, 404, 404)
    assert restored.json() == shape == twice.json()
    events = [
        (event["event"], event["data"]["attachment_count"])
        for event in await builder.events(todo["list_id"])
        if event["event"].startswith("attachment.")
    ]
    assert events == [
        ("attachment.added", 1), ("attachment.removed", 0), ("attachment.added", 1),
    ]  # fmt: skip
    answer = await builder.request(ben, "GET", f"{path}/content")
    assert answer.content == TEXT


async def test_files_stay_with_a_todo_in_the_trash(builder: ListBuilder, world: World) -> None:
    ana, _, todo = await _home(builder, world)
    shape = await attach(builder, ana, todo["id"])
    path = f"/attachments/{shape['id']}/content"

    await builder.request(ana, "DELETE", f"/todos/{todo['id']}")
    in_trash = await builder.request(ana, "GET", path)
    refused = await upload(builder, ana, todo["id"])
    await builder.request(ana, "POST", f"/todos/{todo['id']}/restore")
    after = await builder.request(ana, "GET", path)

    assert (in_trash.status_code, after.status_code) == (404, 200)
    assert (refused.status_code, refused.json()["code"]) == (409, "in_trash")


async def test_a_file_moves_with_its_todo(builder: ListBuilder, world: World) -> None:
    ana, ben, todo = await _home(builder, world)
    other = await builder.make_list({ana: OWNER})
    shape = await attach(builder, ben, todo["id"])

    moved = await builder.request(ana, "POST", f"/todos/{todo['id']}/move", {"list_id": other})

    assert moved.json()["attachment_count"] == 1
    path = f"/attachments/{shape['id']}/content"
    assert (await builder.request(ana, "GET", path)).status_code == 200
    assert (await builder.request(ben, "GET", path)).status_code == 404


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\virus.exe", "virus.exe"),
        ("a\u202egnp.exe", None),
        ("/", None),
        ("x" * 201, None),
    ],
)
async def test_a_name_is_never_a_path(
    builder: ListBuilder, world: World, name: str, kept: str | None
) -> None:
    ana, _, todo = await _home(builder, world)

    answer = await upload(builder, ana, todo["id"], TEXT, name)

    if kept is None:
        assert answer.status_code == 422, answer.text
    else:
        assert answer.json()["name"] == kept


async def test_an_empty_file_is_refused(builder: ListBuilder, world: World) -> None:
    ana, _, todo = await _home(builder, world)

    answer = await upload(builder, ana, todo["id"], b"")

    assert (answer.status_code, answer.json()["code"]) == (422, "empty_file")
    assert await _rows(builder) == {"removed": 1}


async def test_a_retry_makes_one_attachment(builder: ListBuilder, world: World) -> None:
    ana, _, todo = await _home(builder, world)

    first = await upload(builder, ana, todo["id"], Idempotency_Key="one")
    later = await upload(builder, ana, todo["id"], Idempotency_Key="one")
    other = await upload(builder, ana, todo["id"], b"Other", Idempotency_Key="one")

    assert (first.status_code, later.json()) == (201, first.json())
    assert later.headers["idempotency-replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert await _rows(builder) == {"ready": 1}


async def test_two_uploads_with_one_key_at_once_make_one_attachment(
    builder: ListBuilder, world: World
) -> None:
    ana, _, todo = await _home(builder, world)

    both = await asyncio.gather(
        *(upload(builder, ana, todo["id"], Idempotency_Key="one") for _ in range(2))
    )

    assert [answer.status_code for answer in both] == [201, 201]
    assert both[0].json() == both[1].json()
    assert (await _rows(builder))["ready"] == 1
    after = (await builder.request(ana, "GET", f"/todos/{todo['id']}")).json()
    assert after["attachment_count"] == 1


async def test_a_body_that_is_not_as_long_as_it_says_is_refused(
    builder: ListBuilder, world: World
) -> None:
    ana, _, todo = await _home(builder, world)

    longer = await upload(builder, ana, todo["id"], b"12345", Content_Length="3")
    shorter = await upload(builder, ana, todo["id"], b"12345", Content_Length="9")

    assert (longer.status_code, longer.json()["code"]) == (413, "too_large")
    assert (shorter.status_code, shorter.json()["code"]) == (422, "incomplete_file")
    assert await _rows(builder) == {"removed": 2}


async def _rows(builder: ListBuilder) -> dict[str, int]:
    async with builder.resources.single_read() as read:
        rows = await read.connection.execute(
            select(AttachmentRow.state, func.count().label("count")).group_by(AttachmentRow.state)
        )
        return {row.state: row.count for row in rows}
