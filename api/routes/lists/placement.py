"""Routes of where you keep your lists: their order, favourites, and folders. Nobody else sees it."""

from fastapi import APIRouter, Response
from pydantic import Field, StrictBool

from api.http.command_runner import Runner
from api.http.dependencies import CurrentActor, OpenResources, PathId
from api.http.problems import problem_responses
from api.http.responses import json_response
from shared.contract.base import Body, Id
from shared.contract.own_lists.placement import FolderShape
from shared.contract.shapes import Items, MyListShape
from shared.errors import Invalid
from shared.ids import FolderId, ListId
from shared.languages.texts import message
from shared.lists import placement
from shared.lists.ordering import Neighbour
from shared.lists.placement import PlacementEdit
from shared.text import Line50
from shared.unit_of_work import UnitOfWork

router = APIRouter(tags=["lists"], responses=problem_responses(401, 404, 422))
_REFUSED = problem_responses(403, 409)


class PlacementBody(Body):
    """An absent field stays as it is. Default factories keep defaults out of the OpenAPI document."""

    favourite: StrictBool = Field(default_factory=bool)
    folder_id: Id | None = Field(default=None, description="Null: in no folder.")
    before_list_id: Id | None = Field(default=None, description="Another list of yours.")
    after_list_id: Id | None = Field(default=None, description="The same, instead.")

    def edit(self) -> PlacementEdit:
        sent = self.model_fields_set
        return PlacementEdit(
            favourite=self.favourite if "favourite" in sent else None,
            changes_folder="folder_id" in sent,
            folder_id=FolderId(self.folder_id) if self.folder_id else None,
            neighbour=_neighbour("list", self.before_list_id, self.after_list_id),
        )


class NewFolderBody(Body):
    name: Line50


class FolderEditBody(Body):
    """An absent field stays as it is."""

    name: Line50 = Field(default_factory=str)
    before_folder_id: Id | None = Field(default=None, description="Another folder of yours.")
    after_folder_id: Id | None = Field(default=None, description="The same, instead.")


def _neighbour(kind: str, before_id: str | None, after_id: str | None) -> Neighbour | None:
    before, after = f"before_{kind}_id", f"after_{kind}_id"
    if before_id and after_id:
        raise Invalid.field(
            after,
            "one_of",
            message("Give {before} or {after}, not both.", before=before, after=after),
        )
    if before_id:
        return Neighbour(before_id, before, is_after=False)
    return Neighbour(after_id, after, is_after=True) if after_id else None


@router.patch("/lists/{list_id}/placement", response_model=MyListShape, responses=_REFUSED)
async def place_list(runner: Runner, list_id: PathId, body: PlacementBody) -> Response:
    """Put a list elsewhere among your lists; absent fields stay as they are.

    In another folder it comes last, unless you name the list before or after which it goes.
    """

    async def place(work: UnitOfWork) -> MyListShape:
        return await placement.place_list(work, runner.actor, ListId(list_id), body.edit())

    return await runner.run(place)


@router.get("/folders", response_model=Items[FolderShape], responses=problem_responses(403))
async def list_folders(resources: OpenResources, actor: CurrentActor) -> Response:
    """List your folders in their order."""
    async with resources.single_read() as read:
        folders = await placement.read_folders(read, actor)
    return json_response(Items[FolderShape](items=tuple(folders)))


@router.post("/folders", status_code=201, response_model=FolderShape, responses=_REFUSED)
async def create_folder(runner: Runner, body: NewFolderBody) -> Response:
    """Create a folder for lists, after your other folders."""

    async def create(work: UnitOfWork) -> FolderShape:
        return await placement.create_folder(work, runner.actor, body.name)

    return await runner.run(create, status=201)


@router.patch("/folders/{folder_id}", response_model=FolderShape, responses=problem_responses(403))
async def edit_folder(runner: Runner, folder_id: PathId, body: FolderEditBody) -> Response:
    """Rename a folder, or put it before or after another one."""

    async def edit(work: UnitOfWork) -> FolderShape:
        return await placement.edit_folder(
            work,
            runner.actor,
            FolderId(folder_id),
            name=body.name if "name" in body.model_fields_set else None,
            neighbour=_neighbour("folder", body.before_folder_id, body.after_folder_id),
        )

    return await runner.run(edit)


@router.delete("/folders/{folder_id}", status_code=204, responses=problem_responses(403))
async def delete_folder(runner: Runner, folder_id: PathId) -> Response:
    """Delete a folder. Its lists stay, in no folder."""

    async def delete(work: UnitOfWork) -> None:
        await placement.delete_folder(work, runner.actor, FolderId(folder_id))

    return await runner.run(delete)
