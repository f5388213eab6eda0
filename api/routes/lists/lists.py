"""Routes of lists: create, read, edit, trash, restore."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field, StrictBool

from api.http import rate_limits
from api.http.command_runner import Runner
from api.http.conditional_requests import NOT_MODIFIED, ExpectedVersions
from api.http.dependencies import CurrentActor, OpenResources, PathId
from api.http.problems import problem_responses
from api.http.rate_limits import Limits
from api.http.responses import json_response
from api.routes.query_types import QueryInteger
from shared.contract.base import Body, Id
from shared.contract.shapes import Colour, MyListShape, Page
from shared.ids import ListId
from shared.lists import commands, queries
from shared.lists.commands import ListEdit
from shared.lists.icons import Icon
from shared.lists.queries import ListState
from shared.text import Line200
from shared.todos.commands import duplicate_list as duplicate_list_
from shared.unit_of_work import UnitOfWork

router = APIRouter(tags=["lists"], responses=problem_responses(401, 404, 422))
_REFUSED = problem_responses(403, 409, 412)


class DuplicateListBody(Body):
    name: Line200


class NewListBody(Body):
    name: Line200
    colour: Colour = Colour.BLUE
    icon: Icon = Field(default="", description="One emoji.")


class ListEditBody(Body):
    """An absent field stays as it is. Default factories keep defaults out of the OpenAPI document."""

    name: Line200 = Field(default_factory=str)
    colour: Colour = Field(default_factory=lambda: Colour.BLUE)
    icon: Icon = Field(default_factory=str, description="One emoji; empty for none.")
    archived: StrictBool = Field(default_factory=bool)

    def edit(self) -> ListEdit:
        sent = self.model_fields_set
        return ListEdit(
            name=self.name if "name" in sent else None,
            colour=self.colour if "colour" in sent else None,
            icon=self.icon if "icon" in sent else None,
            archived=self.archived if "archived" in sent else None,
        )


@router.get("/lists", response_model=Page[MyListShape])
async def list_lists(
    resources: OpenResources,
    actor: CurrentActor,
    state: ListState = ListState.ACTIVE,
    cursor: Annotated[Id | None, Query()] = None,
    limit: Annotated[QueryInteger, Query(ge=1, le=500)] = 200,
) -> Response:
    """List your lists: the Inbox first, then in the order of their creation."""
    async with resources.single_read() as read:
        page = await queries.read_page_of_my_lists(read, actor, state, cursor, limit)
    return json_response(page)


@router.post(
    "/lists", status_code=201, response_model=MyListShape, responses=problem_responses(409)
)
async def create_list(runner: Runner, body: NewListBody) -> Response:
    """Create a list of your own."""

    async def create(work: UnitOfWork) -> MyListShape:
        return await commands.create_list(work, runner.actor, body.name, body.colour, body.icon)

    return await runner.run(create, status=201)


@router.get("/lists/{list_id}", response_model=MyListShape, responses=NOT_MODIFIED)
async def read_list(resources: OpenResources, actor: CurrentActor, list_id: PathId) -> Response:
    """Read one list. A list in the trash can only be restored."""
    async with resources.single_read() as read:
        shape = await queries.read_list(read, actor, ListId(list_id))
    return json_response(shape)


@router.patch("/lists/{list_id}", response_model=MyListShape, responses=_REFUSED)
async def edit_list(
    runner: Runner, list_id: PathId, body: ListEditBody, expected_versions: ExpectedVersions
) -> Response:
    """Edit a list; absent fields stay as they are. For the Inbox only the colour and icon can change."""

    async def edit(work: UnitOfWork) -> MyListShape:
        return await commands.edit_list(
            work, runner.actor, ListId(list_id), body.edit(), expected_versions=expected_versions
        )

    return await runner.run(edit)


@router.post(
    "/lists/{list_id}/duplicate",
    status_code=201,
    response_model=MyListShape,
    responses=problem_responses(403, 409, 429),
)
async def duplicate_list(
    runner: Runner, limits: Limits, list_id: PathId, body: DuplicateListBody
) -> Response:
    """Create a list of your own with the labels and the open todos of another one."""
    await limits.take(rate_limits.DUPLICATE_LIST, account=runner.actor.user_id)

    async def duplicate(work: UnitOfWork) -> MyListShape:
        return await duplicate_list_.duplicate_list(work, runner.actor, ListId(list_id), body.name)

    return await runner.run(duplicate, status=201)


@router.delete("/lists/{list_id}", status_code=204, responses=_REFUSED)
async def delete_list(
    runner: Runner, list_id: PathId, expected_versions: ExpectedVersions
) -> Response:
    """Put a list in the trash, for all its members. Its owners can restore it for 30 days."""

    async def delete(work: UnitOfWork) -> None:
        await commands.delete_list(
            work, runner.actor, ListId(list_id), expected_versions=expected_versions
        )

    return await runner.run(delete)


@router.post(
    "/lists/{list_id}/restore", response_model=MyListShape, responses=problem_responses(403)
)
async def restore_list(runner: Runner, list_id: PathId) -> Response:
    """Take a list out of the trash, for all its members."""

    async def restore(work: UnitOfWork) -> MyListShape:
        return await commands.restore_list(work, runner.actor, ListId(list_id))

    return await runner.run(restore)
