"""The activity of a list, and the undo of one's own changes."""

from typing import Annotated, Self

from fastapi import APIRouter, Query, Response
from pydantic import Field, model_validator

from api.http.command_runner import Runner
from api.http.dependencies import CurrentActor, OpenResources, PathId
from api.http.large_answers import OpenPageReader
from api.http.problems import problem_responses
from api.routes.query_types import QueryInteger
from shared.activity.queries import read_activity
from shared.activity.undo import MAX_UNDONE_AT_ONCE, undo_changes
from shared.contract.base import Body, Id
from shared.contract.details.activity import ActivityPage, UndoneShape
from shared.contract.input.strict_json import MAX_SAFE_INTEGER
from shared.ids import ListId, TodoId
from shared.text import NotAcceptableError
from shared.unit_of_work import UnitOfWork

router = APIRouter(tags=["lists"], responses=problem_responses(401, 403, 404, 422))


class UndoBody(Body):
    """What to undo: entries, or what one request changed."""

    seqs: list[Annotated[int, Field(strict=True, ge=1, le=MAX_SAFE_INTEGER)]] | None = Field(
        None,
        min_length=1,
        max_length=MAX_UNDONE_AT_ONCE,
        description="`seq` of each entry to undo.",
    )
    mutation: str | None = Field(
        None,
        min_length=1,
        max_length=128,
        pattern=r"^[\x21-\x7e]+$",
        description="The `Idempotency-Key` of the request of yours whose changes to undo.",
    )

    @model_validator(mode="after")
    def check_selection(self) -> Self:
        if (self.seqs is None) == (self.mutation is None):
            raise NotAcceptableError("must have either seqs or mutation")
        return self


@router.get(
    "/lists/{list_id}/activity", response_model=ActivityPage, responses=problem_responses(429)
)
async def list_activity(
    resources: OpenResources,
    pages: OpenPageReader,
    actor: CurrentActor,
    list_id: PathId,
    todo_id: Annotated[Id | None, Query(description="Only what was done to this todo.")] = None,
    before: Annotated[
        QueryInteger | None,
        Query(ge=1, le=MAX_SAFE_INTEGER, description="`next_before` of the page before."),
    ] = None,
    limit: Annotated[QueryInteger, Query(ge=1, le=100)] = 50,
) -> Response:
    """List what was done to a list, or to one of its todos, newest first.

    A page may have fewer entries than `limit`, even none: only a null `next_before` marks the end. See
    docs/activity.md. Guests of a share link get 403.
    """
    async with resources.begin_read() as read:
        page = await read_activity(
            read,
            actor,
            ListId(list_id),
            todo_id=TodoId(todo_id) if todo_id else None,
            before=before,
            limit=limit,
        )
    return pages.response(actor, page.model_dump_json().encode())


@router.post(
    "/lists/{list_id}/activity/undo", response_model=UndoneShape, responses=problem_responses(409)
)
async def undo(runner: Runner, list_id: PathId, body: UndoBody) -> Response:
    """Undo changes of your own of the last 7 days: all of them, or none.

    They are undone by ordinary changes, so the rights and rules of today hold, and an undo can be undone.
    409 `cannot_undo` says in `detail` why one of them cannot be.
    """

    async def run(work: UnitOfWork) -> UndoneShape:
        return await undo_changes(
            work, runner.actor, ListId(list_id), body.seqs or (), mutation=body.mutation
        )

    return await runner.run(run)
