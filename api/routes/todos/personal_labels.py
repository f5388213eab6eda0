"""Personal labels: your own, on todos of any list that you may read. Nobody else sees them."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from api.http.command_runner import Runner
from api.http.dependencies import CurrentActor, OpenResources, PathId
from api.http.problems import problem_responses
from api.http.responses import json_response
from api.routes.lists.labels import LabelEditBody, NewLabelBody
from shared.contract.base import Body, Id
from shared.contract.own_lists.personal_labels import LabelledTodo, PersonalLabelShape
from shared.contract.shapes import Items
from shared.errors import Invalid
from shared.ids import PersonalLabelId, TodoId
from shared.personal_labels import commands, queries
from shared.personal_labels.commands import (
    MAX_LABELS_PER_TODO,
    MAX_TODOS_PER_REQUEST,
    PersonalLabelEdit,
)
from shared.unit_of_work import UnitOfWork

router = APIRouter(tags=["labels"], responses=problem_responses(401, 403, 422))
_REFUSED = problem_responses(404, 409)


class LabelledTodoBody(Body):
    todo_id: Id
    personal_labels: Annotated[list[Id], Field(max_length=MAX_LABELS_PER_TODO)]


class LabelledTodosBody(Body):
    todos: Annotated[list[LabelledTodoBody], Field(min_length=1, max_length=MAX_TODOS_PER_REQUEST)]

    def labels(self) -> dict[TodoId, list[PersonalLabelId]]:
        wanted = {
            TodoId(todo.todo_id): [PersonalLabelId(each) for each in todo.personal_labels]
            for todo in self.todos
        }
        if len(wanted) < len(self.todos):
            raise Invalid.field("todos", "twice", "Name each todo once.")
        return wanted


@router.get("/personal-labels", response_model=Items[PersonalLabelShape])
async def list_personal_labels(resources: OpenResources, actor: CurrentActor) -> Response:
    """List your own labels, in alphabetical order."""
    async with resources.single_read() as read:
        labels = await queries.read_personal_labels(read, actor)
    return json_response(Items[PersonalLabelShape](items=labels))


@router.post(
    "/personal-labels",
    status_code=201,
    response_model=PersonalLabelShape,
    responses=problem_responses(409),
)
async def create_personal_label(runner: Runner, body: NewLabelBody) -> Response:
    """Add a label of your own. Its name is unique among your own, whatever its case."""

    async def create(work: UnitOfWork) -> PersonalLabelShape:
        return await commands.create_personal_label(work, runner.actor, body.name, body.colour)

    return await runner.run(create, status=201)


@router.patch(
    "/personal-labels/{personal_label_id}", response_model=PersonalLabelShape, responses=_REFUSED
)
async def edit_personal_label(
    runner: Runner, personal_label_id: PathId, body: LabelEditBody
) -> Response:
    """Change the fields that are sent and leave the others."""
    sent = body.edit()
    edit = PersonalLabelEdit(name=sent.name, colour=sent.colour)

    async def change(work: UnitOfWork) -> PersonalLabelShape:
        return await commands.edit_personal_label(
            work, runner.actor, PersonalLabelId(personal_label_id), edit
        )

    return await runner.run(change)


@router.delete(
    "/personal-labels/{personal_label_id}", status_code=204, responses=problem_responses(404)
)
async def delete_personal_label(runner: Runner, personal_label_id: PathId) -> Response:
    """Delete a label of your own, also from all todos that have it."""

    async def delete(work: UnitOfWork) -> None:
        await commands.delete_personal_label(work, runner.actor, PersonalLabelId(personal_label_id))

    return await runner.run(delete)


@router.get("/labelled-todos", response_model=Items[LabelledTodo])
async def list_labelled_todos(resources: OpenResources, actor: CurrentActor) -> Response:
    """List the todos that have labels of your own, also those in the trash."""
    async with resources.single_read() as read:
        todos = await queries.read_labelled_todos(read, actor)
    return json_response(Items[LabelledTodo](items=tuple(todos)))


@router.patch("/labelled-todos", response_model=Items[LabelledTodo], responses=_REFUSED)
async def label_todos(runner: Runner, body: LabelledTodosBody) -> Response:
    """Replace your own labels on these todos, on all or on none. Other todos keep theirs."""
    wanted = body.labels()

    async def label(work: UnitOfWork) -> Items[LabelledTodo]:
        todos = await commands.label_todos(work, runner.actor, wanted)
        return Items[LabelledTodo](items=tuple(todos))

    return await runner.run(label)
