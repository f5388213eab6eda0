"""All of a list at once: where a client begins that holds nothing. What follows is api/routes/events.py's."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.http.dependencies import CurrentActor, OpenResources, PathId
from api.http.problems import problem_responses
from api.http.responses import json_response
from shared.contract.shapes import ListSnapshot
from shared.ids import ListId
from shared.snapshots import lists

router = APIRouter(tags=["lists"], responses=problem_responses(401, 404, 409, 422))


@router.get("/lists/{list_id}/snapshot", response_model=ListSnapshot)
async def read_list_snapshot(
    resources: OpenResources,
    actor: CurrentActor,
    list_id: PathId,
    # Room for the longest rank, a position and an id, encoded.
    cursor: Annotated[str | None, Query(max_length=600)] = None,
) -> Response:
    """A list with its members, labels and 500 todos a page, and the position to subscribe from.

    A later page is newer than the first, whose position it carries: apply the events after that
    position once you have all pages, and of two versions of a todo keep the higher. Members and
    labels come with the first page. A cursor that no event leads on from is answered 409 `reset`:
    begin again without one.
    """
    async with resources.begin_read() as read:
        shape = await lists.list_snapshot(read, actor, ListId(list_id), cursor)
    return json_response(shape)
