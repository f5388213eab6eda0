"""Files that are attached to todos: upload, list, download, remove, restore."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.requests import ClientDisconnect

from api.http import rate_limits
from api.http.command_runner import Runner
from api.http.dependencies import CurrentActor, OpenResources, PathId
from api.http.problems import problem_responses
from api.http.rate_limits import Limits
from api.routes.todos.attachment_response import content_response, thumbnail_response
from shared import failpoints
from shared.attachments import commands, queries, rules
from shared.attachments.commands import Content
from shared.contract.details.attachments import AttachmentShape
from shared.contract.shapes import Items
from shared.errors import Invalid, NotFound, TooSlow
from shared.ids import AttachmentId, TodoId
from shared.resources import Resources
from shared.text import Line200
from shared.unit_of_work import UnitOfWork

router = APIRouter(tags=["attachments"], responses=problem_responses(401, 404))

# A client that sends nothing for a while is gone.
IDLE_SECONDS = 30.0
_BYTES = {"schema": {"type": "string", "format": "binary"}, "example": "- [ ] Book the train\n"}
_PICTURE_BYTES = {"schema": {"type": "string", "format": "binary"}, "example": "RIFF…WEBP"}
_FILE_BODY = {
    "requestBody": {
        "required": True,
        "description": "The bytes of the file.",
        "content": {"application/octet-stream": _BYTES},
    }
}
_FILE: dict[int | str, dict[str, object]] = {
    200: {"content": {"application/octet-stream": _BYTES}},
    206: {"description": "The part that `Range` names."},
    304: {"description": "`If-None-Match` has the ETag of the file. No body."},
}
_PICTURE: dict[int | str, dict[str, object]] = {
    200: {"content": {"image/webp": _PICTURE_BYTES}},
    304: {"description": "`If-None-Match` has the ETag of the thumbnail. No body."},
}


@router.get("/todos/{todo_id}/attachments")
async def list_attachments(
    resources: OpenResources, actor: CurrentActor, todo_id: PathId
) -> Items[AttachmentShape]:
    """List the files of a todo, oldest first."""
    async with resources.single_read() as read:
        return Items(items=tuple(await queries.read_attachments(read, actor, TodoId(todo_id))))


@router.post(
    "/todos/{todo_id}/attachments",
    status_code=201,
    response_model=AttachmentShape,
    responses=problem_responses(403, 408, 409, 413, 415, 422, 429, 503),
    openapi_extra=_FILE_BODY,
)
async def add_attachment(
    request: Request,
    runner: Runner,
    resources: OpenResources,
    limits: Limits,
    todo_id: PathId,
    name: Annotated[Line200, Query(description="The name of the file; of a path its last part.")],
) -> Response:
    """Attach a file. Its type is found in its content.

    An upload that broke off is sent again, with its Idempotency-Key, and makes one attachment.
    """
    if (saved := await runner.find_saved()) is not None:
        return saved
    plain_name = rules.file_name(name)
    if not plain_name:
        raise Invalid.field("name", "invalid", "must be the name of a file")
    await limits.take(rate_limits.ATTACHMENT_UPLOAD, account=runner.actor.user_id)
    settings = resources.settings.attachments
    announced = _announced_bytes(request)
    # A body of unknown length counts as the largest: nothing is known of it before it is stored.
    runner.take_quota(
        settings.max_bytes if announced is None else min(announced, settings.max_bytes)
    )
    async with resources.begin() as work:
        attachment_id = await commands.begin_upload(
            work, runner.actor, TodoId(todo_id), plain_name, announced, settings
        )
    stored_bytes = 0
    try:
        content = await _store(request, resources, attachment_id, plain_name, announced)
        stored_bytes = content.size_bytes
        await failpoints.reach("attachment_stored")

        async def finish(work: UnitOfWork) -> AttachmentShape:
            return await commands.finish_upload(work, runner.actor, attachment_id, content)

        response = await runner.run(finish, status=201)
    except BaseException as error:
        await _discard(resources, attachment_id, stored_bytes)
        if isinstance(error, ClientDisconnect):
            # Nobody reads this.
            return Response(status_code=400)
        raise
    if "Idempotency-Replayed" in response.headers:
        # The same file arrived twice at the same time: the other one is attached.
        await _discard(resources, attachment_id, stored_bytes)
    return response


def _announced_bytes(request: Request) -> int | None:
    text = request.headers.get("Content-Length", "")
    return int(text[:20]) if text.isascii() and text.isdigit() else None


async def _store(
    request: Request,
    resources: Resources,
    attachment_id: AttachmentId,
    name: str,
    announced: int | None,
) -> Content:
    """Write the body to the storage while it arrives, and return what it is.

    Raise TooLarge, TooSlow, Invalid for a wrong type or an empty body, or Unavailable.
    """
    settings = resources.settings.attachments
    body = _Body(request.stream(), announced, settings.max_bytes)
    try:
        async with asyncio.timeout(rules.UPLOAD_TIME.total_seconds()):
            # What is refused by its type is not stored at all.
            await body.read_head()
            if not body.head:
                raise Invalid("The file is empty.", code="empty_file")
            media_type = rules.media_type_of(bytes(body.head), name)
            commands.require_type(media_type, settings)
            await resources.objects.write(rules.content_key(attachment_id), body.chunks())
    except TimeoutError:
        raise TooSlow("The file did not arrive in time.") from None
    return Content(body.size, media_type)


class _Body:
    """The body of an upload: its first bytes, and then all of it."""

    def __init__(self, stream: AsyncIterator[bytes], announced: int | None, max_bytes: int) -> None:
        self._stream, self._announced = stream, announced
        self._max_bytes = max_bytes if announced is None else announced
        self.head = bytearray()
        self.size = 0

    async def read_head(self) -> None:
        while len(self.head) < rules.HEAD_BYTES and (chunk := await self._read()) is not None:
            self.head += chunk

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the bytes. Raise Invalid at the end if some are missing, so that nothing is stored."""
        yield bytes(self.head)
        while (chunk := await self._read()) is not None:
            if chunk:
                yield chunk
        if self._announced is not None and self.size != self._announced:
            raise Invalid("The file is shorter than Content-Length says.", code="incomplete_file")

    async def _read(self) -> bytes | None:
        """Return the next bytes; None at the end. Raise TimeoutError or TooLarge."""
        async with asyncio.timeout(IDLE_SECONDS):
            chunk = await anext(self._stream, None)
        self.size += len(chunk or b"")
        if self.size > self._max_bytes:
            raise commands.too_large(self._max_bytes)
        return chunk


async def _discard(resources: Resources, attachment_id: AttachmentId, stored_bytes: int) -> None:
    async with resources.begin() as work:
        await commands.discard_upload(work, attachment_id, stored_bytes)


@router.get(
    "/attachments/{attachment_id}/content",
    response_class=Response,
    responses=_FILE | problem_responses(416, 429, 503),
)
async def download_attachment(
    request: Request,
    resources: OpenResources,
    actor: CurrentActor,
    limits: Limits,
    attachment_id: PathId,
) -> Response:
    """Download a file, or the part of it that `Range` names. Browsers save it and never show it."""
    await limits.take(rate_limits.ATTACHMENT_DOWNLOAD, account=actor.user_id)
    async with resources.single_read() as read:
        found = await queries.read_attachment(read, actor, AttachmentId(attachment_id))
    return content_response(request, resources.objects, rules.content_key(found.id), found)


@router.get(
    "/attachments/{attachment_id}/thumbnail",
    response_class=Response,
    responses=_PICTURE | problem_responses(429, 503),
)
async def download_thumbnail(
    resources: OpenResources, actor: CurrentActor, limits: Limits, attachment_id: PathId
) -> Response:
    """Download the thumbnail of a picture, as WebP of at most 320 pixels. 404 while there is none."""
    await limits.take(rate_limits.ATTACHMENT_DOWNLOAD, account=actor.user_id)
    async with resources.single_read() as read:
        found = await queries.read_attachment(read, actor, AttachmentId(attachment_id))
    if not found.has_thumbnail:
        raise NotFound
    content = await resources.objects.read_all(rules.thumbnail_key(found.id))
    return thumbnail_response(found, content)


@router.delete(
    "/attachments/{attachment_id}", status_code=204, responses=problem_responses(403, 409, 429)
)
async def remove_attachment(runner: Runner, attachment_id: PathId) -> Response:
    """Remove a file. It can be restored for an hour."""

    async def remove(work: UnitOfWork) -> None:
        await commands.remove_attachment(work, runner.actor, AttachmentId(attachment_id))

    return await runner.run(remove)


@router.post(
    "/attachments/{attachment_id}/restore",
    response_model=AttachmentShape,
    responses=problem_responses(403, 409, 429),
)
async def restore_attachment(runner: Runner, attachment_id: PathId) -> Response:
    """Take the removal of a file back."""

    async def restore(work: UnitOfWork) -> AttachmentShape:
        return await commands.restore_attachment(work, runner.actor, AttachmentId(attachment_id))

    return await runner.run(restore)
