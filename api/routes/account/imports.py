"""Routes of imports: upload a file, see its preview, start it, follow it, cancel it."""

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
from api.http.responses import json_response
from shared.actor import Actor
from shared.attachments.rules import content_key
from shared.contract.base import Body, Id
from shared.contract.interop.imports import ImportColumns, ImportDetail, ImportKind, ImportShape
from shared.contract.shapes import Items
from shared.errors import Invalid, NotFound, TooSlow, Unavailable
from shared.ids import ImportId, ListId, is_id
from shared.imports import commands, queries, stored_archives
from shared.resources import Resources
from shared.text import Line200

router = APIRouter(tags=["imports"])

# Stored in one transaction, in parts of 256 KiB.
PART_BYTES = 1024 * 1024
# The largest archive in this time needs 2.7 Mbit/s, and a client that sends nothing for a while is gone.
UPLOAD_SECONDS, IDLE_SECONDS = 3600.0, 30.0
# The beginning of an archive (ZIP), which is kept in the storage of attached files.
_ARCHIVE = b"PK\x03\x04"
_FILE_BODY = {
    "requestBody": {
        "required": True,
        "description": "The bytes of the file.",
        "content": {
            "application/octet-stream": {
                "schema": {"type": "string", "format": "binary"},
                "example": "- [ ] Book the train\n",
            }
        },
    }
}


class ImportOptionsBody(Body):
    """How the file is read. What is not named is found out."""

    kind: ImportKind | None = None
    list_id: Id | None = None
    columns: ImportColumns = ImportColumns()


@router.post(
    "/imports",
    status_code=202,
    response_model=ImportShape,
    responses=problem_responses(401, 403, 404, 408, 409, 413, 422, 429, 503),
    openapi_extra=_FILE_BODY,
)
async def upload_import(
    request: Request,
    actor: CurrentActor,
    resources: OpenResources,
    limits: Limits,
    file_name: Annotated[Line200, Query(description="Its ending helps to see what the file is.")],
    kind: Annotated[ImportKind | None, Query(description="What the file is, if you know.")] = None,
    list_id: Annotated[
        str | None, Query(max_length=64, description="The list that takes all todos.")
    ] = None,
) -> Response:
    """Upload a file to import, of at most 128 MiB; an archive of our own may have 1,152 MiB.

    A preview follows; nothing is imported yet.

    The event `import.changed` says when the preview is there. docs/import-and-export.md lists the kinds of
    files and what is carried over from each.
    """
    if list_id is not None and not is_id(list_id):
        raise NotFound
    await limits.take(rate_limits.IMPORT_UPLOAD, account=actor.user_id)
    async with resources.begin() as work:
        target = None if list_id is None else ListId(list_id)
        import_id = await commands.begin_upload(work, actor, file_name, kind, target)
    try:
        await _store_file(request, resources, actor, import_id)
    except BaseException as error:
        async with resources.begin() as work:
            await commands.discard_upload(work, import_id)
        if isinstance(error, ClientDisconnect):
            # Nobody reads this.
            return Response(status_code=400)
        raise
    async with resources.begin() as work:
        shape = await commands.finish_upload(work, actor, import_id)
    return json_response(shape, 202, {})


async def _store_file(
    request: Request, resources: Resources, actor: Actor, import_id: ImportId
) -> None:
    """Store the body, a part at a time.

    Raise TooLarge, TooSlow, Invalid for an empty body, Conflict, or Unavailable.
    """
    parts = _parts(request.stream())
    try:
        async with asyncio.timeout(UPLOAD_SECONDS):
            first = await anext(parts, b"")
            if not first:
                raise Invalid("The file is empty.")
            if first.startswith(_ARCHIVE):
                await _store_archive(resources, actor, import_id, _joined(first, parts))
            else:
                announced = request.headers.get("Content-Length", "")
                if announced.isdecimal() and int(announced[:20]) > commands.MAX_FILE_BYTES:
                    raise commands.file_too_large(commands.MAX_FILE_BYTES)
                await _store_chunks(resources, import_id, _joined(first, parts))
    except TimeoutError:
        raise TooSlow("The file did not arrive in time.") from None


async def _store_chunks(
    resources: Resources, import_id: ImportId, parts: AsyncIterator[bytes]
) -> None:
    """Store a file in the database."""
    number = 0
    async for part in parts:
        chunks = await asyncio.to_thread(commands.compress, part)
        async with resources.begin() as work:
            await commands.append_to_file(work, import_id, number, len(part), chunks)
        number += len(chunks)


async def _store_archive(
    resources: Resources, actor: Actor, import_id: ImportId, parts: AsyncIterator[bytes]
) -> None:
    """Store an archive beside the attached files."""
    limit = stored_archives.max_bytes(resources.settings.attachments, commands.MAX_FILE_BYTES)
    async with resources.begin() as work:
        await commands.begin_archive(work, actor, import_id, limit)
    size = 0

    async def counted() -> AsyncIterator[bytes]:
        nonlocal size
        async for part in parts:
            size += len(part)
            if size > limit:
                raise commands.file_too_large(limit)
            yield part

    try:
        await resources.objects.write(content_key(import_id), counted())
    except Unavailable:
        # The bytes may be stored nevertheless.
        raise
    except Exception:
        # Nothing is stored, so that a client whose connection breaks three times may try again.
        async with resources.begin() as work:
            await stored_archives.forget(work, import_id)
        raise
    async with resources.begin() as work:
        await commands.finish_archive(work, import_id, size)


async def _joined(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for part in rest:
        yield part


async def _parts(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the bytes in parts of about PART_BYTES. Raise TimeoutError when none come."""
    waiting: list[bytes] = []
    size = 0
    while True:
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                received = await anext(stream)
        except StopAsyncIteration:
            break
        waiting.append(received)
        size += len(received)
        if size >= PART_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
    if size:
        yield b"".join(waiting)


@router.get("/imports", responses=problem_responses(401, 403))
async def read_imports(actor: CurrentActor, resources: OpenResources) -> Items[ImportShape]:
    """List your imports of the last days, newest first."""
    async with resources.single_read() as read:
        return Items(items=tuple(await queries.read_imports(read, actor)))


@router.get("/imports/{import_id}", responses=problem_responses(401, 403, 404))
async def read_import(
    import_id: PathId, actor: CurrentActor, resources: OpenResources
) -> ImportDetail:
    """Read an import with its preview: what it would create, and what cannot be carried over."""
    async with resources.single_read() as read:
        return await queries.read_import(read, actor, ImportId(import_id))


@router.patch(
    "/imports/{import_id}",
    response_model=ImportShape,
    responses=problem_responses(401, 403, 404, 409, 422, 429),
)
async def change_import(import_id: PathId, body: ImportOptionsBody, runner: Runner) -> Response:
    """Read the file in another way. Another preview follows."""
    return await runner.run(
        lambda work: commands.change_options(
            work,
            runner.actor,
            ImportId(import_id),
            kind=body.kind,
            list_id=None if body.list_id is None else ListId(body.list_id),
            columns=body.columns.model_dump(exclude_none=True),
        )
    )


@router.post(
    "/imports/{import_id}/start",
    status_code=202,
    response_model=ImportShape,
    responses=problem_responses(401, 403, 404, 409, 429),
)
async def start_import(import_id: PathId, runner: Runner) -> Response:
    """Import what the preview shows. The event `import.changed` shows how far it is."""
    return await runner.run(
        lambda work: commands.start_import(work, runner.actor, ImportId(import_id)), status=202
    )


@router.post(
    "/imports/{import_id}/cancel",
    response_model=ImportShape,
    responses=problem_responses(401, 403, 404, 409, 429),
)
async def cancel_import(import_id: PathId, runner: Runner) -> Response:
    """Stop an import, and delete its file. Todos that it has created stay."""
    return await runner.run(
        lambda work: commands.cancel_import(work, runner.actor, ImportId(import_id))
    )
