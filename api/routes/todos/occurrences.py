"""Repeating todos: skip or reopen an occurrence, list ended and upcoming ones, preview a rule."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.http.command_runner import Runner
from api.http.dependencies import CurrentActor, OpenResources, PathId
from api.http.problems import problem_responses
from api.http.responses import json_response
from api.routes.query_types import QueryInteger
from api.routes.todos.todo_bodies import OccurrenceBody, PerhapsOccurrenceBody, PreviewBody
from shared.contract.shapes import OccurrencesShape, RepeatPreview, TodoShape
from shared.ids import TodoId
from shared.todos.commands import complete
from shared.todos.queries import occurrence_history
from shared.todos.rules.repeat_series import preview_dates
from shared.unit_of_work import UnitOfWork

router = APIRouter(tags=["todos"], responses=problem_responses(401, 422))
_REFUSED = problem_responses(403, 404, 409)


@router.post("/todos/{todo_id}/skip", response_model=TodoShape, responses=_REFUSED)
async def skip_occurrence(runner: Runner, todo_id: PathId, body: OccurrenceBody) -> Response:
    """Skip an occurrence and advance to the next one."""

    async def command(work: UnitOfWork) -> TodoShape:
        return await complete.skip_occurrence(work, runner.actor, TodoId(todo_id), body.occurrence)

    return await runner.run(command)


@router.post("/todos/{todo_id}/reopen", response_model=TodoShape, responses=_REFUSED)
async def reopen_todo(
    runner: Runner, todo_id: PathId, body: PerhapsOccurrenceBody | None = None
) -> Response:
    """Reopen a completed todo, or a completed or skipped occurrence of it."""
    occurrence = body.occurrence if body else None

    async def command(work: UnitOfWork) -> TodoShape:
        return await complete.reopen_todo(work, runner.actor, TodoId(todo_id), occurrence)

    return await runner.run(command)


@router.get(
    "/todos/{todo_id}/occurrences",
    response_model=OccurrencesShape,
    responses=problem_responses(404),
)
async def list_occurrences(
    resources: OpenResources,
    actor: CurrentActor,
    todo_id: PathId,
    cursor: Annotated[QueryInteger | None, Query(ge=1, le=2**31 - 1)] = None,
    limit: Annotated[QueryInteger, Query(ge=1, le=100)] = 50,
) -> Response:
    """List the ended occurrences, the newest first, and the next five after the present one."""
    async with resources.begin_read() as read:
        history = await occurrence_history.read_occurrences(
            read, actor, TodoId(todo_id), cursor, limit
        )
    return json_response(history)


@router.post("/repeats/preview", response_model=RepeatPreview)
async def preview_repeat(actor: CurrentActor, body: PreviewBody) -> Response:
    """Preview the due dates of a repeat rule. Nothing is saved."""
    spec, due = body.series()
    return json_response(RepeatPreview(rule=spec.rule.text, dates=preview_dates(spec, due)))
