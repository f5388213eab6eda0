"""Labels of a list."""

from fastapi import APIRouter, Response
from pydantic import Field

from api.http.command_runner import Runner
from api.http.dependencies import CurrentActor, OpenResources, PathId
from api.http.problems import problem_responses
from api.http.responses import json_response
from shared.contract.base import Body
from shared.contract.shapes import Colour, Items, LabelShape
from shared.ids import LabelId, ListId
from shared.labels import commands, queries
from shared.labels.commands import LabelEdit
from shared.text import Line50
from shared.unit_of_work import UnitOfWork

router = APIRouter(tags=["labels"], responses=problem_responses(401, 404, 422))
_REFUSED = problem_responses(403, 409)


class NewLabelBody(Body):
    name: Line50
    colour: Colour = Colour.GREY


class LabelEditBody(Body):
    """A field that was not sent is left. Default factories keep the defaults out of the OpenAPI."""

    name: Line50 = Field(default_factory=str)
    colour: Colour = Field(default_factory=lambda: Colour.GREY)

    def edit(self) -> LabelEdit:
        sent = self.model_fields_set
        return LabelEdit(
            name=self.name if "name" in sent else None,
            colour=self.colour if "colour" in sent else None,
        )


@router.get("/lists/{list_id}/labels", response_model=Items[LabelShape])
async def list_labels(resources: OpenResources, actor: CurrentActor, list_id: PathId) -> Response:
    """List the labels of a list, in alphabetical order."""
    async with resources.single_read() as read:
        labels = await queries.read_labels(read, actor, ListId(list_id))
    return json_response(Items[LabelShape](items=labels))


@router.post(
    "/lists/{list_id}/labels", status_code=201, response_model=LabelShape, responses=_REFUSED
)
async def create_label(runner: Runner, list_id: PathId, body: NewLabelBody) -> Response:
    """Add a label. Its name is unique in the list, whatever its case."""

    async def create(work: UnitOfWork) -> LabelShape:
        return await commands.create_label(
            work, runner.actor, ListId(list_id), body.name, body.colour
        )

    return await runner.run(create, status=201)


@router.patch("/lists/{list_id}/labels/{label_id}", response_model=LabelShape, responses=_REFUSED)
async def edit_label(
    runner: Runner, list_id: PathId, label_id: PathId, body: LabelEditBody
) -> Response:
    """Change the fields that are sent and leave the others."""

    async def edit(work: UnitOfWork) -> LabelShape:
        return await commands.edit_label(
            work, runner.actor, ListId(list_id), LabelId(label_id), body.edit()
        )

    return await runner.run(edit)


@router.delete(
    "/lists/{list_id}/labels/{label_id}", status_code=204, responses=problem_responses(403)
)
async def delete_label(runner: Runner, list_id: PathId, label_id: PathId) -> Response:
    """Delete a label, also from all todos that carry it."""

    async def delete(work: UnitOfWork) -> None:
        await commands.delete_label(work, runner.actor, ListId(list_id), LabelId(label_id))

    return await runner.run(delete)
