"""Attachments for tests: over HTTP, or by the commands alone."""

import io
from collections.abc import AsyncIterator
from typing import Any

import httpx
from PIL import Image

from shared.actor import Actor
from shared.attachments.commands import Content, begin_upload, finish_upload, record_thumbnail
from shared.attachments.rules import content_key, thumbnail_key
from shared.ids import AttachmentId, TodoId
from shared.resources import Resources
from tests.support.features.list_builder import API, ListBuilder

FILE = {"Content-Type": "application/octet-stream"}
# For the permission matrix: the body of each route.
ATTACHMENT_ROUTES: dict[str, Any] = {
    "GET /todos/{todo_id}/attachments": None,
    "POST /todos/{todo_id}/attachments": None,
    "GET /attachments/{attachment_id}/content": None,
    "GET /attachments/{attachment_id}/thumbnail": None,
    "DELETE /attachments/{attachment_id}": None,
    "POST /attachments/{attachment_id}/restore": None,
}
TEXT = b"Milk, two litres\n"


async def upload(
    builder: ListBuilder,
    actor: Actor,
    todo_id: str,
    content: Any = TEXT,
    name: str = "list.txt",
    **headers: str,
) -> httpx.Response:
    """Attach a file as a client does. Header names are written with _ for -."""
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return await builder.client.post(
        f"{API}/todos/{todo_id}/attachments",
        params={"name": name},
        content=content,
        headers=builder.headers(actor) | FILE | named,
    )


async def attach(builder: ListBuilder, actor: Actor, todo_id: str, *args: Any) -> Any:
    """Attach a file; return its shape."""
    answer = await upload(builder, actor, todo_id, *args)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def insert_attachment(
    resources: Resources,
    actor: Actor,
    todo_id: str,
    *,
    name: str = "list.txt",
    content: bytes = TEXT,
    with_thumbnail: bool = False,
) -> AttachmentId:
    """Attach a file by the commands; return its id."""
    settings = resources.settings.attachments
    async with resources.begin() as work:
        attachment_id = await begin_upload(
            work, actor, TodoId(todo_id), name, len(content), settings
        )
    await resources.objects.write(content_key(attachment_id), chunks(content))
    if with_thumbnail:
        await resources.objects.write(thumbnail_key(attachment_id), chunks(TEXT))
    async with resources.begin() as work:
        await finish_upload(work, actor, attachment_id, Content(len(content), "text/plain"))
    if with_thumbnail:
        async with resources.begin() as work:
            await record_thumbnail(work, attachment_id, 64, 64)
    return attachment_id


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def picture(
    width: int, height: int, file_format: str = "PNG", mode: str = "RGB", **options: Any
) -> bytes:
    """Return a picture of one colour as a file."""
    buffer = io.BytesIO()
    Image.new(mode, (width, height), "teal" if mode != "1" else 0).save(
        buffer, file_format, **options
    )
    return buffer.getvalue()
