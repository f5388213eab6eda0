"""Routes of the export of all data of an account, and of an account that is about to be deleted."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from api.http import rate_limits
from api.http.command_runner import Runner
from api.http.dependencies import (
    ClientAddress,
    CurrentActor,
    OpenResources,
    PathId,
    RecentlyAuthenticated,
    bearer_token,
)
from api.http.large_answers import HeldBytes, OpenPageReader
from api.http.problems import problem_responses, reader_translator
from api.http.rate_limits import Limits
from api.openapi.examples import ANA_ID, AT, LIST_ID
from api.routes.account.export_response import ExportResponse
from api.routes.export_archive import HELD_DIRECTORY_BYTES, ExportArchive, HeldDownload
from shared.accounts.personal_data import deletion, exports
from shared.accounts.personal_data.files import add_files
from shared.accounts.personal_data.leaving import Leaving, authenticate_leaving
from shared.contract.personal_data import AccountDeletionShape, DataExportShape
from shared.contract.shapes import Items
from shared.errors import NotFound, Unauthenticated
from shared.ids import ExportId
from shared.list_exports.archived_files import ArchivedFiles
from shared.resources import Resources

router = APIRouter(tags=["users"])


class DocumentFormat(StrEnum):
    JSON = "json"
    # With the attached files, in an archive.
    ZIP = "zip"


# Shortened: docs/personal-data.md names all sections.
_DOCUMENT = {
    "format": "livelist-personal-data/1", "site": "https://lists.example.org",
    "account_id": ANA_ID, "exported_at": AT,
    "profile": [{"id": ANA_ID, "email": "ana@example.org", "name": "Ana"}],
    "lists": [{"id": LIST_ID, "name": "Trip to Vienna", "role": "owner"}],
}  # fmt: skip


async def leaving_actor(
    resources: OpenResources,
    address: ClientAddress,
    token: Annotated[str | None, Depends(bearer_token)],
) -> Leaving:
    """Return the user of an account that is about to be deleted. Raise Unauthenticated."""
    if not token:
        raise Unauthenticated
    return await authenticate_leaving(resources, token, address)


LeavingActor = Annotated[Leaving, Depends(leaving_actor)]


@router.post(
    "/users/me/exports",
    status_code=202,
    response_model=DataExportShape,
    responses=problem_responses(401, 403, 409, 422, 429),
)
async def request_export(runner: Runner, actor: RecentlyAuthenticated) -> Response:
    """Begin an export of all your data. One runs at a time, and three in a day.

    The event `data_export.changed` shows its progress; a mail says when it is done.
    """
    return await runner.run(lambda work: exports.request_export(work, actor), status=202)


@router.get("/users/me/exports", responses=problem_responses(401, 403))
async def read_exports(actor: CurrentActor, resources: OpenResources) -> Items[DataExportShape]:
    """List the exports of your data, newest first. They are deleted after seven days."""
    async with resources.single_read() as read:
        return Items(items=tuple(await exports.read_exports(read, actor)))


@router.get(
    "/users/me/exports/{export_id}/content",
    status_code=200,
    response_class=ExportResponse,
    responses={
        200: {
            "content": {
                "application/json": {"schema": {"type": "object"}, "example": _DOCUMENT},
                "application/zip": {
                    "schema": {"type": "string", "format": "binary"},
                    "example": "PK…personal-data.json…files/06gzk4d2g1rj8k6h4f2d0b8z6x/ticket.pdf…",
                },
            }
        },
        **problem_responses(401, 403, 404, 422, 429, 503),
    },
)
async def download_export(
    export_id: PathId,
    actor: CurrentActor,
    resources: OpenResources,
    pages: OpenPageReader,
    limits: Limits,
    file_format: Annotated[
        DocumentFormat, Query(alias="format", description="`zip`: with the attached files.")
    ] = DocumentFormat.JSON,
) -> Response:
    """Download a finished export. docs/personal-data.md describes the document."""
    await limits.take(rate_limits.EXPORT_DOWNLOAD, account=actor.user_id)
    async with resources.begin() as work:
        export = await exports.begin_download(work, actor, ExportId(export_id))
    chunks = _Chunks(resources, actor, ExportId(export_id))
    if file_format is DocumentFormat.JSON:
        return ExportResponse(chunks, export)
    files = ArchivedFiles()
    held = HeldBytes(pages.answers, actor.user_id, HELD_DIRECTORY_BYTES)
    document = _DocumentOfFiles(resources, actor, chunks, export.size_bytes, files)
    archive = ExportArchive(
        resources, actor, "personal-data.json", document, files, held, reader_translator()
    )
    name = f"livelist-personal-data-{export.created_at:%Y-%m-%d}.zip"
    return HeldDownload(archive, held, name, media_type="application/zip")


class _Chunks:
    """Read the chunks of an export, each when the one before it was sent."""

    def __init__(self, resources: Resources, actor: CurrentActor, export_id: ExportId) -> None:
        self._resources, self._actor, self._export_id = resources, actor, export_id
        self._number = -1

    async def read_next(self) -> bytes | None:
        self._number += 1
        async with self._resources.single_read() as read:
            return await exports.read_chunk(read, self._actor, self._export_id, self._number)


class _DocumentOfFiles:
    """A document in an archive: whole, and then the files that the account has are known."""

    def __init__(
        self,
        resources: Resources,
        actor: CurrentActor,
        chunks: _Chunks,
        size_bytes: int,
        files: ArchivedFiles,
    ) -> None:
        self._resources, self._actor, self._files = resources, actor, files
        self._chunks, self._left = chunks, size_bytes

    async def read_next(self) -> bytes | None:
        """Return the next chunk; None at the end. Raise NotFound if the session ends within it."""
        chunk = await self._chunks.read_next()
        if chunk is not None:
            self._left -= len(chunk)
            return chunk
        if self._left:
            raise NotFound
        await add_files(self._resources, self._actor, self._files)
        return None

    async def close(self) -> None:
        """Do nothing: nothing is held between two chunks."""


@router.get("/users/me/deletion", responses=problem_responses(401))
async def read_deletion(leaving: LeavingActor) -> AccountDeletionShape:
    """Read when your account will be deleted, after `DELETE /users/me` and a new sign-in."""
    return AccountDeletionShape(delete_at=leaving.delete_at)


@router.delete("/users/me/deletion", status_code=204, responses=problem_responses(401, 404))
async def keep_account(leaving: LeavingActor, resources: OpenResources) -> Response:
    """Keep your account after all. The session that calls this can then do everything again."""
    async with resources.begin() as work:
        await deletion.keep_account(work, leaving)
    return Response(status_code=204)


@router.post("/users/me/deletion", status_code=204, responses=problem_responses(401, 403, 404, 409))
async def delete_now(leaving: LeavingActor, resources: OpenResources) -> Response:
    """Delete your account now. Takes a sign-in within the last 15 minutes."""
    async with resources.begin() as work:
        await deletion.delete_now(work, leaving)
    return Response(status_code=204)
