"""Routes of the export of all data of an account, and of an account that is about to be deleted."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

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
from api.http.problems import problem_responses
from api.http.rate_limits import Limits
from api.openapi.examples import ANA_ID, AT, LIST_ID
from api.routes.account.export_response import ExportResponse
from shared.accounts.personal_data import deletion, exports
from shared.accounts.personal_data.leaving import Leaving, authenticate_leaving
from shared.contract.personal_data import AccountDeletionShape, DataExportShape
from shared.contract.shapes import Items
from shared.errors import Unauthenticated
from shared.ids import ExportId
from shared.resources import Resources

router = APIRouter(tags=["users"])

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
            "content": {"application/json": {"schema": {"type": "object"}, "example": _DOCUMENT}}
        },
        **problem_responses(401, 403, 404, 429),
    },
)
async def download_export(
    export_id: PathId, actor: CurrentActor, resources: OpenResources, limits: Limits
) -> Response:
    """Download a finished export. docs/personal-data.md describes the document."""
    await limits.take(rate_limits.EXPORT_DOWNLOAD, account=actor.user_id)
    async with resources.begin() as work:
        export = await exports.begin_download(work, actor, ExportId(export_id))
    return ExportResponse(_Chunks(resources, actor, ExportId(export_id)), export)


class _Chunks:
    """Read the chunks of an export, each when the one before it was sent."""

    def __init__(self, resources: Resources, actor: CurrentActor, export_id: ExportId) -> None:
        self._resources, self._actor, self._export_id = resources, actor, export_id
        self._number = -1

    async def read_next(self) -> bytes | None:
        self._number += 1
        async with self._resources.single_read() as read:
            return await exports.read_chunk(read, self._actor, self._export_id, self._number)


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
